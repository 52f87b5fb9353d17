//! A Modbus slave for every device of the site: from request PDU to answer PDU.

use std::collections::BTreeMap;

use devices::profile::{Source, Table};
use jiff::Timestamp;

use crate::fault::FaultKind;
use crate::site::{SimDevice, Site};

pub mod rtu;
pub mod tcp;

/// Modbus exceptions that are answered here.
const ILLEGAL_FUNCTION: u8 = 1;
const ILLEGAL_ADDRESS: u8 = 2;
const ILLEGAL_VALUE: u8 = 3;
const DEVICE_FAILURE: u8 = 4;
const NO_SUCH_TARGET: u8 = 11;

/// What to put on the wire, and how, after the faults have had their say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Frame {
        unit: u8,
        pdu: Vec<u8>,
        delay_ms: u64,
        truncated: bool,
    },
    /// Bytes without any framing.
    Foreign(Vec<u8>),
    Silence,
}

/// Answers one request that reached the units of `line` (`None` is Modbus TCP).
pub(crate) fn reply(site: &Site, line: Option<&str>, unit: u8, pdu: &[u8], now: Timestamp) -> Reply {
    let on_line =
        |device: &&SimDevice| device.unit == unit && device.line.as_deref() == line && device.topic.is_none();
    let Some(device) = site.devices().iter().find(on_line) else {
        // A gateway to TCP says so; on a serial line nobody answers.
        return match line {
            None => plain(unit, exception(pdu, NO_SUCH_TARGET)),
            Some(_) => Reply::Silence,
        };
    };
    let fault = site.faults.on_request(&device.id, now);
    let answer = answer(site, device, pdu, now).unwrap_or_else(|code| exception(pdu, code));
    match fault {
        None => plain(unit, answer),
        Some(FaultKind::Late { milliseconds }) => Reply::Frame {
            unit,
            pdu: answer,
            delay_ms: milliseconds,
            truncated: false,
        },
        Some(FaultKind::Gap) => Reply::Silence,
        Some(FaultKind::Exception { code }) => plain(unit, exception(pdu, code)),
        Some(FaultKind::WrongUnit) => plain(unit.wrapping_add(1), answer),
        Some(FaultKind::WrongLength) => plain(unit, shortened(answer)),
        Some(FaultKind::Truncated) => Reply::Frame {
            unit,
            pdu: answer,
            delay_ms: 0,
            truncated: true,
        },
        Some(FaultKind::Foreign) => Reply::Foreign(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        Some(FaultKind::Stuck | FaultKind::RegisterReset | FaultKind::ClockSkew { .. }) => {
            plain(unit, answer)
        }
    }
}

fn plain(unit: u8, pdu: Vec<u8>) -> Reply {
    Reply::Frame {
        unit,
        pdu,
        delay_ms: 0,
        truncated: false,
    }
}

fn exception(request: &[u8], code: u8) -> Vec<u8> {
    vec![request.first().copied().unwrap_or(0) | 0x80, code]
}

/// One register (or byte of bits) less, with a byte count that fits the shorter data.
fn shortened(mut pdu: Vec<u8>) -> Vec<u8> {
    let less = if matches!(pdu.first(), Some(3 | 4)) { 2 } else { 1 };
    if pdu.len() > 2 + less {
        pdu.truncate(pdu.len() - less);
        pdu[1] = (pdu.len() - 2) as u8;
    } else {
        pdu.push(0);
    }
    pdu
}

fn answer(site: &Site, device: &SimDevice, pdu: &[u8], now: Timestamp) -> Result<Vec<u8>, u8> {
    let table = match pdu.first() {
        Some(1) => Table::Coil,
        Some(2) => Table::Discrete,
        Some(3) => Table::Holding,
        Some(4) => Table::Input,
        _ => return Err(ILLEGAL_FUNCTION),
    };
    let [function, a, b, c, d] = *pdu else {
        return Err(ILLEGAL_VALUE);
    };
    let (address, count) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    let most = if table.is_bits() { 2000 } else { 125 };
    if !(1..=most).contains(&count) {
        return Err(ILLEGAL_VALUE);
    }
    let words = read(site, device, table, address, count, now)?;
    let data: Vec<u8> = if table.is_bits() {
        words
            .chunks(8)
            .map(|bits| {
                bits.iter()
                    .rev()
                    .fold(0, |byte, bit| byte << 1 | u8::from(*bit != 0))
            })
            .collect()
    } else {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    };
    let mut answer = vec![function, data.len() as u8];
    answer.extend(data);
    Ok(answer)
}

/// Registers of a device. Gaps between its points read as 0; beyond its first and last point there is
/// nothing.
fn read(
    site: &Site,
    device: &SimDevice,
    table: Table,
    address: u16,
    count: u16,
    now: Timestamp,
) -> Result<Vec<u16>, u8> {
    let (from, to) = (u32::from(address), u32::from(address) + u32::from(count));
    let (mut least, mut end) = (u32::MAX, 0);
    let mut words: BTreeMap<u32, u16> = BTreeMap::new();
    for point in &device.profile.points {
        let Source::Register(spec) = &point.source else {
            continue;
        };
        if spec.table != table {
            continue;
        }
        let (first, last) = (
            u32::from(spec.address),
            u32::from(spec.address) + u32::from(spec.words),
        );
        (least, end) = (least.min(first), end.max(last));
        if first >= to || last <= from {
            continue;
        }
        let encoded = site.words_at(device, point, now).map_err(|error| {
            tracing::warn!(device = %device.id, %error, "a value cannot be shown");
            DEVICE_FAILURE
        })?;
        for (place, word) in (first..).zip(encoded) {
            // Bit fields may share a word.
            *words.entry(place).or_default() |= word;
        }
    }
    if from < least || to > end {
        return Err(ILLEGAL_ADDRESS);
    }
    Ok((from..to)
        .map(|place| words.get(&place).copied().unwrap_or(0))
        .collect())
}
