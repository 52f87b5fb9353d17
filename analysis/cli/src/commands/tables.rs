//! `metrology tables`: the tables of energy accounting, never without their edition.

use anyhow::{Result, anyhow};
use numbers::energy::shipped;
use serde_json::Value;

use super::{Answer, done};

/// The names of all tables, or one table.
pub(super) fn run(name: Option<&str>) -> Result<Answer> {
    let all = serde_json::to_value(shipped())?;
    let Value::Object(tables) = &all else {
        return Err(anyhow!("tables are not an object"));
    };
    let Some(name) = name else {
        let line = |(name, table): (&String, &Value)| format!("{name:22}{}", edition(table));
        let text: Vec<String> = tables.iter().map(line).collect();
        return Ok(done(all.clone(), text.join("\n")));
    };
    let table = tables.get(name).ok_or_else(|| {
        let names: Vec<&str> = tables.keys().map(String::as_str).collect();
        anyhow!("no table {name:?}, one of {}", names.join(", "))
    })?;
    let mut text = edition(table);
    for row in [&table["columns"]]
        .into_iter()
        .chain(table["rows"].as_array().into_iter().flatten())
    {
        let cells: Vec<String> = row.as_array().into_iter().flatten().map(cell).collect();
        text.push('\n');
        text.push_str(&cells.join("\t"));
    }
    Ok(done(table.clone(), text))
}

fn edition(table: &Value) -> String {
    let replaced = table["superseded_by"].as_str();
    let replaced = replaced.map_or(String::new(), |by| format!("; SUPERSEDED 已被代替: {by}"));
    format!(
        "{} ({}{replaced})",
        cell(&table["document"]),
        cell(&table["confidence"])
    )
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "—".to_owned(),
        other => other.to_string(),
    }
}
