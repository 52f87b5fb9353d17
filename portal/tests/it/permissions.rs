//! Every operation × every role, against one table file.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use ledger::Word;
use ledger::accounts::Role;

use crate::actor::Actor;
use crate::laboratory::Laboratory;

/// `METHOD PATH: roles`; `anyone` needs no session.
const TABLE: &str = include_str!("permissions.txt");

fn table() -> BTreeMap<String, Vec<String>> {
    TABLE
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (operation, roles) = line
                .split_once(": ")
                .unwrap_or_else(|| panic!("no roles in {line}"));
            (
                operation.to_owned(),
                roles.split_whitespace().map(str::to_owned).collect(),
            )
        })
        .collect()
}

fn operations(document: &serde_json::Value) -> Vec<String> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "parameters")
        {
            operations.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    operations.sort();
    operations
}

/// Refused for want of a role, as opposed to any other reason.
fn refused(status: StatusCode, code: &str) -> bool {
    status == StatusCode::FORBIDDEN && code == "forbidden"
}

/// Somebody who has this role and no other.
fn login(role: Role) -> &'static str {
    match role {
        Role::Enterprise => "works",
        Role::Operator => "li",
        Role::Reviewer => "zhao",
        Role::Auditor => "qian",
        Role::Administrator => "root",
    }
}

#[tokio::test]
async fn every_operation_lets_in_exactly_the_roles_of_the_table() {
    let laboratory = Laboratory::open().await;
    let document = serde_json::from_str(&laboratory.portal.openapi()).unwrap();
    let table = table();
    let operations = operations(&document);
    let in_table: Vec<String> = table.keys().cloned().collect();
    assert_eq!(
        operations, in_table,
        "portal/tests/it/permissions.txt must name every route and no other"
    );
    let anonymous = Actor::anonymous(&laboratory.portal);
    for role in Role::ALL.iter().copied() {
        for (operation, allowed) in &table {
            // Signing out ends the session, so each operation gets its own.
            let actor = laboratory.actor(login(role)).await;
            let (method, path) = operation.split_once(' ').unwrap();
            let path = path.replace("{id}", "1").replace("{point}", "voltage.a");
            let reply = actor.send(method, &path, None, None).await;
            let code = if reply.status.is_success() {
                String::new()
            } else {
                reply.code()
            };
            let open = allowed.iter().any(|name| name == role.word() || name == "anyone");
            assert_eq!(
                refused(reply.status, &code),
                !open,
                "{operation} as {}: {} {code}",
                role.word(),
                reply.status
            );
            let nobody = anonymous.send(method, &path, None, None).await;
            let anyone = allowed.iter().any(|name| name == "anyone");
            assert_eq!(
                nobody.status == StatusCode::UNAUTHORIZED,
                !anyone,
                "{operation} without a session"
            );
        }
    }
}

#[tokio::test]
async fn without_the_header_no_change_is_taken() {
    let laboratory = Laboratory::open().await;
    let actor = laboratory.actor("zhao").await;
    for operation in table().keys() {
        let (method, path) = operation.split_once(' ').unwrap();
        if method == "GET" {
            continue;
        }
        let path = path.replace("{id}", "1");
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .body(axum::body::Body::empty())
            .unwrap();
        let reply = actor.raw(request).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::FORBIDDEN, "missing-requested-with"),
            "{operation}"
        );
    }
}
