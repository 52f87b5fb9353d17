//! The first format of the energy-meter procedure.
//!
//! Formula and uncertainty stood in the engine then; here they are as the second format writes
//! them, so that a stored conclusion is rechecked by the same arithmetic, digit for digit.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{BasisTable, Procedure, ProcedureError, refusal};
use crate::mpe::{MpeRow, MpeTable};
use crate::procedure::{
    Amount, Coverage, DayWindow, Display, EnergyRegisters, LoadRules, PowerFactorBin, Repeats, Sensitivity,
    SymbolTable, Term, UncertaintyRule, check_energy, energy_symbols,
};
use crate::verdict::{ComparisonMethod, NotTested};
use numbers::number::{Exact, Fraction};
use numbers::rounding::Interval;
use uncertainty::document::Text;
use uncertainty::expression::{Expression, Formula, unit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    id: String,
    version: u32,
    basis: BasisTable,
    method: Method,
    repeats: Repeats,
    window: DayWindow,
    coverage: Coverage,
    load: LoadRules,
    uncertainty: Uncertainty,
    display: Display,
    power_factor: Vec<PowerFactorBin>,
    rounding: BTreeMap<String, Exact>,
    mpe: Vec<MpeRow>,
    not_tested: Vec<NotTestedRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Method {
    deciding: ComparisonMethod,
    declared_by_zh: String,
    declared_by_en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Uncertainty {
    coverage_factor: Exact,
    ratio: u32,
    places: u32,
    timestamp_seconds: Exact,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotTestedRow {
    code: String,
    zh: String,
    en: String,
}

pub(super) fn parse(text: &str) -> Result<Procedure, ProcedureError> {
    let document: Document = toml::from_str(text)?;
    let mut intervals = BTreeMap::new();
    for (class, value) in &document.rounding {
        let interval =
            Interval::new(value.clone()).map_err(|e| refusal(format!("rounding.{class}"), e.to_string()))?;
        intervals.insert(class.clone(), interval);
    }
    let reader = EnergyRegisters {
        load: document.load,
        timestamp_seconds: document.uncertainty.timestamp_seconds.clone(),
        power_factor: document.power_factor,
        table: MpeTable {
            rows: document.mpe,
            intervals,
        },
    };
    check_energy(&reader).map_err(|(place, reason)| refusal(place, reason))?;
    let rules = &document.uncertainty;
    if document.repeats.least < 1 || document.window.seconds == 0 || rules.ratio == 0 {
        let reason = "least, seconds and ratio must be above zero";
        return Err(refusal("repeats, window, uncertainty", reason));
    }
    // Without a calendar no day of a certificate could be compared, and the gate would be silent.
    if document.window.utc_offset_seconds.abs() > 15 * 3_600 {
        return Err(refusal("window", "utc_offset_seconds within ±15 h"));
    }
    if rules.places > 12 || document.display.unrounded_places > 30 {
        return Err(refusal(
            "uncertainty, display",
            "more decimals than anybody can read",
        ));
    }
    let symbols = energy_symbols();
    let statement = Text::new(
        format!(
            "依据 {} 基本误差限值作在线比对，不是检定",
            document.basis.document()
        ),
        format!(
            "Online comparison by the intrinsic error limits of {}; not a verification in the legal sense",
            document.basis.document()
        ),
    );
    Ok(Procedure {
        text: text.to_owned(),
        basis: document.basis.record(&document.id, document.version, statement),
        method: document.method.deciding,
        declared_by: Text::new(document.method.declared_by_zh, document.method.declared_by_en),
        error: formula("(W - W0)/W0", &symbols, "%")?,
        repeats: document.repeats,
        window: document.window,
        coverage: document.coverage,
        load: reader.load,
        timestamp_seconds: reader.timestamp_seconds,
        ratio: rules.ratio,
        uncertainty: uncertainty(rules, &symbols)?,
        unrounded_places: document.display.unrounded_places,
        power_factor: reader.power_factor,
        table: reader.table,
        records_terms: false,
        not_tested: document
            .not_tested
            .into_iter()
            .map(|row| NotTested {
                code: row.code,
                title: Text::new(row.zh, row.en),
            })
            .collect(),
    })
}

fn formula(text: &str, symbols: &SymbolTable, result: &str) -> Result<Formula, ProcedureError> {
    let result = unit(result).map_err(|e| refusal("formula", e.to_string()))?;
    Expression::parse(text)
        .and_then(|e| e.bind(&symbols.units(), &result))
        .map_err(|e| refusal("formula", e.to_string()))
}

/// U² = U_ref² + k²·(runs·(d² + d0²)/6 + skew2·2/6)/W0².
fn uncertainty(rules: &Uncertainty, symbols: &SymbolTable) -> Result<UncertaintyRule, ProcedureError> {
    let k = &rules.coverage_factor;
    let Some(share) = Fraction::from(1).over(&Fraction::from(k).squared()) else {
        return Err(refusal("uncertainty.coverage_factor", "must be above zero"));
    };
    let term = |name: (&str, &str), shape: &str, amount: Amount, sensitivity: Sensitivity| Term {
        name: Text::new(name.0, name.1),
        amount,
        sensitivity,
        shape: shape.to_owned(),
    };
    let squares = |text: &str| Ok::<_, ProcedureError>(Amount::Variance(formula(text, symbols, "kW²·h²")?));
    let per = || {
        Ok::<_, ProcedureError>(Sensitivity::Formula(Box::new(formula(
            "1/W0",
            symbols,
            "%/(kW·h)",
        )?)))
    };
    let certificate = Amount::Scale(formula("U_ref", symbols, "%")?, share);
    Ok(UncertaintyRule {
        k: k.clone(),
        places: rules.places,
        terms: vec![
            term(
                ("标准表证书", "certificate of the reference"),
                "k",
                certificate,
                Sensitivity::One,
            ),
            term(
                ("被检表示值增量", "register step of the subject"),
                "u²",
                squares("runs*d^2/6")?,
                per()?,
            ),
            term(
                ("标准表示值增量", "register step of the reference"),
                "u²",
                squares("runs*d0^2/6")?,
                per()?,
            ),
            term(("采样时刻差", "time skew"), "u²", squares("skew2/3")?, per()?),
        ],
    })
}
