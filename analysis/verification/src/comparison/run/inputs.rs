//! Whether the evidence is what the procedure asks for, and its values in the procedure's units.

use numbers::number::Fraction;

use super::load::Load;
use super::series::{InputSeries, incomplete, instrument, misfit, resolution, series, unit_factor};
use crate::comparison::rules::ComparisonRules;
use crate::comparison::symbols::{Origin, Symbol};
use crate::conclusion::{Code, Reason};
use crate::evidence::{Evidence, Role};

/// Everything that does not change from slot to slot.
pub(super) struct Inputs<'a> {
    pub(super) series: Vec<InputSeries<'a>>,
    /// Of energy registers.
    pub(super) load: Option<Load<'a>>,
    /// One value per symbol; series, derived and reader symbols are still zero.
    pub(super) base: Vec<Fraction>,
    /// Which of them the evidence gave: a missing value is not zero on the record.
    pub(super) given: Vec<bool>,
    /// What does not fit; nothing is read then.
    pub(super) reasons: Vec<Reason>,
}

impl Inputs<'_> {
    pub(super) fn fit(&self) -> bool {
        self.reasons.is_empty()
    }

    /// The register of one side.
    pub(super) fn register(&self, of: Role) -> Option<usize> {
        self.series
            .iter()
            .position(|s| s.register.is_some() && s.of == of)
    }
}

pub(super) fn inputs<'a>(rules: &ComparisonRules, evidence: &'a Evidence) -> Inputs<'a> {
    let all = rules.symbols.all();
    let mut inputs = Inputs {
        series: Vec::new(),
        load: None,
        base: vec![Fraction::zero(); all.len()],
        given: vec![false; all.len()],
        reasons: Vec::new(),
    };
    let absent = rules.sampling.needs_certificate && evidence.certificate.is_none();
    if absent {
        inputs.reasons.push(Reason::plain(Code::CertificateAbsent));
    }
    if evidence.check.is_some() {
        inputs.reasons.push(misfit("check", "is that of a period check"));
    }
    for (index, symbol) in all.iter().enumerate() {
        let value = match &symbol.origin {
            Origin::Series { of, .. } => {
                match series(rules, evidence, index, symbol, *of) {
                    Ok(series) => inputs.series.push(series),
                    Err(reason) => inputs.reasons.push(reason),
                }
                continue;
            }
            Origin::Resolution(of) => resolution(rules, evidence, &all[*of]),
            // That there is no certificate is said once.
            Origin::Value(Role::Certificate, _) if absent => continue,
            Origin::Value(role, _) => value(evidence, *role, symbol),
            Origin::Derived | Origin::Reader => continue,
        };
        match value {
            Ok(value) => {
                inputs.base[index] = value;
                inputs.given[index] = true;
            }
            Err(reason) => inputs.reasons.push(reason),
        }
    }
    if let Some(energy) = rules.reader.energy().filter(|_| inputs.fit()) {
        match Load::of(energy, rules, evidence, &inputs.base) {
            Ok(load) => {
                load.bound_registers(energy, evidence, &mut inputs.series);
                inputs.load = Some(load);
            }
            Err(reason) => inputs.reasons.push(reason),
        }
    }
    if inputs.fit() {
        inputs.reasons = bins_apart(rules, &inputs.base);
    }
    inputs
}

/// The nameplate may bring bounds that the examples of the file did not foresee.
fn bins_apart(rules: &ComparisonRules, base: &[Fraction]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (index, bin) in rules.bins.iter().enumerate() {
        let place = format!("bin {}", bin.name);
        if let Some(reason) = bin.empty(base) {
            reasons.push(misfit(&place, &reason));
        }
        for earlier in rules.bins.iter().take(index) {
            if !bin.apart(earlier, base) {
                let detail = format!("overlaps bin {} with these nameplate values", earlier.name);
                reasons.push(misfit(&place, &detail));
            }
        }
    }
    reasons
}

fn value(evidence: &Evidence, role: Role, symbol: &Symbol) -> Result<Fraction, Reason> {
    let values = match role {
        Role::Subject | Role::Reference => Some(&instrument(evidence, role).values),
        Role::Certificate => evidence.certificate.as_ref().map(|c| &c.values),
    };
    let field = format!("{}.{}", role.name(), symbol.name);
    let value = values
        .and_then(|v| v.get(&symbol.name))
        .ok_or_else(|| incomplete(&field))?;
    let factor = unit_factor(&value.unit, &symbol.unit).map_err(|e| misfit(&field, &e))?;
    Ok(Fraction::from(&value.value).times(&factor))
}

/// A certificate whose declared uncertainty is not above zero declares none.
pub(super) fn undeclared(rules: &ComparisonRules, evidence: &Evidence, inputs: &Inputs<'_>) -> Vec<Reason> {
    let Some(certificate) = &evidence.certificate else {
        return Vec::new();
    };
    let declared = rules.uncertainty.declared().filter_map(|index| {
        let symbol = &rules.symbols.all()[index];
        let value = &inputs.base[index];
        let stated = matches!(symbol.origin, Origin::Value(Role::Certificate, _)) && inputs.given[index];
        (stated && (value.is_negative() || value.is_zero())).then_some((symbol, value))
    });
    let reason = |(symbol, value): (&Symbol, &Fraction)| {
        Reason::with(
            Code::CertificateUncertaintyInvalid,
            &[
                ("number", &certificate.number),
                ("symbol", &symbol.name),
                ("u95", &value.cut(rules.unrounded_places).0),
                ("unit", &symbol.unit.to_string()),
            ],
        )
    };
    declared.map(reason).collect()
}
