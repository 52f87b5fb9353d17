//! A test read (试读) from the command line.

use std::sync::Arc;

use devices::profile::Catalogue;
use tokio::sync::mpsc;
use uplink::{Access, ProbeOutcome};

use crate::Clock;
use crate::config::Config;
use crate::field::Field;
use crate::health::Health;

/// Reads one device once, without spool and gateway.
pub async fn probe(
    config: Config,
    catalogue: Arc<Catalogue>,
    clock: Clock,
    profile: &str,
    access: &Access,
) -> ProbeOutcome {
    // Nothing is queued by a probe.
    let (out, _queue) = mpsc::channel(1);
    let field = Field::new(
        Arc::new(config),
        catalogue,
        clock,
        Arc::new(Health::default()),
        out,
    )
    .passing();
    field.probe(profile, access).await
}

/// The outcome as a table: raw words beside decoded values.
pub fn table(outcome: &ProbeOutcome) -> String {
    use std::fmt::Write;
    match outcome {
        ProbeOutcome::Failed { detail, .. } => format!("the device could not be read: {detail}\n"),
        ProbeOutcome::Read { values } => {
            let mut text = format!(
                "{:<24} {:<26} {:<24} {:>20} {:<6} quality\n",
                "point", "address", "raw", "value", "unit"
            );
            for value in values {
                let shown = value.value.as_deref().unwrap_or("-");
                let _ = writeln!(
                    text,
                    "{:<24} {:<26} {:<24} {:>20} {:<6} {}",
                    value.point,
                    value.address,
                    value.raw,
                    shown,
                    value.unit,
                    value.quality.name()
                );
            }
            text
        }
    }
}
