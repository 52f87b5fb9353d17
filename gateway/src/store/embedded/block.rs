//! The body of a log block: the sweeps of one device in one batch, compressed.

use uplink::Sweep;

use crate::store::StoreError;

pub(super) fn encode(sweeps: &[&Sweep]) -> Vec<u8> {
    let plain = postcard::to_stdvec(sweeps).expect("a sweep holds only encodable types");
    zstd::bulk::compress(&plain, 3).expect("compressing into memory cannot fail")
}

pub(super) fn decode(block: i64, body: &[u8]) -> Result<Vec<Sweep>, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { block, reason };
    let plain = zstd::bulk::decompress(body, uplink::limits::MOST_DECODED_BYTES)
        .map_err(|error| damaged(error.to_string()))?;
    postcard::from_bytes(&plain).map_err(|error| damaged(error.to_string()))
}

/// Registers as `holding 0x0000: 4A5B 0001`, or the message as it came.
pub(super) fn raw_text(sweep: &Sweep) -> String {
    let mut parts: Vec<String> = sweep
        .raw
        .iter()
        .map(|span| {
            let words: Vec<String> = span.words.iter().map(|word| format!("{word:04X}")).collect();
            let table = format!("{:?}", span.table).to_lowercase();
            format!("{table} 0x{:04X}: {}", span.address, words.join(" "))
        })
        .collect();
    if !sweep.message.is_empty() {
        parts.push(String::from_utf8_lossy(&sweep.message).into_owned());
    }
    parts.join("\n")
}
