//! The answer for people: suspects first, and never a verdict.

use estimation::{Answer, Balance, Estimate, MeterError, ReadingKind, Settings, Site};
use jiff::Timestamp;
use uncertainty::document::Text;

/// What stands above and beside every result.
pub(super) fn notice() -> Text {
    Text::new(
        "这只是怀疑，须现场核验；不是结论",
        "a suspicion, verify on site; never a verdict",
    )
}

pub(super) fn text(answer: &Answer, site: &Site) -> String {
    let notice = notice();
    let mut lines = vec![
        format!("{}  {}", notice.en, notice.zh),
        format!(
            "{}: {} intervals of {} s, {} to {}, {} sub-meters behind {}",
            match site.kind {
                ReadingKind::Register => "registers",
                ReadingKind::Energy => "energies",
            },
            answer.intervals,
            site.interval_seconds,
            day(answer.from),
            day(answer.to),
            site.meters.len(),
            site.master.name
        ),
    ];
    meters(&mut lines, answer);
    lines.push(format!(
        "P(wrong): probability of an error beyond ±{} %",
        100.0 * Settings::default().alarm_error
    ));
    balance(&mut lines, &answer.balance);
    section(&mut lines, "findings", answer.findings.iter().map(|f| &f.text));
    section(
        &mut lines,
        "what these readings cannot tell",
        answer.limits.iter(),
    );
    lines.join("\n")
}

/// Suspects and the others, the likeliest to be wrong first, then what cannot be judged. The name
/// stands last: names of any script and length then leave the columns straight.
fn meters(lines: &mut Vec<String>, answer: &Answer) {
    let ranked = answer.ranking();
    let (suspects, others): (Vec<usize>, Vec<usize>) =
        ranked.into_iter().partition(|i| answer.meters[*i].suspect);
    let head = "   error %    95 % interval %      P(wrong)  share %  meter";
    let mut table = |title: &str, head: &str, places: &[usize]| {
        if !places.is_empty() {
            lines.push(format!("\n{title}"));
            lines.push(head.to_owned());
            lines.extend(places.iter().map(|i| meter(&answer.meters[*i])));
        }
    };
    table(
        "suspects, the likeliest first: verify these on site",
        head,
        &suspects,
    );
    table("other meters, the likeliest to be wrong first", head, &others);
    table(
        "cannot be judged by these readings: no error, no interval, no suspicion",
        &format!("{:48}share %  meter", ""),
        &answer.open(),
    );
    if suspects.is_empty() {
        lines.push("\nno suspects".to_owned());
    }
}

fn meter(m: &MeterError) -> String {
    let percent = |x: f64| 100.0 * x;
    let error = match &m.judged {
        Some(judged) => format!(
            "  {:>+8.2}  [{:>+8.2}, {:>+8.2}]  {:>8.2}",
            percent(judged.error),
            percent(judged.low),
            percent(judged.high),
            judged.wrong_probability
        ),
        None => format!("  {:>8}  {:>20}  {:>8}", "—", "—", "—"),
    };
    let mut line = format!("{error}  {:>7.2}  {}", percent(m.share), m.name);
    if m.judged.is_none() {
        line.push_str(&format!("\n{:12}{}", "", m.identifiability.text().en));
    }
    if !m.advice.is_empty() {
        let all: Vec<String> = m.advice.iter().map(|a| a.text().en).collect();
        line.push_str(&format!("\n{:12}advice: {}", "", all.join("; or ")));
    }
    let counts = [
        (m.missing, "missing"),
        (m.resets, "reset, exchanged or false"),
        (m.negative, "backwards"),
    ];
    let seen: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !seen.is_empty() {
        line.push_str(&format!("\n{:12}readings: {}", "", seen.join(", ")));
    }
    line
}

fn balance(lines: &mut Vec<String>, balance: &Balance) {
    let plain = |name: &str, value: f64| format!("  {name:<34}{value:>16.2}");
    let doubtful =
        |name: &str, e: &Estimate| format!("{} ± {:.2}", plain(name, e.value), 2.0 * e.uncertainty);
    lines.extend([
        "\nbalance, kWh (± is two standard uncertainties)".to_owned(),
        plain("master", balance.master),
        plain("sub-meters as read", balance.sum),
        plain("difference", balance.difference),
        doubtful("sub-meters read too much by", &balance.meter_errors),
        doubtful("losses", &balance.loss),
        doubtful("  with the square of the load", &balance.variable_loss),
        doubtful("  fixed, or unmetered", &balance.fixed_loss),
        doubtful("unaccounted for", &balance.unaccounted),
    ]);
}

fn section<'a>(lines: &mut Vec<String>, title: &str, texts: impl Iterator<Item = &'a Text>) {
    let mut texts = texts.peekable();
    if texts.peek().is_some() {
        lines.push(format!("\n{title}"));
        lines.extend(texts.map(|t| format!("  - {}", t.en)));
    }
}

fn day(time: i64) -> String {
    Timestamp::from_second(time).map_or_else(|_| time.to_string(), |t| t.to_string())
}
