//! One sweep in a segment: marker, length, CRC-32, postcard.

use uplink::Sweep;

use super::SpoolError;

/// Begins every record; its last character is the version of the form.
pub const MARKER: [u8; 4] = *b"HLR1";
/// Marker, length, CRC.
pub const HEAD: usize = 12;
/// A longer sweep is refused; a longer length in a file is damage.
pub const MOST_PAYLOAD: usize = 1 << 20;

/// Appends the record of `sweep`.
pub fn write(buffer: &mut Vec<u8>, sweep: &Sweep) -> Result<(), SpoolError> {
    let payload = postcard::to_stdvec(sweep).expect("a sweep holds only encodable types");
    let length = match u32::try_from(payload.len()) {
        Ok(length) if payload.len() <= MOST_PAYLOAD => length,
        _ => {
            return Err(SpoolError::TooLarge {
                device: sweep.device.to_string(),
                bytes: payload.len(),
                most: MOST_PAYLOAD,
            });
        }
    };
    buffer.extend_from_slice(&MARKER);
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&checksum(length, &payload).to_le_bytes());
    buffer.extend_from_slice(&payload);
    Ok(())
}

fn checksum(length: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

/// What stands at a place in a segment.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    Record {
        payload: &'a [u8],
        next: usize,
    },
    /// Bytes up to `next` are no record. `to_end` if nothing readable follows them.
    Damage {
        next: usize,
        to_end: bool,
    },
    /// A record may begin here, but the buffer ends within it and the file goes on.
    NeedMore,
    End,
}

enum Parsed<'a> {
    Record(&'a [u8]),
    Incomplete,
    Damaged,
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn parse(bytes: &[u8]) -> Parsed<'_> {
    let seen = bytes.len().min(4);
    if bytes[..seen] != MARKER[..seen] {
        return Parsed::Damaged;
    }
    if bytes.len() < HEAD {
        return Parsed::Incomplete;
    }
    let length = number(bytes, 4);
    let size = length as usize;
    if size > MOST_PAYLOAD {
        return Parsed::Damaged;
    }
    match bytes.get(HEAD..HEAD + size) {
        None => Parsed::Incomplete,
        Some(payload) if checksum(length, payload) == number(bytes, 8) => Parsed::Record(payload),
        Some(_) => Parsed::Damaged,
    }
}

/// Looks at `buffer[at..]`. `at_end`: the file has no bytes after the buffer.
pub fn step(buffer: &[u8], at: usize, at_end: bool) -> Step<'_> {
    if at >= buffer.len() {
        return if at_end { Step::End } else { Step::NeedMore };
    }
    match parse(&buffer[at..]) {
        Parsed::Record(payload) => Step::Record {
            payload,
            next: at + HEAD + payload.len(),
        },
        Parsed::Incomplete if !at_end => Step::NeedMore,
        Parsed::Incomplete | Parsed::Damaged => {
            for place in at + 1..buffer.len() {
                match parse(&buffer[place..]) {
                    Parsed::Record(_) => {
                        return Step::Damage {
                            next: place,
                            to_end: false,
                        };
                    }
                    Parsed::Incomplete if !at_end => {
                        return Step::Damage {
                            next: place,
                            to_end: false,
                        };
                    }
                    Parsed::Incomplete | Parsed::Damaged => {}
                }
            }
            Step::Damage {
                next: buffer.len(),
                to_end: at_end,
            }
        }
    }
}
