//! Stored bodies say their `format`: one that this program does not know is refused, never guessed at.

use serde_json::{Map, Value};

/// A body that this program does not read.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error("it is of format {found}, and this program reads format {known}")]
    Format { found: String, known: u32 },
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// The fields of a JSON object whose `format` is the one that is known.
///
/// # Errors
/// No JSON object, or another format; then the rest is not looked at.
pub fn fields(text: &str, known: u32) -> Result<Map<String, Value>, FormError> {
    let fields: Map<String, Value> = serde_json::from_str(text)?;
    match fields.get("format") {
        Some(format) if *format == known => Ok(fields),
        found => Err(FormError::Format {
            found: found.map_or_else(|| "none".to_owned(), ToString::to_string),
            known,
        }),
    }
}
