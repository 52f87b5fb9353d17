//! The simulated field of the demo.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use field_sim::MqttTarget;
use field_sim::serving::Listeners;
use field_sim::{Serving, Site};

use crate::clock::Clock;

/// A meter that answers but is not registered: for the visitor to register.
const SPARE: &str = r#"
[[device]]
id = "m-09"
profile = "ddz1187@1"
title_zh = "办公楼电能表（未登记）"
serial = "DDZ1187-260209"
unit = 10
circuit = "server-room"
initial = "120.00"
error = { kind = "constant", percent = "0.10" }
"#;

pub(super) fn site() -> anyhow::Result<Site> {
    Site::parse(&format!("{}\n{SPARE}", field_sim::site::DEMO)).context("the sample site")
}

/// Serves the field, on the Modbus port of the last start if it is still free.
pub(super) async fn serve(
    site: &Arc<Site>,
    data: &Path,
    broker: SocketAddr,
    clock: Clock,
) -> anyhow::Result<Serving> {
    let kept = data.join("modbus-port");
    let last: u16 = std::fs::read_to_string(&kept)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    let listeners = |port: u16| Listeners {
        modbus_tcp: Some(SocketAddr::from(([127, 0, 0, 1], port))),
        serial: Vec::new(),
        mqtt: Some(MqttTarget {
            host: broker.ip().to_string(),
            port: broker.port(),
            client_id: "field-sim".to_owned(),
            login: None,
        }),
    };
    let serving = match site.clone().serve(listeners(last), clock.clone()).await {
        Ok(serving) => serving,
        Err(_) if last != 0 => site.clone().serve(listeners(0), clock).await?,
        Err(error) => return Err(error.into()),
    };
    if let Some(address) = serving.modbus_tcp {
        std::fs::write(&kept, address.port().to_string()).with_context(|| kept.display().to_string())?;
    }
    Ok(serving)
}
