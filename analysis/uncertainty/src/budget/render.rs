//! The table for a report: Markdown, HTML and JSON of the same texts.

use std::fmt::Write;

use super::monte_carlo::MonteCarloReport;
use super::report::{Report, Row};
use crate::document::Text;

const HEADS: [(&str, &str); 11] = [
    ("输入量", "input"),
    ("估计值", "estimate"),
    ("来源", "source"),
    ("类型", "type"),
    ("分布", "distribution"),
    ("给出值", "stated"),
    ("除数", "divisor"),
    ("标准不确定度 u(xᵢ)", "standard uncertainty"),
    ("自由度 νᵢ", "dof"),
    ("灵敏系数 cᵢ", "sensitivity"),
    ("|cᵢ|·u(xᵢ)", "contribution (share)"),
];

fn both(text: &Text) -> String {
    match (text.zh.is_empty(), text.en.is_empty()) {
        (true, _) => text.en.clone(),
        (_, true) => text.zh.clone(),
        _ if text.zh == text.en => text.zh.clone(),
        _ => format!("{} {}", text.zh, text.en),
    }
}

fn with_unit(number: &str, unit: &str) -> String {
    if unit == "1" || unit.is_empty() {
        number.to_owned()
    } else {
        format!("{number} {unit}")
    }
}

fn cells(row: &Row, unit: &str) -> [String; 11] {
    let name = both(&row.name);
    let input = if name.is_empty() {
        row.symbol.clone()
    } else {
        format!("{} {name}", row.symbol)
    };
    [
        input,
        with_unit(&row.value, &row.unit),
        both(&row.component),
        row.evaluated.clone(),
        both(&row.distribution),
        row.stated.clone(),
        row.divisor.clone(),
        with_unit(&row.u, &row.unit),
        row.dof.clone(),
        with_unit(&row.sensitivity, &row.sensitivity_unit),
        format!("{} ({} %)", with_unit(&row.contribution, unit), row.share_percent),
    ]
}

fn monte_carlo(found: &MonteCarloReport, unit: &str) -> [(&'static str, String); 5] {
    let interval = |[low, high]: &[String; 2]| with_unit(&format!("[{low}, {high}]"), unit);
    let yes = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
    let stable = yes(found.stable, "", ", 未稳定 not stable within the tolerance");
    [
        (
            "蒙特卡洛法 Monte Carlo (JJF 1059.2)",
            format!(
                "M = {}, seed = {}, p = {}{stable}",
                found.trials, found.seed, found.p
            ),
        ),
        (
            "y, u(y)",
            format!("{}, {}", with_unit(&found.value, unit), with_unit(&found.u, unit)),
        ),
        ("概率对称包含区间 symmetric interval", interval(&found.symmetric)),
        ("最短包含区间 shortest interval", interval(&found.shortest)),
        (
            "GUM 法验证 validation of the GUM result",
            format!(
                "{}; d_low = {}, d_high = {}, δ = {}: {}",
                interval(&found.gum),
                found.distances[0],
                found.distances[1],
                found.tolerance,
                yes(
                    found.validated,
                    "通过 validated",
                    "未通过 not validated, report the Monte Carlo interval"
                )
            ),
        ),
    ]
}

impl Report {
    fn heading(&self) -> String {
        let title = both(&self.title);
        if title.is_empty() {
            format!("不确定度评定 Uncertainty budget: {}", self.symbol)
        } else {
            title
        }
    }

    /// What stands below the table, line by line.
    fn summary(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut add = |name: &str, value: String| {
            if !value.is_empty() {
                lines.push((name.to_owned(), value));
            }
        };
        add(
            "模型 model",
            if self.model.is_empty() {
                String::new()
            } else {
                format!("{} = {}", self.symbol, self.model)
            },
        );
        for (a, b, r) in &self.correlations {
            add("相关系数 correlation", format!("r({a}, {b}) = {r}"));
        }
        let percent = |p: &String| {
            if p.is_empty() {
                String::new()
            } else {
                format!("{p} %")
            }
        };
        add(
            "相关项占比 share of correlations",
            percent(&self.correlated_percent),
        );
        add(
            "二阶项占比 share of second order",
            percent(&self.second_order_percent),
        );
        add("y", with_unit(&self.value_unrounded, &self.unit));
        add("合成标准不确定度 u_c", with_unit(&self.u_c, &self.unit));
        add(
            "有效自由度 ν_eff",
            format!("{} ({})", self.dof, self.dof_unrounded),
        );
        let p = if self.p.is_empty() {
            String::new()
        } else {
            format!(", p = {}", self.p)
        };
        add("包含因子 k", format!("{}{p}", self.k));
        let origin = if self.exact { "exact" } else { "f64" };
        add(
            "扩展不确定度 U",
            format!(
                "{} ({}, {}, {origin})",
                with_unit(&self.expanded, &self.unit),
                self.expanded_unrounded,
                self.rounding
            ),
        );
        add("结果 result", self.statement.en.clone());
        for warning in &self.warnings {
            add("注意 note", both(warning));
        }
        if let Some(found) = &self.monte_carlo {
            for (name, value) in monte_carlo(found, &self.unit) {
                add(name, value);
            }
        }
        lines
    }

    /// A Markdown table with the result below it.
    pub fn markdown(&self) -> String {
        let plain = |text: &str| text.replace('|', "\\|");
        let mut out = format!("## {}\n\n", self.heading());
        let heads: Vec<_> = HEADS
            .iter()
            .map(|(zh, en)| plain(&format!("{zh} {en}")))
            .collect();
        let _ = writeln!(
            out,
            "| {} |\n|{}",
            heads.join(" | "),
            " --- |".repeat(HEADS.len())
        );
        for row in &self.rows {
            let cells: Vec<_> = cells(row, &self.unit).iter().map(|c| plain(c)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        out.push('\n');
        for (name, value) in self.summary() {
            let _ = writeln!(out, "- {name}: {value}");
        }
        out
    }

    /// An HTML fragment: one `section` with a table; every text is escaped.
    pub fn html(&self) -> String {
        let mut out = format!(
            "<section class=\"uncertainty-budget\">\n<h2>{}</h2>\n<table>\n<thead><tr>",
            escape(&self.heading())
        );
        for (zh, en) in HEADS {
            let _ = write!(
                out,
                "<th><span lang=\"zh\">{zh}</span> <span lang=\"en\">{en}</span></th>"
            );
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            let cells: Vec<_> = cells(row, &self.unit)
                .iter()
                .map(|c| format!("<td>{}</td>", escape(c)))
                .collect();
            let _ = writeln!(out, "<tr>{}</tr>", cells.concat());
        }
        out.push_str("</tbody>\n</table>\n<dl>\n");
        for (name, value) in self.summary() {
            let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escape(&name), escape(&value));
        }
        out.push_str("</dl>\n</section>\n");
        out
    }

    /// The same texts for programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
