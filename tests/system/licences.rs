//! Only permissive licences come into the house.

use cargo_metadata::MetadataCommand;

const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression can be met by permissive licences alone. `/` is the old spelling of `OR`.
fn is_permissive(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    // A conjunction binds its own parts here; for the expressions in use that is stricter than SPDX, never laxer.
    flat.split(" AND ")
        .all(|part| part.split(" OR ").any(|one| PERMISSIVE.contains(&one.trim())))
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    assert!(is_permissive("MIT OR GPL-3.0-only") && is_permissive("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(is_permissive("MIT/Apache-2.0"));
    assert!(
        !is_permissive("GPL-3.0-only") && !is_permissive("MIT AND LGPL-2.1-or-later") && !is_permissive("")
    );
}

#[test]
fn every_package_is_under_a_permissive_licence() {
    let metadata = MetadataCommand::new().exec().expect("cargo metadata");
    let wrong: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| !is_permissive(package.license.as_deref().unwrap_or_default()))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
