//! The registers of one point: addresses, type, order of bytes, exponent, bits.

use std::ops::Range;

use toml::Spanned;

use super::required;
use crate::profile::document::{Kind, PointTable};
use crate::profile::error::Finding;
use crate::profile::registers::{ByteOrder, Encoding, RegisterSpec, Table};

/// Most registers that one Modbus request may read.
const MOST_WORDS: u16 = 125;

pub(super) fn check(spanned: &Spanned<PointTable>) -> Result<RegisterSpec, Finding> {
    let point = spanned.as_ref();
    if let Some(pointer) = &point.pointer {
        return Err(Finding::new(
            pointer.span(),
            "a pointer on a point of a Modbus instrument",
            "remove it, or set protocol = \"mqtt\"",
        ));
    }
    let table = *required(
        spanned,
        &point.table,
        "table",
        "write holding, input, coil or discrete",
    )?
    .as_ref();
    let address = required(
        spanned,
        &point.address,
        "address",
        "write the register as on the wire, from 0",
    )?;
    let (kind, kind_span) = match &point.kind {
        Some(kind) => (*kind.as_ref(), kind.span()),
        None if table.is_bits() => (Kind::Bits, address.span()),
        None => {
            return Err(required(
                spanned,
                &point.kind,
                "type",
                "write u16, i32, f32, bcd, text or bits",
            )
            .err()
            .unwrap());
        }
    };
    if table.is_bits() && kind != Kind::Bits {
        return Err(Finding::new(
            kind_span,
            "a coil or discrete input holds one bit",
            "leave the type out",
        ));
    }
    let value_words = words_of(point, kind, kind_span.clone())?;
    let order = match &point.order {
        Some(order) => ByteOrder::parse(order.as_ref(), value_words).ok_or_else(|| {
            let letters: String = (0..value_words.min(4) * 2)
                .map(|i| char::from(b'A' + i as u8))
                .collect();
            Finding::new(
                order.span(),
                format!("order \"{}\" does not fit {value_words} word(s)", order.as_ref()),
                format!("write each of the letters {letters} once, in the order on the wire"),
            )
        })?,
        None => ByteOrder::big_endian(value_words),
    };
    let encoding = match kind {
        Kind::U16 | Kind::U32 | Kind::U64 => Encoding::Integer { signed: false, order },
        Kind::I16 | Kind::I32 | Kind::I64 => Encoding::Integer { signed: true, order },
        Kind::F32 | Kind::F64 => Encoding::Float { order },
        Kind::Bcd => Encoding::Bcd { order },
        Kind::Text => Encoding::Text { order },
        Kind::Bits => bits_of(point, table, value_words, order)?,
    };
    if let (Some(bits), true) = (
        point.bits.as_ref().or(point.first_bit.as_ref()),
        kind != Kind::Bits,
    ) {
        return Err(Finding::new(
            bits.span(),
            "bits of a type that is not \"bits\"",
            "write type = \"bits\"",
        ));
    }
    let value = u32::from(*address.as_ref());
    let mut first = value;
    let mut end = value + u32::from(value_words);
    if let Some(exponent) = &point.exponent {
        let at = u32::from(*exponent.as_ref());
        if (first..end).contains(&at) {
            return Err(Finding::new(
                exponent.span(),
                format!("the exponent register {at} lies inside the value"),
                "correct one of the two addresses",
            ));
        }
        first = first.min(at);
        end = end.max(at + 1);
    }
    if end > 0x1_0000 {
        return Err(Finding::new(
            address.span(),
            format!("registers up to {} do not exist", end - 1),
            "the last register is 65535; count from 0, not from 40001",
        ));
    }
    let words = end - first;
    if words > u32::from(MOST_WORDS) {
        return Err(Finding::new(
            address.span(),
            format!("{words} registers from first to last"),
            format!("one request reads at most {MOST_WORDS}"),
        ));
    }
    Ok(RegisterSpec {
        table,
        address: first as u16,
        words: words as u16,
        value_at: (value - first) as u16,
        value_words,
        exponent_at: point
            .exponent
            .as_ref()
            .map(|at| (u32::from(*at.as_ref()) - first) as u16),
        encoding,
    })
}

fn words_of(point: &PointTable, kind: Kind, kind_span: Range<usize>) -> Result<u16, Finding> {
    let (least, most, fixed) = match kind {
        Kind::Bits => (1, 4, None),
        Kind::Bcd => (1, 7, None),
        Kind::Text => (1, 20, None),
        _ => (1, 4, kind.words()),
    };
    match (&point.words, fixed) {
        (Some(words), Some(fixed)) if *words.as_ref() != fixed => Err(Finding::new(
            words.span(),
            format!("{} word(s), but the type takes {fixed}", words.as_ref()),
            "correct the type or leave words out",
        )),
        (_, Some(fixed)) => Ok(fixed),
        (Some(words), None) if !(least..=most).contains(words.as_ref()) => Err(Finding::new(
            words.span(),
            format!("{} words for this type", words.as_ref()),
            format!("write {least} to {most}"),
        )),
        (Some(words), None) => Ok(*words.as_ref()),
        (None, None) if kind == Kind::Bits => Ok(1),
        (None, None) => Err(Finding::new(
            kind_span,
            "this type has no fixed length",
            "add words = N",
        )),
    }
}

fn bits_of(point: &PointTable, table: Table, words: u16, order: ByteOrder) -> Result<Encoding, Finding> {
    let first = point.first_bit.as_ref().map_or(0, |bit| *bit.as_ref());
    let count = point.bits.as_ref().map_or(1, |bits| *bits.as_ref());
    let width = if table.is_bits() { 1 } else { words * 16 };
    let span = || {
        point
            .bits
            .as_ref()
            .or(point.first_bit.as_ref())
            .map_or(0..0, Spanned::span)
    };
    if count == 0 || u16::from(first) + u16::from(count) > width {
        return Err(Finding::new(
            span(),
            format!("{count} bit(s) from bit {first} do not lie within {width}"),
            "bit 0 is the least significant one",
        ));
    }
    if table.is_bits() && words != 1 {
        return Err(Finding::new(
            span(),
            "more than one coil in one point",
            "declare one point per coil",
        ));
    }
    Ok(Encoding::Bits { first, count, order })
}
