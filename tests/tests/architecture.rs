//! The arrows between the crates.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Who may know whom. Every crate may know the ones named after it, and nothing else of ours.
const ARROWS: [(&str, &[&str]); 17] = [
    ("ppn-domain", &[]),
    ("ppn-triage", &["ppn-domain"]),
    ("ppn-learning", &["ppn-domain", "ppn-triage"]),
    ("ppn-ingestion", &["ppn-domain"]),
    ("ppn-demo", &["ppn-domain"]),
    ("ppn-sealing", &["ppn-domain"]),
    ("ppn-store", &["ppn-domain", "ppn-sealing"]),
    ("ppn-store-conformance", &["ppn-domain", "ppn-sealing", "ppn-store"]),
    ("ppn-store-sqlite", &["ppn-domain", "ppn-sealing", "ppn-store"]),
    ("ppn-store-postgres", &["ppn-domain", "ppn-sealing", "ppn-store"]),
    ("ppn-service", &["ppn-domain", "ppn-triage", "ppn-ingestion", "ppn-sealing", "ppn-store"]),
    ("ppn-outbound", &["ppn-domain", "ppn-service"]),
    ("ppn-http", &["ppn-domain", "ppn-service"]),
    ("ppn-api", &["ppn-domain", "ppn-ingestion", "ppn-store", "ppn-service", "ppn-http"]),
    ("ppn-web", &["ppn-domain", "ppn-store", "ppn-service", "ppn-http"]),
    (
        "ppn",
        &[
            "ppn-domain",
            "ppn-triage",
            "ppn-learning",
            "ppn-ingestion",
            "ppn-demo",
            "ppn-sealing",
            "ppn-store",
            "ppn-store-sqlite",
            "ppn-store-postgres",
            "ppn-service",
            "ppn-outbound",
            "ppn-http",
            "ppn-api",
            "ppn-web",
        ],
    ),
    ("ppn-tests", &["*"]),
];

/// Libraries that stay inside some crates.
const KEPT_INSIDE: [(&str, &[&str]); 7] = [
    ("ring", &["ppn-sealing"]),
    ("linfa-logistic", &["ppn-learning"]),
    ("sqlx", &["ppn-store-sqlite", "ppn-store-postgres"]),
    ("axum", &["ppn-http", "ppn-api", "ppn-web", "ppn", "ppn-tests"]),
    ("clap", &["ppn"]),
    ("openidconnect", &["ppn-outbound"]),
    ("reqwest", &["ppn-outbound", "ppn-tests"]),
];

#[test]
fn dependencies_follow_the_arrows() {
    let metadata =
        MetadataCommand::new().manifest_path(ppn_tests::root().join("Cargo.toml")).no_deps().exec().unwrap();
    let mut seen = BTreeSet::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let (_, allowed) = ARROWS
            .iter()
            .find(|(crate_name, _)| *crate_name == name)
            .unwrap_or_else(|| panic!("{name} has no place in the arrows"));
        seen.insert(name.to_owned());
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let on = dependency.name.as_str();
            if on == "ppn" || on.starts_with("ppn-") {
                assert!(*allowed == ["*"] || allowed.contains(&on), "{name} must not know {on}");
            }
            if let Some((library, inside)) = KEPT_INSIDE.iter().find(|(library, _)| *library == on) {
                assert!(inside.contains(&name), "{library} must not be known to {name}");
            }
        }
    }
    assert_eq!(seen.len(), ARROWS.len());
}
