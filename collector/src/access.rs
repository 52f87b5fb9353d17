//! Writing and reading how a device is reached, as people type it.

use std::fmt;

use uplink::{Access, SerialSettings};

/// Text that names no access, with the forms that do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is no access: {reason}; write modbus-tcp://HOST:PORT/UNIT, modbus-rtu:///dev/ttyUSB0/UNIT?baud=9600&format=8N1 or mqtt://BROKER/TOPIC"
)]
pub struct AccessError {
    text: String,
    reason: String,
}

/// Reads `modbus-tcp://HOST:PORT/UNIT`, `modbus-rtu://LINE/UNIT[?baud=…&format=…]`,
/// `mqtt://BROKER/TOPIC` or the JSON form of the uplink.
pub fn parse(text: &str) -> Result<Access, AccessError> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| fault(text, &error.to_string()));
    }
    let (scheme, rest) = text
        .split_once("://")
        .ok_or_else(|| fault(text, "there is no \"://\""))?;
    match scheme {
        "modbus-tcp" => {
            let (address, unit) = rest
                .rsplit_once('/')
                .ok_or_else(|| fault(text, "the unit is missing"))?;
            let (host, port) = address
                .rsplit_once(':')
                .ok_or_else(|| fault(text, "the port is missing"))?;
            let port = port
                .parse()
                .map_err(|_| fault(text, "the port is no number from 0 to 65535"))?;
            let host = host.trim_matches(['[', ']']).to_owned();
            Ok(Access::ModbusTcp {
                host,
                port,
                unit: unit_of(text, unit)?,
            })
        }
        "modbus-rtu" => {
            let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
            let (line, unit) = path
                .rsplit_once('/')
                .ok_or_else(|| fault(text, "the unit is missing"))?;
            let mut settings = SerialSettings::default();
            for pair in query.split('&').filter(|pair| !pair.is_empty()) {
                match pair.split_once('=') {
                    Some(("baud", baud)) => {
                        settings.baud = baud
                            .parse()
                            .map_err(|_| fault(text, "the baud rate is no number"))?;
                    }
                    Some(("format", format)) => settings.format = format.to_owned(),
                    _ => return Err(fault(text, &format!("\"{pair}\" is neither baud= nor format="))),
                }
            }
            Ok(Access::ModbusRtu {
                line: line.to_owned(),
                unit: unit_of(text, unit)?,
                settings,
            })
        }
        "mqtt" => {
            let (broker, topic) = rest
                .split_once('/')
                .ok_or_else(|| fault(text, "the topic is missing"))?;
            Ok(Access::Mqtt {
                broker: broker.to_owned(),
                topic: topic.to_owned(),
            })
        }
        other => Err(fault(text, &format!("\"{other}\" is an unknown scheme"))),
    }
}

fn unit_of(text: &str, unit: &str) -> Result<u8, AccessError> {
    unit.parse()
        .map_err(|_| fault(text, "the unit is no number from 0 to 255"))
}

fn fault(text: &str, reason: &str) -> AccessError {
    AccessError {
        text: text.to_owned(),
        reason: reason.to_owned(),
    }
}

/// An access in a log line.
pub struct Shown<'a>(pub &'a Access);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Access::ModbusTcp { host, port, unit } => write!(f, "modbus-tcp://{host}:{port}/{unit}"),
            Access::ModbusRtu { line, unit, settings } => {
                write!(
                    f,
                    "modbus-rtu://{line}/{unit}?baud={}&format={}",
                    settings.baud, settings.format
                )
            }
            Access::Mqtt { broker, topic } => write!(f, "mqtt://{broker}/{topic}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        for text in [
            "modbus-tcp://10.0.0.5:502/17",
            "modbus-rtu:///dev/ttyUSB0/3?baud=19200&format=8E1",
            "mqtt://site/th20/room-1",
        ] {
            assert_eq!(Shown(&parse(text).unwrap()).to_string(), text);
        }
        let json = r#"{"kind":"modbus-rtu","line":"/dev/ttyS0","unit":1}"#;
        assert_eq!(
            Shown(&parse(json).unwrap()).to_string(),
            "modbus-rtu:///dev/ttyS0/1?baud=9600&format=8N1"
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("10.0.0.5:502", "://"),
            ("modbus-tcp://h/1", "port"),
            ("modbus-tcp://h:502", "unit"),
            ("modbus-tcp://h:502/256", "0 to 255"),
            ("modbus-rtu:///dev/x/1?speed=9", "speed=9"),
            ("opc://x", "unknown scheme"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
