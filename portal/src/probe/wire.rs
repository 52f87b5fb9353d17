//! Test reads.

use devices::Quality;
use serde::{Deserialize, Serialize};
use uplink::ProbeFailure;
use utoipa::ToSchema;

use crate::instrument::wire::Access;

/// A test read (试读) of an instrument that need not be registered yet.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    pub collector: String,
    pub profile: String,
    pub access: Access,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProbedPoint {
    pub point: String,
    pub address: String,
    pub raw: String,
    pub value: Option<String>,
    pub unit: String,
    #[schema(value_type = String)]
    pub quality: Quality,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ProbeResult {
    Read {
        values: Vec<ProbedPoint>,
    },
    /// `no-reading` comes without a detail; `address-not-allowed`, `not-understood` and `other` with one.
    Failed {
        #[schema(value_type = String)]
        cause: ProbeFailure,
        detail: String,
    },
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProbeAnswer {
    pub outcome: ProbeResult,
    pub elapsed_ms: u64,
}

impl From<uplink::ProbeAnswer> for ProbeAnswer {
    fn from(answer: uplink::ProbeAnswer) -> Self {
        let outcome = match answer.outcome {
            uplink::ProbeOutcome::Failed { cause, detail } => ProbeResult::Failed { cause, detail },
            uplink::ProbeOutcome::Read { values } => ProbeResult::Read {
                values: values
                    .into_iter()
                    .map(|read| ProbedPoint {
                        point: read.point,
                        address: read.address,
                        raw: read.raw,
                        value: read.value,
                        unit: read.unit,
                        quality: read.quality,
                    })
                    .collect(),
            },
        };
        Self {
            outcome,
            elapsed_ms: answer.elapsed_ms,
        }
    }
}
