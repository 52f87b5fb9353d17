//! Bins, their conditions and limits.

use std::collections::BTreeMap;

use ::uncertainty::budget::load;
use ::uncertainty::document::{FileError, Source, Text};
use ::uncertainty::expression::Formula;
use numbers::rounding::Interval;
use numbers::unit::Unit;
use toml::Spanned;

use crate::comparison::file::{BinTable, ComparisonFile, LimitTable, WhenTable};
use crate::comparison::limit::{self, Bases, Limit, Limits};
use crate::comparison::rules::{Bin, Condition};
use crate::comparison::symbols::{Origin, SymbolTable};
use crate::conclusion::ComparisonMethod;

type Loaded<T> = Result<T, FileError>;

pub(super) fn bins(
    source: Source<'_>,
    file: &ComparisonFile,
    symbols: &SymbolTable,
    error: &Unit,
) -> Loaded<Vec<Bin>> {
    let bases = bases(source, file, symbols)?;
    let reader = LimitReader {
        source,
        bases,
        symbols,
        error,
        // A rounded value is compared with a limit only where the interval is declared.
        needs_interval: file.method.deciding == ComparisonMethod::RoundedValue,
    };
    let common = match &file.limit {
        Some(table) => reader.limits("limit", table, None)?,
        None => Limits::default(),
    };
    let mut bins: Vec<Bin> = Vec::new();
    for table in &file.bin {
        let name = table.name.get_ref();
        if bins.iter().any(|b| b.name == *name) {
            let reason = format!("{name} is defined twice, rename one");
            return Err(source.error(table.name.span().start, "bin", reason));
        }
        bins.push(bin(&reader, table, file.limit.as_ref(), &common)?);
    }
    if bins.is_empty() {
        bins.push(Bin {
            name: "all".to_owned(),
            title: Text::new("全部读数", "all readings"),
            conditions: Vec::new(),
            load: None,
            limits: common,
        });
    }
    let none = file.decision.rule.get_ref() == "none";
    if let Some(index) = bins.iter().position(|b| b.limits.is_empty()).filter(|_| !none) {
        let start = file
            .bin
            .get(index)
            .map_or(file.decision.rule.span().start, |t| t.name.span().start);
        let reason = "no limit: write [limit], a limit of the bin, or decision rule = \"none\"";
        return Err(source.error(start, format!("bin {}", bins[index].name), reason));
    }
    Ok(bins)
}

fn bases(source: Source<'_>, file: &ComparisonFile, symbols: &SymbolTable) -> Loaded<Bases> {
    let known = |name: &Option<Spanned<String>>| match name {
        None => Ok(None),
        Some(name) if symbols.index(name.get_ref()).is_some() => Ok(Some(name.get_ref().clone())),
        Some(name) => {
            let reason = format!("{} is no symbol of this procedure", name.get_ref());
            Err(source.error(name.span().start, "error", reason))
        }
    };
    Ok(Bases {
        reading: known(&file.error.reading)?,
        full_scale: known(&file.error.full_scale)?,
        last_digit: known(&file.error.last_digit)?,
    })
}

struct LimitReader<'a> {
    source: Source<'a>,
    bases: Bases,
    symbols: &'a SymbolTable,
    error: &'a Unit,
    needs_interval: bool,
}

impl LimitReader<'_> {
    fn interval(&self, place: &str, text: &Spanned<String>) -> Loaded<Interval> {
        limit::interval(text.get_ref()).map_err(|e| self.source.error(text.span().start, place, e))
    }

    fn limit(&self, place: &str, text: &Spanned<String>, interval: Option<Interval>) -> Loaded<Limit> {
        let mpev = limit::mpev(text.get_ref(), &self.bases, self.symbols, self.error)
            .map_err(|e| self.source.formula(text.span(), place, e))?;
        if self.needs_interval && interval.is_none() {
            let reason = "the rounded value decides, so the limit needs its rounding interval";
            return Err(self.source.error(text.span().start, place, reason));
        }
        Ok(Limit {
            text: text.get_ref().clone(),
            mpev,
            interval,
        })
    }

    /// The limits of a table; intervals may come from the common one.
    fn limits(&self, place: &str, table: &LimitTable, common: Option<&LimitTable>) -> Loaded<Limits> {
        let parse = |text: &Spanned<String>| self.interval(place, text);
        let shared = common
            .and_then(|c| c.interval.as_ref())
            .or(table.interval.as_ref());
        let interval = table.interval.as_ref().or(shared).map(parse).transpose()?;
        let any = match &table.mpe {
            Some(text) => Some(self.limit(place, text, interval.clone())?),
            None => None,
        };
        let mut by_class = BTreeMap::new();
        for (class, text) in &table.class {
            let own = table.class_interval.get(class);
            let own = own.or_else(|| common.and_then(|c| c.class_interval.get(class)));
            let interval = match own {
                Some(text) => Some(parse(text)?),
                None => interval.clone(),
            };
            let place = format!("{place}, class {class}");
            by_class.insert(class.clone(), self.limit(&place, text, interval)?);
        }
        Ok(Limits { any, by_class })
    }
}

fn bin(
    reader: &LimitReader<'_>,
    table: &BinTable,
    common: Option<&LimitTable>,
    limits: &Limits,
) -> Loaded<Bin> {
    let name = table.name.get_ref().clone();
    let place = format!("bin {name}");
    let conditions = table.when.iter().map(|when| condition(reader, &place, when));
    let title = if table.zh.is_empty() && table.en.is_empty() {
        let shown: Vec<_> = table.when.iter().map(|w| range(w.get_ref())).collect();
        Text::new(shown.join("，"), shown.join(", "))
    } else {
        Text::new(&*table.zh, &*table.en)
    };
    Ok(Bin {
        conditions: conditions.collect::<Loaded<_>>()?,
        load: None,
        limits: match &table.limit {
            Some(own) => reader.limits(&place, own, common)?,
            None => limits.clone(),
        },
        title,
        name,
    })
}

/// `20≤p0/FS<40 %`
fn range(when: &WhenTable) -> String {
    let text = |t: &Option<Spanned<String>>| t.as_ref().map(|t| t.get_ref().clone());
    let mut out = text(&when.from).map_or_else(String::new, |f| format!("{f}≤"));
    out += when.of.get_ref();
    if let Some(to) = text(&when.to) {
        out += if when.to_included { "≤" } else { "<" };
        out += &to;
    }
    match when.unit.get_ref().as_str() {
        "" | "1" => out,
        unit => format!("{out} {unit}"),
    }
}

fn condition(reader: &LimitReader<'_>, place: &str, when: &Spanned<WhenTable>) -> Loaded<Condition> {
    let (source, symbols) = (reader.source, reader.symbols);
    let table = when.get_ref();
    let unit = load::unit(source, &table.unit, place)?;
    let of = load::formula(source, &table.of, place, &symbols.units(), &unit)?;
    if let Some(name) = uses(&of, symbols, |o| matches!(o, Origin::Reader)).filter(|n| n != "T") {
        let reason = format!("{name} is known of a whole reading only, not of a slot that is sorted");
        return Err(source.error(table.of.span().start, place, reason));
    }
    let bound = |text: &Option<Spanned<String>>| match text {
        None => Ok(None),
        Some(text) => {
            let formula = load::formula(source, text, place, &symbols.units(), &unit)?;
            only_values(source, &formula, symbols, text, place)?;
            Ok(Some(formula))
        }
    };
    let (from, to) = (bound(&table.from)?, bound(&table.to)?);
    if from.is_none() && to.is_none() {
        return Err(source.error(when.span().start, place, "a condition needs from, to, or both"));
    }
    Ok(Condition {
        of,
        unit,
        from,
        to,
        to_included: table.to_included,
    })
}

/// The first symbol of a formula whose origin is of a kind.
fn uses(formula: &Formula, symbols: &SymbolTable, of: impl Fn(&Origin) -> bool) -> Option<String> {
    let mut all = symbols.all().iter().enumerate();
    all.find(|(index, s)| formula.uses(*index) && of(&s.origin))
        .map(|(_, s)| s.name.clone())
}

/// Bounds are fixed before the first reading: nameplate and certificate values only.
pub(super) fn only_values(
    source: Source<'_>,
    formula: &Formula,
    symbols: &SymbolTable,
    text: &Spanned<String>,
    place: &str,
) -> Loaded<()> {
    match uses(formula, symbols, |o| !matches!(o, Origin::Value(..))) {
        None => Ok(()),
        Some(name) => {
            let reason =
                format!("{name} changes from reading to reading; a bound uses [[value]] symbols only");
            Err(source.error(text.span().start, place, reason))
        }
    }
}
