//! A broken site is refused with the place and the reason.

use field_sim::Site;
use field_sim::site::DEMO;

#[track_caller]
fn refused(from: &str, to: &str, part: &str) {
    assert!(DEMO.contains(from), "the test replaces nothing: {from}");
    let error = Site::parse(&DEMO.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.contains(part), "{error}");
}

#[test]
fn each_mistake_names_its_device() {
    refused(
        "profile = \"ref3000@1\"",
        "profile = \"ref3000@9\"",
        "device ref-1: profile ref3000@9 is unknown",
    );
    refused(
        "unit = 3\n",
        "unit = 2\n",
        "device m-02: unit 2 is taken on this line",
    );
    refused("unit = 3\n", "unit = 0\n", "device m-02: unit 0 is not 1 to 247");
    refused(
        "id = \"pt-02\"",
        "id = \"pt-01\"",
        "device pt-01: is declared twice",
    );
    refused(
        "circuit = \"kiln\"",
        "circuit = \"kilm\"",
        "device m-03: no circuit \"kilm\"",
    );
    refused("circuit = \"kiln\"", "", "device m-00: m-03 measures no circuit");
    refused("hours = 48", "hours = 0", "device ref-1: rotation.hours is 0");
    refused(
        "meters = [\"m-03\", \"m-05\"]",
        "meters = [\"m-03\", \"m-07\"]",
        "differ in phases",
    );
    refused(
        "topic = \"site/th-01\"",
        "",
        "device th-01: an MQTT instrument needs topic",
    );
    refused(
        "pressure = \"0.35\"",
        "presure = \"0.35\"",
        "device pt-01: an offset for \"presure\"",
    );
    refused(
        "phases = 3",
        "phases = 2",
        "circuit press-shop: phases must be 1 or 3",
    );
    refused(
        "pattern = \"two-shift\"",
        "pattern = \"three-shift\"",
        "unknown variant",
    );
    refused("seed = 20260301", "sead = 20260301", "unknown field");
}
