//! How decisions are explained: each `cases/explanations/NAME.request.json` is asked of the organisation beside it, and what
//! `ibc explain` then shows is in `NAME.snap`; some are also shown in full, and as JSON.
//!
//! `UPDATE_EXPECT=1` rewrites the snapshots: review the difference, never edit them by hand.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Cases with a snapshot of every statement.
const IN_FULL: [&str; 1] = ["boundary-lacks"];
/// Cases with a snapshot in JSON.
const AS_JSON: [&str; 2] = ["near-miss-on-a-tag", "cross-account-without-grant"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/explanations")
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the cases are there");
    let names = entries.map(|entry| entry.expect("readable").file_name().into_string().expect("a name in UTF-8"));
    let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".request.json")?.to_owned())).collect();
    names.sort();
    names
}

/// What the program prints about a case.
fn explain(name: &str, options: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ibc"))
        .current_dir(folder())
        .args(["explain", "organisation", &format!("{name}.request.json")])
        .args(options)
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{name}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn as_json(name: &str) -> serde_json::Value {
    serde_json::from_str(&explain(name, &["--format", "json"])).expect("JSON")
}

#[test]
fn explanations_are_shown_as_in_the_snapshots() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut different = Vec::new();
    let mut compare = |file: String, shown: String| {
        let path = folder().join(file);
        if update {
            std::fs::write(&path, shown).expect("the snapshot is writable");
        } else if std::fs::read_to_string(&path).unwrap_or_default() != shown {
            different.push(format!("{}:\n{shown}", path.display()));
        }
    };
    for name in names() {
        compare(format!("{name}.snap"), explain(&name, &[]));
    }
    for name in IN_FULL {
        compare(format!("{name}.all.snap"), explain(name, &["--all"]));
    }
    for name in AS_JSON {
        compare(format!("{name}.json.snap"), format!("{:#}\n", as_json(name)));
    }
    assert!(different.is_empty(), "UPDATE_EXPECT=1 rewrites the snapshots\n{}", different.join("\n"));
}
