//! What goes over the wire. Own types, so that neither a database column nor a Rust rename changes the API.

mod instruments;
mod people;
mod plans;
mod readings;
mod runs;

pub use instruments::*;
pub use people::*;
pub use plans::*;
pub use readings::*;
pub use runs::*;
