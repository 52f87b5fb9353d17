//! What is wrong with a JSON body, in both languages: serde speaks English only.

use serde_json::error::Category;

use crate::refusal::Text;

/// The first name between backquotes.
fn quoted(words: &str) -> Option<&str> {
    words.split('`').nth(1)
}

pub(super) fn reason(error: &serde_json::Error) -> Text {
    let en = error.to_string();
    let zh = match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => {
            let (line, column) = (error.line(), error.column());
            format!("第 {line} 行第 {column} 列不是合法的 JSON")
        }
        Category::Data => data(&en),
    };
    Text::new(zh, en)
}

fn data(en: &str) -> String {
    let name = quoted(en).unwrap_or_default();
    if en.starts_with("missing field") {
        format!("缺少字段“{name}”")
    } else if en.starts_with("unknown field") {
        format!("没有字段“{name}”")
    } else if en.starts_with("duplicate field") {
        format!("字段“{name}”重复")
    } else if en.starts_with("unknown variant") || en.starts_with("unknown kind") {
        format!("没有选项“{name}”")
    } else if en.starts_with("invalid type") {
        "类型不符".to_owned()
    } else if en.starts_with("invalid value") {
        "数值超出范围".to_owned()
    } else {
        "格式不符".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[expect(dead_code, reason = "read only to be refused")]
    enum Shape {
        Round { radius: u8 },
    }

    #[test]
    fn every_kind_of_fault_has_its_chinese_words() {
        for (body, zh) in [
            ("{\"round\": {}}", "缺少字段“radius”"),
            ("{\"round\": {\"radius\": 1, \"size\": 2}}", "没有字段“size”"),
            ("{\"round\": {\"radius\": 1, \"radius\": 2}}", "字段“radius”重复"),
            ("\"square\"", "没有选项“square”"),
            ("{\"round\": {\"radius\": \"1\"}}", "类型不符"),
            ("{\"round\": {\"radius\": 256}}", "数值超出范围"),
            ("{\"round\"", "第 1 行第 8 列不是合法的 JSON"),
        ] {
            let error = serde_json::from_str::<Shape>(body).unwrap_err();
            assert_eq!(reason(&error).zh, zh, "{body}: {error}");
        }
    }
}
