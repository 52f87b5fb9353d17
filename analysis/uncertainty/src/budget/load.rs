//! From the file to a checked budget.

mod component;

use toml::Spanned;

use super::file::{BudgetFile, CorrelationTable, InputTable, RoundingTable};
use super::report::{Rounding, RoundingRule};
use super::{Budget, Correlation, Coverage, Input, Sensitivity, correlation};
use crate::document::Text;
use crate::document::{FileError, Source};
use crate::expression::{self, Expression, ExpressionError, Formula};
use numbers::notation::typed_number;
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;

pub(crate) use component::component;

/// Format of a budget file.
const FORMAT: u32 = 1;

type Loaded<T> = Result<T, FileError>;

pub(super) fn load(text: &str) -> Loaded<Budget> {
    let source = Source::new(text);
    let file: BudgetFile = source.read()?;
    if *file.format.get_ref() != FORMAT {
        let reason = format!(
            "{} is not known, this engine reads {FORMAT}",
            file.format.get_ref()
        );
        return Err(source.error(file.format.span().start, "format", reason));
    }
    let unit = unit(source, &file.result.unit, "result")?;
    name(source, &file.result.symbol, "result")?;
    let mut inputs: Vec<Input> = Vec::new();
    for table in &file.input {
        let found = input(source, table)?;
        if inputs.iter().any(|i| i.symbol == found.symbol) {
            let reason = format!("{} is defined twice, rename one", found.symbol);
            return Err(source.error(table.symbol.span().start, "input", reason));
        }
        inputs.push(found);
    }
    let pairs: Vec<(&str, &Unit)> = inputs.iter().map(|i| (i.symbol.as_str(), &i.unit)).collect();
    let model = match &file.result.model {
        Some(model) => Some(formula(source, model, "model", &pairs, &unit)?),
        None => None,
    };
    let mut sensitivities = Vec::new();
    for (table, input) in file.input.iter().zip(&inputs) {
        let found = match &table.sensitivity {
            Some(given) => Some(sensitivity(source, given, &pairs, &unit.over(&input.unit))?),
            None => None,
        };
        sensitivities.push(found);
    }
    without_model(source, &file, model.as_ref(), &sensitivities)?;
    for (input, found) in inputs.iter_mut().zip(sensitivities) {
        input.sensitivity = found;
    }
    if let Some(model) = &model {
        for (index, table) in file.input.iter().enumerate() {
            if !model.uses(index) && inputs[index].sensitivity.is_none() {
                let symbol = table.symbol.get_ref();
                let reason =
                    format!("{symbol} does not occur in the model; use it, give a sensitivity, or drop it");
                return Err(source.error(table.symbol.span().start, format!("input {symbol}"), reason));
            }
        }
    }
    let correlations = correlations(source, &file.correlation, &inputs)?;
    Ok(Budget {
        title: Text::new(file.title_zh, file.title_en),
        symbol: file.result.symbol.into_inner(),
        name: Text::new(file.result.name_zh, file.result.name_en),
        unit,
        value: file.result.value.map(Spanned::into_inner),
        model_at: file.result.model.as_ref().map_or((1, 1), |m| {
            let place = source.inside(m.span(), "", (1, 1), "");
            (place.line, place.column)
        }),
        model,
        inputs,
        correlations,
        coverage: coverage(source, &file.coverage)?,
        rounding: rounding(source, &file.rounding)?,
        second_order: file.result.second_order,
    })
}

/// Without a model, the value and every sensitivity are given as numbers.
fn without_model(
    source: Source<'_>,
    file: &BudgetFile,
    model: Option<&Formula>,
    sensitivities: &[Option<Sensitivity>],
) -> Loaded<()> {
    let start = file.result.symbol.span().start;
    if model.is_some() {
        return match &file.result.value {
            Some(value) => Err(source.error(
                value.span().start,
                "result",
                "the model gives the value, drop this one",
            )),
            None => Ok(()),
        };
    }
    if file.result.value.is_none() {
        return Err(source.error(
            start,
            "result",
            "needs a model, or a value together with a sensitivity for every input",
        ));
    }
    if file.result.second_order {
        return Err(source.error(start, "result", "second_order needs a model"));
    }
    for (table, sensitivity) in file.input.iter().zip(sensitivities) {
        if sensitivity.is_none() {
            let place = format!("input {}", table.symbol.get_ref());
            let reason = "without a model every input needs its sensitivity";
            return Err(source.error(table.symbol.span().start, place, reason));
        }
    }
    Ok(())
}

pub fn unit(source: Source<'_>, text: &Spanned<String>, place: &str) -> Loaded<Unit> {
    expression::unit(text.get_ref()).map_err(|e| {
        let reason = format!("unit {:?}, {e}", text.get_ref());
        source.inside(text.span(), place, (1, e.column), reason)
    })
}

pub fn name(source: Source<'_>, symbol: &Spanned<String>, place: &str) -> Loaded<()> {
    let text = symbol.get_ref();
    let alone = Expression::parse(text).is_ok_and(|e| e.symbols().eq([text.as_str()]));
    if alone {
        return Ok(());
    }
    let reason = format!("{text:?} is no symbol; use letters, digits and _, a letter first, not pi");
    Err(source.error(symbol.span().start, place, reason))
}

/// A formula in the unit of its result; a bare number is in that unit.
pub fn formula(
    source: Source<'_>,
    text: &Spanned<String>,
    place: &str,
    units: &[(&str, &Unit)],
    result: &Unit,
) -> Loaded<Formula> {
    bound(text.get_ref(), units, result).map_err(|e| source.formula(text.span(), place, e))
}

/// As [`formula`], without a file around it.
pub fn bound(text: &str, units: &[(&str, &Unit)], result: &Unit) -> Result<Formula, ExpressionError> {
    if *result != Unit::one()
        && let Ok(number) = typed_number(text)
    {
        let sign = if number.is_negative() { "-" } else { "" };
        return Expression::parse(&format!("{sign}{} [{result}]", number.abs()))?.bind(units, result);
    }
    Expression::parse(text)?.bind(units, result)
}

fn sensitivity(
    source: Source<'_>,
    text: &Spanned<String>,
    units: &[(&str, &Unit)],
    unit: &Unit,
) -> Loaded<Sensitivity> {
    if let Ok(number) = typed_number(text.get_ref()) {
        return Ok(Sensitivity::Number(number));
    }
    formula(source, text, "sensitivity", units, unit).map(Sensitivity::Formula)
}

fn input(source: Source<'_>, table: &InputTable) -> Loaded<Input> {
    let symbol = table.symbol.get_ref().clone();
    let place = format!("input {symbol}");
    name(source, &table.symbol, "input")?;
    let unit = unit(source, &table.unit, &place)?;
    let mut value = table.value.as_ref().map(|v| Fraction::from(v.get_ref()));
    let mut readings = Vec::new();
    for part in &table.component {
        if let Some(found) = &part.get_ref().readings {
            if readings.is_empty() {
                readings.clone_from(found.get_ref());
            }
            if value.is_none() {
                value = component::mean(found.get_ref());
            }
        }
    }
    let Some(value) = value else {
        let reason = "needs a value, or readings whose mean is the value";
        return Err(source.error(table.symbol.span().start, place, reason));
    };
    let components = table
        .component
        .iter()
        .map(|part| component(source, &place, part, &unit, &value))
        .collect::<Loaded<Vec<_>>>()?;
    Ok(Input {
        name: Text::new(&*table.name_zh, &*table.name_en),
        symbol,
        unit,
        value,
        components,
        sensitivity: None,
        readings,
    })
}

fn correlations(
    source: Source<'_>,
    tables: &[CorrelationTable],
    inputs: &[Input],
) -> Loaded<Vec<Correlation>> {
    let mut found: Vec<Correlation> = Vec::new();
    for table in tables {
        let start = table.between.span().start;
        let refuse = |reason: String| Err(source.error(start, "correlation", reason));
        let mut ends = [0; 2];
        for (end, symbol) in ends.iter_mut().zip(table.between.get_ref()) {
            match inputs.iter().position(|i| i.symbol == *symbol) {
                Some(index) => *end = index,
                None => return refuse(format!("{symbol} is no input")),
            }
        }
        let [a, b] = ends;
        if a == b {
            return refuse("an input with itself, name two".to_owned());
        }
        let taken = |c: &Correlation| (c.a, c.b) == (a, b) || (c.a, c.b) == (b, a);
        if found.iter().any(taken) {
            return refuse("this pair is given twice, drop one".to_owned());
        }
        let r = match (&table.r, table.from_readings) {
            (Some(r), false) => {
                if r.get_ref().abs() > Exact::from(1) {
                    let reason = format!("r = {} lies outside -1 to 1", r.get_ref());
                    return Err(source.error(r.span().start, "correlation", reason));
                }
                r.get_ref().to_f64()
            }
            (None, true) => match correlation::of_readings(&inputs[a].readings, &inputs[b].readings) {
                Some(r) => r,
                None => {
                    return refuse(
                        "from_readings needs readings of both inputs, as many and in pairs, that vary"
                            .to_owned(),
                    );
                }
            },
            _ => return refuse("give r, or from_readings = true, and not both".to_owned()),
        };
        found.push(Correlation { a, b, r });
    }
    if let Err(index) = correlation::cholesky(&correlation::matrix(inputs.len(), &found)) {
        let symbol = &inputs[index].symbol;
        let last = found.iter().rposition(|c| c.a == index || c.b == index);
        let start = last
            .and_then(|n| tables.get(n))
            .map_or(0, |t| t.between.span().start);
        return Err(source.error(
            start,
            "correlation",
            format!("the matrix of correlations is not positive semidefinite at {symbol}: these coefficients cannot be true together, check their values"),
        ));
    }
    Ok(found)
}

fn coverage(source: Source<'_>, table: &Spanned<super::file::CoverageTable>) -> Loaded<Coverage> {
    match (&table.get_ref().k, &table.get_ref().p) {
        (Some(k), None) if k.get_ref().is_positive() => Ok(Coverage::Factor(k.get_ref().clone())),
        (None, Some(p)) if p.get_ref().is_positive() && *p.get_ref() < Exact::from(1) => {
            Ok(Coverage::Probability(p.get_ref().clone()))
        }
        (Some(_), None) | (None, Some(_)) => Err(source.error(
            table.span().start,
            "coverage",
            "k lies above 0, p between 0 and 1, as in p = \"0.95\"",
        )),
        _ => Err(source.error(table.span().start, "coverage", "give k or p, one of them")),
    }
}

fn rounding(source: Source<'_>, table: &RoundingTable) -> Loaded<RoundingRule> {
    let method = match &table.method {
        None => Rounding::HalfEven,
        Some(name) => Rounding::from_name(name.get_ref()).ok_or_else(|| {
            let reason = format!("{:?}: one of half-even, up, gum-3-percent", name.get_ref());
            source.error(name.span().start, "rounding", reason)
        })?,
    };
    let digits = table.digits.as_ref().map_or(2, |d| *d.get_ref());
    if !(1..=2).contains(&digits) {
        let start = table.digits.as_ref().map_or(0, |d| d.span().start);
        return Err(source.error(start, "rounding", "U has one or two digits (JJF 1059.1 §5.3.8)"));
    }
    Ok(RoundingRule { method, digits })
}
