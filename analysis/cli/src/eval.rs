//! `metrology eval`: JSON Lines in, JSON Lines out, one answer per request and in order.
//!
//! Numbers are read from their text, never through f64. What cannot be done answers
//! `{"error": "…"}` and the run goes on.

mod fields;
mod statistics;

use std::io::{BufRead, Read, Write};

use anyhow::{Context, Result, anyhow, bail};
use numbers::limits::{Comparison, Limit, Subject, judge};
use numbers::notation::{self, Kind, Notation};
use numbers::number::Exact;
use numbers::rounding::{Interval, Marks, Reported, count_significant, round_significant};
use numbers::unit::{self, UnitReading, convert};
use serde_json::{Value, json};
use uncertainty::budget::Budget;

use fields::Fields;

/// Longest accepted line; a longer one is answered with an error.
const MAX_LINE: u64 = 64 << 20;

/// Answers every line of `input` on `output`.
pub(crate) fn run(mut input: impl BufRead, mut output: impl Write) -> Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(output.flush()?);
        }
        if line.last() != Some(&b'\n') && line.len() as u64 == MAX_LINE {
            input.skip_until(b'\n')?;
            writeln!(output, "{}", json!({ "error": "the line is too long" }))?;
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let valid = std::str::from_utf8(&line).is_ok();
        let result = if valid {
            answer(text.trim())
        } else {
            Err(anyhow!("the line is not UTF-8"))
        };
        let value = result.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
        serde_json::to_writer(&mut output, &value)?;
        output.write_all(b"\n")?;
        // A caller may wait for this answer before it asks again.
        output.flush()?;
    }
}

/// Answers one request.
pub(crate) fn answer(request: &str) -> Result<Value> {
    let fields = Fields::parse(request)?;
    match fields.text("op")?.as_str() {
        "round" => round(&fields),
        "round_significant" => significant(&fields),
        "count_significant" => count(&fields),
        "report" => report(&fields),
        "parse_reported" => {
            let reported = Reported::parse(&fields.text("text")?)?;
            Ok(json!({ "value": reported.value(), "mark": reported.mark() }))
        }
        "round_reported" => {
            let reported = Reported::parse(&fields.text("reported")?)?;
            Ok(json!({ "rounded": reported.round(&interval(&fields)?).to_string() }))
        }
        "limit_interval" => limit_interval(&fields),
        "judge" => judged(&fields),
        "parse" => parsed(&fields),
        "convert" => {
            let found = conversion(
                &fields.number("value")?,
                &fields.text("from")?,
                &fields.text("to")?,
                None,
            )?;
            Ok(found.object())
        }
        "statistics" => statistics::answer(&fields),
        "budget" => budget(&fields),
        other => bail!("unknown op {other:?}"),
    }
}

/// A value in another unit.
pub(crate) struct Converted {
    pub(crate) from: UnitReading,
    pub(crate) to: UnitReading,
    pub(crate) number: String,
    /// Whether the number is the whole value.
    pub(crate) exact: bool,
    /// Why it is not, when nobody asked for an interval.
    pub(crate) note: Option<&'static str>,
}

impl Converted {
    /// Digits of a conversion that has no end.
    pub(crate) const DIGITS: u32 = 20;

    pub(crate) fn object(&self) -> Value {
        let mut object = json!({ "value": self.number, "unit": self.to.unit, "exact": self.exact });
        warned(&mut object, self.warnings());
        if let Some(note) = self.note {
            object["note"] = json!(note);
        }
        object
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = &String> {
        self.from.warnings.iter().chain(&self.to.warnings)
    }
}

/// Converts exactly where the decimals end, else to twenty digits or to the interval.
pub(crate) fn conversion(
    value: &Exact,
    from: &str,
    to: &str,
    interval: Option<&Interval>,
) -> Result<Converted> {
    let (mut from, to) = (unit::parse(from).context("from")?, unit::parse(to).context("to")?);
    from.warnings.extend(from.unit.impossible(value));
    let found = convert(value, &from.unit, &to.unit)?;
    let (number, exact, note) = match (interval, found.decimal()) {
        (Some(interval), _) => {
            let rounded = found.round(interval).ok_or_else(|| {
                anyhow!("the interval asks for more digits than π is known with; give a coarser one")
            })?;
            let exact = rounded.residual().mark().is_empty() && found.exact;
            (rounded.to_string(), exact, None)
        }
        (None, Some(decimal)) => (decimal.to_string(), true, None),
        (None, None) => {
            let rounded = found
                .round_significant(Converted::DIGITS)
                .ok_or_else(|| anyhow!("no value"))?;
            let note = if found.exact {
                "the decimals do not end; rounded to 20 significant digits"
            } else {
                "goes through π; rounded to 20 significant digits"
            };
            (rounded.to_string(), false, Some(note))
        }
    };
    Ok(Converted {
        from,
        to,
        number,
        exact,
        note,
    })
}

fn interval(fields: &Fields) -> Result<Interval> {
    Ok(Interval::new(fields.number("interval")?)?)
}

fn round(fields: &Fields) -> Result<Value> {
    let rounded = interval(fields)?.round(&fields.number("value")?);
    Ok(json!({ "rounded": rounded.to_string(), "mark": rounded.residual().mark() }))
}

fn significant(fields: &Fields) -> Result<Value> {
    let digits = fields.count("digits")?;
    let value = fields.number("value")?;
    if digits > 2_000 {
        bail!("digits: at most 2000");
    }
    let (rounded, exponent) =
        round_significant(&value, digits).ok_or_else(|| anyhow!("digits must be at least 1"))?;
    Ok(json!({ "rounded": rounded.to_string(), "last_digit_exponent": exponent }))
}

fn count(fields: &Fields) -> Result<Value> {
    let reading = notation::parse(Kind::Number, &fields.text("text")?)?;
    let Notation::Number(number) = reading.notation else {
        bail!("not a number")
    };
    Ok(json!({ "digits": count_significant(&number.value) }))
}

fn report(fields: &Fields) -> Result<Value> {
    let marks = match fields.optional_text("marks")?.as_deref() {
        None | Some("successive") => Marks::Successive,
        Some("always") => Marks::Always,
        Some(other) => bail!("marks {other:?}: successive or always"),
    };
    let reported = interval(fields)?.round(&fields.number("value")?).report();
    Ok(json!({
        "reported": reported.print(marks),
        "value": reported.value(),
        "mark": reported.printed_mark(marks),
    }))
}

fn limit_interval(fields: &Fields) -> Result<Value> {
    let limit = Limit::parse(&fields.text("limit")?)?;
    let interval = limit
        .interval()
        .ok_or_else(|| anyhow!("the digits of this limit fix no interval"))?;
    let mut value = json!({ "interval": interval.to_string() });
    if let Some(unit) = &limit.unit {
        value["unit"] = json!(unit);
    }
    Ok(value)
}

fn judged(fields: &Fields) -> Result<Value> {
    let limit = Limit::parse(&fields.text("limit")?)?;
    let method = match fields.optional_text("method")?.as_deref() {
        None | Some("full") => Comparison::Full,
        Some("rounded") => Comparison::Rounded,
        Some(other) => bail!("method {other:?}: full or rounded"),
    };
    let subject = match (fields.has("measured"), fields.has("reported")) {
        (true, false) => Subject::Measured(fields.number("measured")?),
        (false, true) => Subject::Reported(Reported::parse(&fields.text("reported")?)?),
        (true, true) => bail!("measured and reported exclude each other"),
        (false, false) => bail!("measured or reported is missing"),
    };
    let interval = if fields.has("interval") {
        Some(interval(fields)?)
    } else {
        None
    };
    let judgement = judge(&limit, &subject, method, interval.as_ref())?;
    let rounded = judgement.rounded.as_ref().map(ToString::to_string);
    let mut value = json!({ "verdict": judgement.verdict, "rounded": rounded });
    if let Some(warning) = judgement.warning {
        value["warning"] = json!(warning);
    }
    Ok(value)
}

fn parsed(fields: &Fields) -> Result<Value> {
    let kind: Kind = fields.text("kind")?.parse()?;
    let reading = notation::parse(kind, &fields.text("text")?)?;
    let mut value = json!({ "parsed": reading.notation.to_json() });
    warned(&mut value, reading.warnings.iter());
    Ok(value)
}

/// Adds the remarks under the one key that all commands have for them.
pub(crate) fn warned<'a>(object: &mut Value, warnings: impl Iterator<Item = &'a String>) {
    let all: Vec<&str> = warnings.map(String::as_str).collect();
    if !all.is_empty() {
        object["warning"] = json!(all.join("; "));
    }
}

/// A budget file as text; the report, and what it was made of with all digits.
fn budget(fields: &Fields) -> Result<Value> {
    let combined = Budget::parse(&fields.text("toml")?).and_then(|b| b.evaluate())?;
    let text = |x: f64| x.to_string();
    let dof = combined.dof_unrounded.map_or_else(|| "∞".to_owned(), text);
    Ok(json!({
        "value": text(combined.value),
        "u_c": text(combined.u_c),
        "dof": dof,
        "k": text(combined.k),
        "sensitivities": combined.sensitivities.iter().map(|c| text(*c)).collect::<Vec<_>>(),
        "report": combined.report().json(),
    }))
}

/// A number with full-width digits and signs is refused, not folded, outside `parse`.
pub(crate) fn number(text: &str) -> Result<Exact> {
    Ok(Exact::parse(text.trim())?)
}
