//! Whether two instruments are one.

use crate::conclusion::{Code, Reason};
use crate::evidence::Instrument;

/// The reason if subject and reference are one instrument, by device or serial number.
///
/// Blanks and letter case of a serial number are a matter of who typed it.
pub(crate) fn one_instrument(subject: &Instrument, reference: &Instrument) -> Option<Reason> {
    let serial = |instrument: &Instrument| -> String {
        let plain = instrument.serial.chars().filter(|c| !c.is_whitespace());
        plain.flat_map(char::to_lowercase).collect()
    };
    let same = |one: &str, other: &str| !one.is_empty() && one == other;
    let (zh, field, value) = if same(subject.device.trim(), reference.device.trim()) {
        ("设备标识", "device", subject.device.trim())
    } else if same(&serial(subject), &serial(reference)) {
        ("出厂编号", "serial number", subject.serial.trim())
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
        let of = |(device, serial): (&str, &str)| Instrument {
            device: device.to_owned(),
            serial: serial.to_owned(),
            ..Instrument::default()
        };
        let found = |s, r| one_instrument(&of(s), &of(r)).map(|reason| reason.parameters["field"].clone());
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
