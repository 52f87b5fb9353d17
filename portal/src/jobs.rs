use crate::{Portal, access::Caller, problem::*, wire::*};
pub async fn run(_p: &Portal, _c: &Caller, _r: RunRequest) -> Answer<i64> { Err(Problem::forbidden()) }
