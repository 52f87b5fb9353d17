//! What goes over the wire. Own types, so that neither a database column nor a Rust rename changes the API.

mod condition;
mod estimates;
mod instruments;
mod people;
mod plans;
mod procedures;
mod readings;
mod runs;

pub use condition::*;
pub use estimates::*;
pub use instruments::*;
pub use people::*;
pub use plans::*;
pub use procedures::*;
pub use readings::*;
pub use runs::*;
