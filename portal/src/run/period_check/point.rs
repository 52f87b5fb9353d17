//! Which point of both instruments is compared.

use devices::profile::Point;
use devices::{Profile, Quantity};
use verification::period_check::PeriodCheckRules;

use crate::problem::Answer;
use crate::refusal;

/// The name of a quantity in evidence.
pub(super) fn quantity(point: &Point) -> String {
    let name = serde_json::to_value(point.quantity).ok();
    let name = name.as_ref().and_then(|name| name.as_str());
    name.unwrap_or(point.name.as_str()).to_owned()
}

/// The point that the procedure names, or the request, or the only indication that both instruments have.
pub(super) fn choose<'a>(
    rules: &PeriodCheckRules,
    asked: Option<&str>,
    subject: &'a Profile,
    reference: Option<&'a Profile>,
) -> Answer<(&'a Point, Option<&'a Point>)> {
    if let (Some(own), Some(asked)) = (rules.point(), asked)
        && own != asked
    {
        return Err(refusal::run::point_fixed(own).on_field("point"));
    }
    if let Some(name) = rules.point().or(asked) {
        let own = named(subject, name, "instrument_id")?;
        let Some(reference) = reference else {
            return Ok((own, None));
        };
        let other = named(reference, name, "reference_id")?;
        if own.unit != other.unit {
            let (one, two) = (own.unit.symbol(), other.unit.symbol());
            return Err(refusal::run::units_differ(one, two).on_field("reference_id"));
        }
        return Ok((own, Some(other)));
    }
    let indications = |profile: &'a Profile| {
        let is_one = |point: &&Point| !point.cumulative && point.quantity != Quantity::Status;
        profile.points.iter().filter(is_one)
    };
    let mut found: Vec<(&Point, Option<&Point>)> = match reference {
        None => indications(subject).map(|own| (own, None)).collect(),
        Some(reference) => {
            let same = |own: &'a Point| {
                indications(reference)
                    .filter(move |other| (other.quantity, &other.unit) == (own.quantity, &own.unit))
                    .map(move |other| (own, Some(other)))
            };
            indications(subject).flat_map(same).collect()
        }
    };
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(refusal::run::nothing_in_common().on_field("reference_id")),
        (Some(_), others) => Err(refusal::run::point_not_chosen(others + 1).on_field("point")),
    }
}

fn named<'a>(profile: &'a Profile, name: &str, field: &str) -> Answer<&'a Point> {
    profile
        .point(name)
        .ok_or_else(|| refusal::run::point_not_comparable(name).on_field(field))
}
