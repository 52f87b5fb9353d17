//! The real gateway behind the port.

use std::sync::Arc;

use gateway::store::embedded::EmbeddedStore;
use gateway::{AdmissionTable, Gateway};
use portal::field::CollectorGrant;
use portal::field::Field;
use portal::field::gateway::OnGateway;
use tokio::sync::watch;

use crate::laboratory::now;

fn grant(token: u8) -> Vec<CollectorGrant> {
    vec![CollectorGrant {
        collector: "c-1".to_owned(),
        token_sha256: [token; 32],
        devices: Vec::new(),
    }]
}

#[tokio::test]
async fn the_same_grants_again_are_no_new_orders() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("series.db"))
        .await
        .unwrap();
    let (sender, admitted) = watch::channel(Arc::new(AdmissionTable::default()));
    let gateway = Gateway::new(Arc::new(store), admitted.clone(), Arc::new(now));
    let field = OnGateway::new(gateway, sender, Arc::default(), now());
    assert!(field.contacts().is_empty());
    field.admit(grant(1));
    let first = admitted.borrow().version;
    field.admit(grant(1));
    assert_eq!(admitted.borrow().version, first);
    field.admit(grant(2));
    assert!(admitted.borrow().version > first);
    assert_eq!(admitted.borrow().collectors["c-1"].token_sha256, [2; 32]);
}
