//! The OpenAPI document: what stands on disk is what the routes say, and generated clients can name every operation.

use std::collections::BTreeMap;

use crate::laboratory::Laboratory;

#[tokio::test]
async fn the_committed_openapi_document_is_current() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let current = Laboratory::open().await.portal.openapi();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file, &current).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == current,
        "portal/openapi.json is not what the routes say; run `UPDATE_OPENAPI=1 cargo test -p portal openapi` and look at the difference"
    );
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let document: serde_json::Value =
        serde_json::from_str(&Laboratory::open().await.portal.openapi()).unwrap();
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            let name = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{place} has no operationId"));
            if let Some(other) = named.insert(name.to_owned(), place.clone()) {
                panic!("{place} and {other} are both called {name}");
            }
        }
    }
    assert!(named.len() > 20, "{named:?}");
}

/// What a client may meet is in the document: every code with its status and both sentences.
#[tokio::test]
async fn every_refusal_is_listed() {
    let document: serde_json::Value =
        serde_json::from_str(&Laboratory::open().await.portal.openapi()).unwrap();
    let listed = document["x-refusals"].as_array().unwrap();
    let own_work = listed.iter().find(|one| one["code"] == "own-work").unwrap();
    assert_eq!(own_work["status"], 403);
    assert!(
        own_work["detail_zh"].as_str().unwrap().contains("本人"),
        "{own_work}"
    );
    let codes = &document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    assert_eq!(codes.as_array().unwrap().len(), listed.len());
}
