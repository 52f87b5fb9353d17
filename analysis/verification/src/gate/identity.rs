//! Whether two instruments are one.

use crate::verdict::{Code, Reason};

/// The reason if subject and reference, each as device and serial number, are one instrument.
///
/// Blanks and letter case of a serial number are a matter of who typed it.
pub(crate) fn one_instrument(subject: (&str, &str), reference: (&str, &str)) -> Option<Reason> {
    let serial = |text: &str| -> String {
        let plain = text.chars().filter(|c| !c.is_whitespace());
        plain.flat_map(char::to_lowercase).collect()
    };
    let same = |one: &str, other: &str| !one.is_empty() && one == other;
    let (zh, field, value) = if same(subject.0.trim(), reference.0.trim()) {
        ("设备标识", "device", subject.0.trim())
    } else if same(&serial(subject.1), &serial(reference.1)) {
        ("出厂编号", "serial number", subject.1.trim())
    } else {
        return None;
    };
    Some(Reason::with(
        Code::SelfComparison,
        &[("zh", zh), ("field", field), ("value", value)],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_or_serial_number() {
        let found = |s, r| one_instrument(s, r).map(|reason| reason.parameters["field"].clone());
        assert_eq!(found(("m-1", "A"), ("m-1", "B")).as_deref(), Some("device"));
        for other in [" dtz341-2600103", "DTZ341-2600103 ", "Dtz341- 2600103"] {
            let same = found(("m-1", "DTZ341-2600103"), ("m-2", other));
            assert_eq!(same.as_deref(), Some("serial number"), "{other:?}");
        }
        assert_eq!(found(("m-1", "DTZ341-2600103"), ("m-2", "DTZ341-2600104")), None);
        // A number that nobody entered says nothing.
        assert_eq!(found(("m-1", " "), ("m-2", "")), None);
    }
}
