//! Every rule that code or a case names can be looked up in `docs/rules.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What ids of rules begin with.
const PREFIXES: [&str; 9] = ["M", "GR", "WC", "PV", "CO", "TG", "EV", "SE", "D"];

/// The ids that a text names: a prefix, a dash, a number.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
    words.filter(|word| {
        let parts = word.split_once('-');
        parts.is_some_and(|(prefix, number)| {
            PREFIXES.contains(&prefix) && number.starts_with(|first: char| first.is_ascii_digit()) && !number.contains('-')
        })
    })
}

/// The files below a folder that have one of these extensions.
fn files(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files(&path, extensions, found);
        } else if path.extension().is_some_and(|own| extensions.iter().any(|extension| own == *extension)) {
            found.push(path);
        }
    }
}

#[test]
fn every_rule_that_is_named_is_explained() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = fs::read_to_string(top.join("docs/rules.md")).expect("the rules are there");
    let rows = rules.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let mut explained: BTreeSet<&str> = rows.map(|(id, _)| id.trim_matches('`')).collect();
    // Sections: `### 6.4 The algorithm`.
    explained.extend(rules.lines().filter_map(|line| line.strip_prefix("##")?.trim_start_matches('#').split_whitespace().next()));
    let mut paths = Vec::new();
    for folder in ["src", "grammar"] {
        files(&top.join(folder), &["rs", "lalrpop"], &mut paths);
    }
    files(&top.join("tests/cases"), &["toml"], &mut paths);
    let mut unknown = BTreeSet::new();
    let mut named = 0;
    for path in paths {
        let text = fs::read_to_string(&path).expect("text");
        for id in ids(&text) {
            named += 1;
            if !explained.contains(id) {
                unknown.insert(format!("{id} in {}", path.display()));
            }
        }
        // Of cases all that they say they are about: `rule = "CO-9, 8.1 #12"`.
        let of_cases = text.lines().filter_map(|line| line.strip_prefix("rule = \"")?.strip_suffix('"'));
        for id in of_cases.flat_map(|ids| ids.split(", ")) {
            named += 1;
            if !explained.contains(id) {
                unknown.insert(format!("{id} in {}", path.display()));
            }
        }
    }
    assert!(named > 500, "{named} places name a rule");
    assert!(unknown.is_empty(), "not in docs/rules.md: {unknown:#?}");
}
