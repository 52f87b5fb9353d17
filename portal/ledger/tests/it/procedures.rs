//! Procedures: entered by one, approved by another, never changed.

use ledger::accounts::Role;
use ledger::procedures::{NewProcedure, ProcedureState};
use ledger::{LedgerError, Rule};
use sha2::{Digest, Sha256};

use crate::house::{House, account, now};
use crate::on::{On, on_each_database};

on_each_database!(
    a_draft_is_approved_by_somebody_else_and_both_texts_stay,
    own_drafts_same_versions_and_missing_roles_are_refused,
);

fn text(version: u32, text: &str) -> NewProcedure {
    NewProcedure {
        id: "gauge".to_owned(),
        version,
        text: text.to_owned(),
        note: String::new(),
    }
}

fn sha(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

async fn house(on: On) -> House {
    let house = House::build(on).await;
    for login in ["chen", "wu"] {
        let new = account(login, "Laboratory", &[Role::Administrator]);
        house.ledger.create_account(&new, now()).await.unwrap();
    }
    house
}

async fn a_draft_is_approved_by_somebody_else_and_both_texts_stay(on: On) {
    let house = house(on).await;
    let (li, chen) = (house.actor("li").await, house.actor("chen").await);
    house
        .ledger
        .enter_procedure(&li, &text(1, "draft"), now())
        .await
        .unwrap();
    house
        .ledger
        .approve_procedure(&chen, &text(1, "approved"), &sha("draft"), now())
        .await
        .unwrap();
    let kept = house.ledger.procedures().await.unwrap();
    let lines: Vec<_> = kept
        .iter()
        .map(|p| (p.text.as_str(), p.state, p.entered_by.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("draft", ProcedureState::Draft, "li"),
            ("approved", ProcedureState::Approved, "chen")
        ]
    );
    assert_eq!(kept[1].draft_sha256.as_deref(), Some(sha("draft").as_str()));
    let dump = house.dump().await.join("\n");
    assert!(
        dump.contains("procedure.entered") && dump.contains("procedure.approved"),
        "{dump}"
    );
    let mut hand = house.hand().await;
    let (replacing, _) = on.replacing("procedure");
    for sql in [
        "UPDATE procedure SET text = 'x'",
        "DELETE FROM procedure",
        &replacing,
    ] {
        let reason = hand.refused(sql).await;
        assert!(reason.contains("a procedure is never"), "{sql}: {reason}");
    }
}

async fn own_drafts_same_versions_and_missing_roles_are_refused(on: On) {
    let house = house(on).await;
    let (li, chen, zhao) = (
        house.actor("li").await,
        house.actor("chen").await,
        house.actor("zhao").await,
    );
    house
        .ledger
        .enter_procedure(&chen, &text(1, "by chen"), now())
        .await
        .unwrap();
    let before = house.ledger.procedures().await.unwrap().len();
    let own = house
        .ledger
        .approve_procedure(&chen, &text(1, "own"), &sha("by chen"), now())
        .await;
    assert!(matches!(own, Err(LedgerError::OwnWork)), "{own:?}");
    let operator = house
        .ledger
        .approve_procedure(&li, &text(1, "own"), &sha("by chen"), now())
        .await;
    assert!(matches!(operator, Err(LedgerError::NotPermitted { .. })));
    let reviewer = house.ledger.enter_procedure(&zhao, &text(2, "x"), now()).await;
    assert!(matches!(reviewer, Err(LedgerError::NotPermitted { .. })));
    let again = house
        .ledger
        .enter_procedure(&li, &text(1, "another"), now())
        .await;
    let Err(LedgerError::Invalid { field, rule }) = again else {
        panic!("{again:?}")
    };
    assert_eq!(field, "version");
    assert_eq!(rule, Rule::NewVersion);
    let long = NewProcedure {
        note: "n".repeat(501),
        ..text(3, "z")
    };
    assert!(house.ledger.enter_procedure(&li, &long, now()).await.is_err());
    assert_eq!(house.ledger.procedures().await.unwrap().len(), before);
}
