//! Reading bodies that were stored as JSON: one of another format is refused by its number, whatever else it holds.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why a stored body is not read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// A body of another time or of another program.
    #[error("{what}: format {found} is not known, this engine reads {known}")]
    Format {
        what: &'static str,
        found: u32,
        known: u32,
    },
    /// Not JSON of this shape; names line and column.
    #[error("{what}: {source}")]
    Json {
        what: &'static str,
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Peek {
    format: u32,
}

/// Reads a body; `format_of` says which format it carries.
pub(crate) fn read<T: DeserializeOwned>(
    what: &'static str,
    known: u32,
    bytes: &[u8],
    format_of: fn(&T) -> u32,
) -> Result<T, StoredError> {
    let (found, read) = match serde_json::from_slice::<T>(bytes) {
        Ok(body) => (format_of(&body), Ok(body)),
        Err(source) => {
            // A body of another shape still says its format.
            let peek = serde_json::from_slice::<Peek>(bytes);
            (peek.map_or(known, |peek| peek.format), Err(source))
        }
    };
    if found != known {
        return Err(StoredError::Format { what, found, known });
    }
    read.map_err(|source| StoredError::Json { what, source })
}
