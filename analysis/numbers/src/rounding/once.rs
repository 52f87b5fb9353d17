//! `Rounded` is no measured value (GB/T 8170-2008 §3.3.1), checked when this file compiles.
//!
//! The doctest of [`Rounded`] shows the refusal; these items keep its reason: no trait turns a
//! `Rounded` into an `Exact`. Were one implemented, `Refused<_>` would have two candidates and
//! the line below would not compile.

use std::borrow::Borrow;
use std::ops::Deref;

use super::Rounded;
use crate::number::Exact;

trait Refused<Way> {
    fn way() {}
}
impl<T> Refused<()> for T {}

struct ByInto;
impl<T: Into<Exact>> Refused<ByInto> for T {}
struct ByDeref;
impl<T: Deref<Target = Exact>> Refused<ByDeref> for T {}
struct ByAsRef;
impl<T: AsRef<Exact>> Refused<ByAsRef> for T {}
struct ByBorrow;
impl<T: Borrow<Exact>> Refused<ByBorrow> for T {}

#[test]
fn no_trait_turns_a_rounded_value_into_a_measured_one() {
    <Rounded as Refused<_>>::way();
}
