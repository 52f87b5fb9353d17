//! A broken profile is refused with file, line, reason and cure.

use devices::Profile;

const GOOD: &str = r#"model = "m"
version = 1
title_zh = "表"
title_en = "Meter"
manufacturer = "x"
instrument = "energy-meter"
protocol = "modbus"

[[point]]
name = "voltage.a"
title_zh = "电压"
title_en = "Voltage"
quantity = "voltage"
unit = "V"
table = "holding"
address = 4
type = "u16"
scale = "0.01"

[[golden]]
point = "voltage.a"
words = [22010]
value = "220.10"
"#;

#[track_caller]
fn refused(from: &str, to: &str, line: usize, part: &str) {
    assert!(GOOD.contains(from), "the test replaces nothing: {from}");
    let error = Profile::parse("devices/profiles/m.toml", &GOOD.replacen(from, to, 1)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(part), "{text}");
    assert!(
        text.starts_with(&format!("devices/profiles/m.toml:{line}: ")),
        "expected line {line}: {text}"
    );
    assert!(!error.cure.is_empty());
}

#[test]
fn the_pattern_itself_is_good() {
    Profile::parse("devices/profiles/m.toml", GOOD).unwrap();
}

#[test]
fn head() {
    refused("model = \"m\"", "model = \"n\"", 1, "but the file is m.toml");
    refused("version = 1", "version = 0", 2, "version 0");
    refused(
        "protocol = \"modbus\"",
        "protocol = \"profibus\"",
        7,
        "unknown variant",
    );
    refused("manufacturer = \"x\"", "maker = \"x\"", 5, "unknown field");
}

#[test]
fn points() {
    refused(
        "unit = \"V\"",
        "unit = \"A\"",
        14,
        "unit A does not measure Voltage",
    );
    refused("unit = \"V\"", "unit = \"Volt\"", 14, "unknown unit");
    refused("address = 4", "address = 65536", 16, "invalid value");
    refused(
        "type = \"u16\"",
        "type = \"u32\"\nwords = 3",
        18,
        "3 word(s), but the type takes 2",
    );
    refused(
        "type = \"u16\"",
        "type = \"u32\"\norder = \"ABDD\"",
        18,
        "order \"ABDD\" does not fit",
    );
    refused("type = \"u16\"", "type = \"bcd\"", 17, "no fixed length");
    refused(
        "type = \"u16\"",
        "type = \"u16\"\nexponent = 4",
        18,
        "lies inside the value",
    );
    refused(
        "type = \"u16\"",
        "type = \"u16\"\npointer = \"/v\"",
        18,
        "a pointer on a point of a Modbus",
    );
    refused("scale = \"0.01\"", "scale = 0.01", 18, "write decimals in quotes");
    refused("scale = \"0.01\"", "scale = \"0,01\"", 18, "is no decimal");
    refused("scale = \"0.01\"", "scale = \"0\"", 18, "is not positive");
    refused(
        "scale = \"0.01\"",
        "scale = \"0.01\"\nrange = [\"9\", \"1\"]",
        19,
        "is empty",
    );
    refused(
        "scale = \"0.01\"",
        "scale = \"0.01\"\nmodulus = \"10\"",
        19,
        "does not count up",
    );
    refused(
        "type = \"u16\"",
        "type = \"bits\"\nfirst_bit = 12\nbits = 5",
        19,
        "do not lie within 16",
    );
    refused("table = \"holding\"", "table = \"coil\"", 17, "holds one bit");
    refused(
        "address = 4",
        "address = 4\ncolour = \"red\"",
        17,
        "unknown field",
    );
    refused(
        "protocol = \"modbus\"",
        "protocol = \"mqtt\"",
        16,
        "\"address\" on a point of an MQTT",
    );
    refused(
        "address = 4\ntype = \"u16\"",
        "address = 65535\ntype = \"u32\"",
        16,
        "do not exist",
    );
}

#[test]
fn overlap_and_repetition() {
    let second = |name: &str, address: &str, kind: &str| {
        format!(
            "scale = \"0.01\"\n\n[[point]]\nname = \"{name}\"\ntitle_zh = \"电\"\ntitle_en = \"V\"\nquantity = \"voltage\"\n\
             unit = \"V\"\ntable = \"holding\"\naddress = {address}\ntype = \"{kind}\"\n"
        )
    };
    refused(
        "scale = \"0.01\"\n",
        &second("voltage.b", "3", "u32"),
        27,
        "overlap those of \"voltage.a\"",
    );
    refused(
        "scale = \"0.01\"\n",
        &second("voltage.a", "8", "u32"),
        21,
        "declared twice",
    );
}

#[test]
fn an_exponent_inside_another_value() {
    let second = "scale = \"0.01\"\n\n[[point]]\nname = \"voltage.b\"\ntitle_zh = \"电\"\ntitle_en = \"V\"\n\
                  quantity = \"voltage\"\nunit = \"V\"\ntable = \"holding\"\naddress = 6\ntype = \"i16\"\nexponent = 4\n";
    refused(
        "scale = \"0.01\"\n",
        second,
        29,
        "the exponent register 4 of \"voltage.b\" is part of \"voltage.a\"",
    );
}

#[test]
fn goldens() {
    refused(
        "value = \"220.10\"",
        "value = \"220.1\"",
        22,
        "decodes to 220.10, the golden of \"voltage.a\" says 220.1",
    );
    refused("words = [22010]", "words = [22010, 1]", 22, "malformed-answer");
    refused("words = [22010]", "message = \"{}\"", 21, "has the wrong input");
    refused("value = \"220.10\"", "", 21, "expects nothing definite");
    refused(
        "value = \"220.10\"",
        "quality = \"good\"",
        21,
        "expects nothing definite",
    );
    refused(
        "point = \"voltage.a\"",
        "point = \"voltage.z\"",
        21,
        "which is no point",
    );
}

#[test]
fn truncated_text_says_where() {
    let error = Profile::parse("m.toml", &GOOD[..GOOD.len() - 6]).unwrap_err();
    assert_eq!(error.line, 23);
}
