//! Fields of a request, numbers as the text they were written with.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use numbers::number::Exact;
use serde_json::value::RawValue;

/// The fields of one object, still text.
pub(crate) struct Fields(BTreeMap<String, Box<RawValue>>);

impl Fields {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map(Self).context("invalid JSON")
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|raw| raw.get() != "null")
    }

    fn raw(&self, name: &str) -> Result<&RawValue> {
        self.0
            .get(name)
            .map(AsRef::as_ref)
            .ok_or_else(|| anyhow!("{name} is missing"))
    }

    /// A string, or a number by its text.
    pub(crate) fn text(&self, name: &str) -> Result<String> {
        scalar(self.raw(name)?).with_context(|| name.to_owned())
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<String>> {
        if self.has(name) {
            self.text(name).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<Exact> {
        super::number(&self.text(name)?).with_context(|| name.to_owned())
    }

    pub(crate) fn count(&self, name: &str) -> Result<u32> {
        let text = self.text(name)?;
        text.trim()
            .parse()
            .map_err(|_| anyhow!("{name}: {text:?} is not a whole number"))
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.0.get(name).map(|raw| raw.get()) {
            None | Some("null") => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => bail!("{name}: {other} is not true or false"),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Self> {
        serde_json::from_str(self.raw(name)?.get())
            .map(Self)
            .with_context(|| format!("{name}: not an object"))
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<Exact>> {
        numbers(self.raw(name)?).with_context(|| name.to_owned())
    }

    pub(crate) fn rows(&self, name: &str) -> Result<Vec<Vec<Exact>>> {
        let rows: Vec<Box<RawValue>> =
            serde_json::from_str(self.raw(name)?.get()).with_context(|| format!("{name}: not a list"))?;
        rows.iter()
            .map(|row| {
                if row.get().starts_with('[') {
                    numbers(row)
                } else {
                    Ok(vec![super::number(&scalar(row)?)?])
                }
            })
            .collect::<Result<_>>()
            .with_context(|| name.to_owned())
    }
}

fn numbers(raw: &RawValue) -> Result<Vec<Exact>> {
    let items: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).context("not a list")?;
    let number = |(i, item): (usize, &RawValue)| {
        super::number(&scalar(item)?).with_context(|| format!("value {}", i + 1))
    };
    items.iter().map(AsRef::as_ref).enumerate().map(number).collect()
}

fn scalar(raw: &RawValue) -> Result<String> {
    let text = raw.get();
    match text.chars().next() {
        Some('"') => Ok(serde_json::from_str(text)?),
        Some('-' | '0'..='9') => Ok(text.to_owned()),
        _ => bail!("{text} is neither a string nor a number"),
    }
}
