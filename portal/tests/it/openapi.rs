use crate::actor::portal_run_by;

#[test]
fn the_committed_openapi_document_is_current() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let current = portal_run_by("operator").openapi();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file, &current).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == current,
        "portal/openapi.json is not what the routes say; run `UPDATE_OPENAPI=1 cargo test -p portal openapi` and look at the difference"
    );
}
