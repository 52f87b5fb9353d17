//! From the TOML form to a checked [`Profile`]; the first thing wrong is refused with its place.

use rust_decimal::Decimal;
use toml::Spanned;

use super::document::{Document, GoldenTable, PointTable};
use super::error::{Finding, ProfileError};
use super::golden::describe;
use super::registers::{Encoding, Table};
use super::{
    Decoded, Golden, GoldenInput, Point, Profile, Protocol, Ratings, Source, TimeSource, exact, payload,
};

mod register;

pub(super) fn parse(file: &str, text: &str) -> Result<Profile, ProfileError> {
    check(file, text).map_err(|finding| finding.in_file(file, text))
}

fn check(file: &str, text: &str) -> Result<Profile, Finding> {
    let document: Document = toml::from_str(text).map_err(|error| {
        let reason = error.message().replace('\n', ", ");
        let cure = if reason.contains("floating point") || reason.contains("expected a string") {
            "write decimals in quotes (\"0.01\"), so that every digit counts"
        } else {
            "compare with a profile that is built in (devices/profiles)"
        };
        Finding::new(error.span().unwrap_or(0..0), reason, cure)
    })?;
    check_head(file, &document)?;
    let protocol = document.protocol;
    let time = document.time.map(|time| {
        pointer_of(&time.pointer).map(|pointer| TimeSource {
            pointer,
            form: time.form,
        })
    });
    let mut points: Vec<Point> = Vec::new();
    let mut taken: Vec<Taken> = Vec::new();
    for table in &document.points {
        let point = check_point(protocol, table)?;
        if points.iter().any(|earlier| earlier.name == point.name) {
            return Err(Finding::new(
                table.as_ref().name.span(),
                format!("point \"{}\" is declared twice", point.name),
                "give each point its own name",
            ));
        }
        check_overlap(&mut taken, &point, table)?;
        points.push(point);
    }
    let mut golden = Vec::new();
    for table in &document.golden {
        golden.push(check_golden(table, &points)?);
    }
    let ratings = Ratings {
        basic_current: document.ratings.basic_current.as_ref().map(decimal).transpose()?,
        maximum_current: document
            .ratings
            .maximum_current
            .as_ref()
            .map(decimal)
            .transpose()?,
        reference_voltage: document
            .ratings
            .reference_voltage
            .as_ref()
            .map(decimal)
            .transpose()?,
    };
    Ok(Profile {
        model: document.model.into_inner(),
        version: document.version.into_inner(),
        title_zh: document.title_zh,
        title_en: document.title_en,
        manufacturer: document.manufacturer,
        accuracy_class: document.accuracy_class,
        connection: document.connection,
        instrument: document.instrument,
        protocol,
        ratings,
        time: time.transpose()?,
        points,
        golden,
    })
}

fn check_head(file: &str, document: &Document) -> Result<(), Finding> {
    let model = document.model.as_ref();
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    if model.is_empty()
        || !model
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err(Finding::new(
            document.model.span(),
            format!("\"{model}\" is no model name"),
            "use lower-case letters, digits and '-'",
        ));
    }
    if model != stem {
        return Err(Finding::new(
            document.model.span(),
            format!("the model is \"{model}\", but the file is {name}"),
            format!("name the file {model}.toml or the model \"{stem}\""),
        ));
    }
    if *document.version.as_ref() == 0 {
        return Err(Finding::new(
            document.version.span(),
            "version 0",
            "count versions from 1",
        ));
    }
    if document.points.is_empty() {
        return Err(Finding::new(
            0..0,
            "the profile has no [[point]]",
            "add what the instrument says",
        ));
    }
    Ok(())
}

fn decimal(text: &Spanned<String>) -> Result<Decimal, Finding> {
    exact::number(text.as_ref()).ok_or_else(|| {
        Finding::new(
            text.span(),
            format!("\"{}\" is no decimal that can be held exactly", text.as_ref()),
            "write digits with a point, at most 28 of them",
        )
    })
}

fn positive(text: &Spanned<String>, what: &str) -> Result<Decimal, Finding> {
    let number = decimal(text)?;
    if number <= Decimal::ZERO {
        return Err(Finding::new(
            text.span(),
            format!("{what} {number} is not positive"),
            "write a number above 0",
        ));
    }
    Ok(number)
}

fn pointer_of(pointer: &Spanned<String>) -> Result<String, Finding> {
    if !payload::is_pointer(pointer.as_ref()) {
        return Err(Finding::new(
            pointer.span(),
            format!("\"{}\" is no JSON pointer", pointer.as_ref()),
            "start with '/', as in \"/data/temperature\"",
        ));
    }
    Ok(pointer.as_ref().clone())
}

fn check_point(protocol: Protocol, spanned: &Spanned<PointTable>) -> Result<Point, Finding> {
    let table = spanned.as_ref();
    let unit = *table.unit.as_ref();
    if !unit.measures(table.quantity) {
        return Err(Finding::new(
            table.unit.span(),
            format!("unit {unit} does not measure {:?}", table.quantity),
            "correct the unit or the quantity of this point",
        ));
    }
    let range = match &table.range {
        Some(range) => {
            let (least, most) = (decimal(&range.as_ref()[0])?, decimal(&range.as_ref()[1])?);
            if least >= most {
                return Err(Finding::new(
                    range.span(),
                    format!("the range {least} to {most} is empty"),
                    "write the lower end first",
                ));
            }
            Some((least, most))
        }
        None => None,
    };
    let scale = table
        .scale
        .as_ref()
        .map(|scale| positive(scale, "scale"))
        .transpose()?;
    let modulus = table
        .modulus
        .as_ref()
        .map(|modulus| positive(modulus, "modulus"))
        .transpose()?;
    if let (Some(modulus), false) = (&table.modulus, table.cumulative) {
        return Err(Finding::new(
            modulus.span(),
            "a modulus on a point that does not count up",
            "add cumulative = true or remove the modulus",
        ));
    }
    let source = match protocol {
        Protocol::Modbus => Source::Register(register::check(spanned)?),
        Protocol::Mqtt => Source::Json(check_json(spanned)?),
    };
    let resolution = match &table.resolution {
        Some(resolution) => Some(positive(resolution, "resolution")?),
        None => scale,
    };
    Ok(Point {
        name: table.name.as_ref().clone(),
        quantity: table.quantity,
        unit,
        title_zh: table.title_zh.clone(),
        title_en: table.title_en.clone(),
        resolution,
        range,
        cumulative: table.cumulative,
        modulus,
        scale,
        source,
    })
}

fn check_json(spanned: &Spanned<PointTable>) -> Result<String, Finding> {
    let table = spanned.as_ref();
    let register_keys = [
        ("address", table.address.as_ref().map(Spanned::span)),
        ("table", table.table.as_ref().map(Spanned::span)),
        ("words", table.words.as_ref().map(Spanned::span)),
        ("type", table.kind.as_ref().map(Spanned::span)),
        ("order", table.order.as_ref().map(Spanned::span)),
        ("exponent", table.exponent.as_ref().map(Spanned::span)),
        ("first_bit", table.first_bit.as_ref().map(Spanned::span)),
        ("bits", table.bits.as_ref().map(Spanned::span)),
    ];
    if let Some((key, Some(span))) = register_keys.into_iter().find(|(_, span)| span.is_some()) {
        return Err(Finding::new(
            span,
            format!("\"{key}\" on a point of an MQTT instrument"),
            "remove it, or set protocol = \"modbus\"",
        ));
    }
    let pointer = required(
        spanned,
        &table.pointer,
        "pointer",
        "say where the number stands in the message",
    )?;
    pointer_of(pointer)
}

fn required<'t, T>(
    point: &Spanned<PointTable>,
    value: &'t Option<Spanned<T>>,
    key: &str,
    cure: &str,
) -> Result<&'t Spanned<T>, Finding> {
    value.as_ref().ok_or_else(|| {
        let name = &point.as_ref().name;
        Finding::new(
            name.span(),
            format!("point \"{}\" has no {key}", name.as_ref()),
            cure,
        )
    })
}

/// Registers that an earlier point has taken.
struct Taken {
    table: Table,
    from: u32,
    to: u32,
    flags: bool,
    point: String,
}

/// Two points may share a word only if both are bit fields; an exponent may serve many points.
fn check_overlap(taken: &mut Vec<Taken>, point: &Point, table: &Spanned<PointTable>) -> Result<(), Finding> {
    let Source::Register(spec) = &point.source else {
        return Ok(());
    };
    let from = u32::from(spec.address) + u32::from(spec.value_at);
    let to = from + u32::from(spec.value_words);
    let flags = matches!(spec.encoding, Encoding::Bits { .. }) && !spec.table.is_bits();
    for earlier in taken.iter().filter(|earlier| earlier.table == spec.table) {
        if from < earlier.to && earlier.from < to && !(flags && earlier.flags) {
            let span = table.as_ref().address.as_ref().map_or(0..0, Spanned::span);
            return Err(Finding::new(
                span,
                format!(
                    "registers {from}..={} of \"{}\" overlap those of \"{}\"",
                    to - 1,
                    point.name,
                    earlier.point
                ),
                "correct one of the addresses; only bit fields may share a word",
            ));
        }
    }
    if let Some(at) = spec.exponent_at.map(|at| u32::from(spec.address) + u32::from(at)) {
        let hit = |earlier: &&Taken| earlier.table == spec.table && (earlier.from..earlier.to).contains(&at);
        if let Some(earlier) = taken.iter().find(hit) {
            let span = table.as_ref().exponent.as_ref().map_or(0..0, Spanned::span);
            return Err(Finding::new(
                span,
                format!(
                    "the exponent register {at} of \"{}\" is part of \"{}\"",
                    point.name, earlier.point
                ),
                "correct one of the addresses",
            ));
        }
    }
    taken.push(Taken {
        table: spec.table,
        from,
        to,
        flags,
        point: point.name.to_string(),
    });
    Ok(())
}

fn check_golden(spanned: &Spanned<GoldenTable>, points: &[Point]) -> Result<Golden, Finding> {
    let table = spanned.as_ref();
    let name = table.point.as_ref();
    let Some(point) = points.iter().find(|point| point.name == *name) else {
        return Err(Finding::new(
            table.point.span(),
            format!("a golden for \"{name}\", which is no point of this profile"),
            "correct the name",
        ));
    };
    let (input, place) = match (&table.words, &table.message, &point.source) {
        (Some(words), None, Source::Register(_)) => {
            (GoldenInput::Words(words.as_ref().clone()), words.span())
        }
        (None, Some(message), Source::Json(_)) => {
            (GoldenInput::Message(message.as_ref().clone()), message.span())
        }
        _ => {
            return Err(Finding::new(
                table.point.span(),
                format!("the golden of \"{name}\" has the wrong input"),
                "write words = [0x1234] for registers, message = '…' for JSON, and not both",
            ));
        }
    };
    let expected = match (&table.value, &table.quality) {
        (Some(value), None) => Decoded::good(decimal(value)?),
        (None, Some(quality)) if quality.as_ref().is_bad() => Decoded {
            value: None,
            quality: *quality.as_ref(),
        },
        _ => {
            return Err(Finding::new(
                table.point.span(),
                format!("the golden of \"{name}\" expects nothing definite"),
                "write value = \"220.10\", or quality = \"not-representable\" where there is none",
            ));
        }
    };
    let golden = Golden {
        point: name.clone(),
        input,
        expected,
    };
    if !golden.holds(point) {
        let (found, wanted) = (describe(&golden.decode(point)), describe(&golden.expected));
        return Err(Finding::new(
            place,
            format!("the input decodes to {found}, the golden of \"{name}\" says {wanted}"),
            "correct type, order, scale or the golden; trailing zeros count",
        ));
    }
    Ok(golden)
}
