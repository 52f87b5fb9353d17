//! The table of allowed edges between packages *is* the architecture.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// package → packages of ours that it may use. Dev-dependencies are held to the same table; only `peers`, which
/// finds the foreign programs that tests run, is open to the tests of all and to nothing else.
const ALLOWED: &[(&str, &[&str])] = &[
    ("peers", &[]),
    ("devices", &[]),
    ("field-sim", &["devices"]),
    ("uplink", &["devices"]),
    ("collector", &["devices", "uplink"]),
    ("gateway", &["devices", "uplink"]),
    ("numbers", &["devices"]),
    ("uncertainty", &["devices", "numbers"]),
    ("estimation", &["devices", "numbers", "uncertainty"]),
    ("verification", &["devices", "numbers", "uncertainty"]),
    (
        "metrology",
        &["devices", "numbers", "uncertainty", "estimation", "verification"],
    ),
    ("ledger", &["devices", "verification"]),
    (
        "portal",
        &[
            "devices",
            "uplink",
            "gateway",
            "numbers",
            "uncertainty",
            "estimation",
            "verification",
            "ledger",
        ],
    ),
    (
        "deploy",
        &[
            "devices",
            "field-sim",
            "uplink",
            "collector",
            "gateway",
            "numbers",
            "uncertainty",
            "estimation",
            "verification",
            "ledger",
            "portal",
        ],
    ),
    (
        "system-tests",
        &[
            "devices",
            "field-sim",
            "uplink",
            "collector",
            "gateway",
            "numbers",
            "uncertainty",
            "estimation",
            "verification",
            "ledger",
            "portal",
            "deploy",
        ],
    ),
];

/// No async, no network, no database, no dice that somebody else throws.
const PURE: &[&str] = &["tokio", "axum", "sqlx", "reqwest", "rand"];

/// Third-party packages that would break a package's invariant.
const ABSENT: &[(&str, &[&str])] = &[
    (
        "devices",
        &["tokio", "axum", "sqlx", "reqwest", "rumqttc", "tokio-modbus"],
    ),
    ("uplink", &["tokio", "axum", "sqlx", "reqwest"]),
    ("collector", &["sqlx", "rumqttd"]),
    ("gateway", &["tokio-modbus", "tokio-serial", "argon2"]),
    ("numbers", PURE),
    ("uncertainty", PURE),
    ("estimation", PURE),
    ("verification", PURE),
    ("metrology", &["tokio", "axum", "sqlx", "reqwest"]),
    ("ledger", &["axum", "reqwest"]),
];

#[test]
fn packages_depend_only_in_the_allowed_direction() {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata runs");
    let ours: BTreeSet<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    assert_eq!(
        ours,
        allowed.keys().copied().collect::<BTreeSet<_>>(),
        "a package is missing from the table or gone from the workspace"
    );
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            if name == "peers" && dependency.kind == DependencyKind::Development {
                continue;
            }
            if ours.contains(name) && !allowed[package.name.as_str()].contains(&name) {
                wrong.push(format!("{} → {name}", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "edges against the architecture: {wrong:?}");
}

#[test]
fn invariants_by_absence_hold() {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata runs");
    for (package, absent) in ABSENT {
        let found = metadata
            .packages
            .iter()
            .find(|p| p.name.as_str() == *package)
            .expect("package exists");
        let wrong: Vec<_> = found
            .dependencies
            .iter()
            .filter(|d| d.kind == DependencyKind::Normal && absent.contains(&d.name.as_str()))
            .map(|d| d.name.clone())
            .collect();
        assert!(wrong.is_empty(), "{package} must not use {wrong:?}");
    }
}

#[test]
fn no_folder_is_named_by_importance_or_by_leftovers() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("workspace root");
    let listed = std::process::Command::new("git")
        .args(["ls-files"])
        .current_dir(root)
        .output()
        .expect("git runs");
    let files = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let wrong: Vec<_> = files
        .lines()
        .filter(|path| {
            path.ends_with("/mod.rs")
                || path.split('/').any(|part| {
                    matches!(
                        part.trim_end_matches(".rs"),
                        "common" | "utils" | "helpers" | "core" | "misc"
                    )
                })
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
