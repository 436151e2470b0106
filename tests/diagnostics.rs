//! What is said about wrong policies: each `cases/diagnostics/NAME.KIND.json` is read as a policy of that kind, and what is then
//! shown to a person is in the `.snap` file beside it.
//!
//! `UPDATE_EXPECT=1` rewrites the snapshots: review the difference, never edit them by hand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ibc::diagnostic::{Code, Colors, Diagnostic, render_human, render_json};
use ibc::iam::PolicyKind;
use ibc::source::{SourceId, SourceMap, Span};
use ibc::syntax::parse_policy;

/// Codes about sizes that are out of proportion for case files; tested where they are given.
const WITHOUT_CASE: [Code; 2] = [Code::DocumentTooLarge, Code::TooManyStatements];

struct Case {
    path: PathBuf,
    sources: SourceMap,
    diagnostics: Vec<Diagnostic>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diagnostics");
    let entries = std::fs::read_dir(folder).expect("the cases are there").map(|entry| entry.expect("readable").path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    paths.sort();
    paths.into_iter().map(Case::read).collect()
}

impl Case {
    fn read(path: PathBuf) -> Case {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8").to_owned();
        let kind = name.rsplit('.').nth(1).and_then(|kind| PolicyKind::ALL.into_iter().find(|known| known.as_str() == kind));
        let kind = kind.unwrap_or_else(|| panic!("{name} is not NAME.KIND.json"));
        let mut sources = SourceMap::new();
        let text = std::fs::read_to_string(&path).expect(&name);
        let source = sources.add(name, text);
        let diagnostics = parse_policy(&sources, source, None, kind).diagnostics;
        Case { path, sources, diagnostics }
    }
}

#[test]
fn diagnostics_are_shown_as_in_the_snapshots() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut different = Vec::new();
    for case in cases() {
        let snapshot = case.path.with_extension("snap");
        let shown = render_human(&case.sources, &case.diagnostics, Colors::Off);
        if update {
            std::fs::write(&snapshot, shown).expect("the snapshot is writable");
        } else if std::fs::read_to_string(&snapshot).unwrap_or_default() != shown {
            different.push(format!("{}:\n{shown}", case.path.display()));
        }
    }
    assert!(different.is_empty(), "UPDATE_EXPECT=1 rewrites the snapshots\n{}", different.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let seen: BTreeSet<Code> = cases().iter().flat_map(|case| &case.diagnostics).map(|diagnostic| diagnostic.code).collect();
    let missing: Vec<&str> =
        Code::ALL.iter().filter(|code| !seen.contains(code) && !WITHOUT_CASE.contains(code)).map(|code| code.as_str()).collect();
    assert!(missing.is_empty(), "no case in tests/cases/diagnostics gives {missing:?}");
}

#[test]
fn messages_are_phrases_and_help_is_a_sentence() {
    for case in cases() {
        for Diagnostic { message, help, .. } in &case.diagnostics {
            assert!(!message.ends_with('.') && !message.contains('\n'), "{message}");
            assert!(
                !message.starts_with(char::is_uppercase)
                    || message.starts_with("JSON")
                    || message.starts_with("IAM")
                    || message.starts_with("U+"),
                "{message}"
            );
            let help = help.as_ref().unwrap_or_else(|| panic!("`{message}` has no help"));
            assert!(help.ends_with('.') && help.starts_with(char::is_uppercase), "{help}");
        }
    }
}

#[test]
fn json_names_the_place_in_lines_and_bytes() {
    let mut sources = SourceMap::new();
    let source = sources.add("é.json", "{\n \"é\": 1 }");
    let diagnostic = Diagnostic::new(Code::InvalidPolicyElement, "no `é`", source, Span::new(3, 7)).with_help("Remove it.");
    let json: serde_json::Value = serde_json::from_str(&render_json(&sources, [&diagnostic])).expect("JSON");
    let place = serde_json::json!({
        "file": "é.json",
        "start": { "line": 2, "column": 2, "offset": 3 },
        "end": { "line": 2, "column": 5, "offset": 7 },
    });
    let mut expected = serde_json::json!([{
        "code": "invalid-policy-element",
        "severity": "error",
        "blocksLoading": true,
        "message": "no `é`",
        "labels": [place],
        "help": "Remove it.",
    }]);
    expected[0].as_object_mut().expect("an object").extend(place.as_object().expect("an object").clone());
    assert_eq!(json, expected);
    assert_eq!(render_json(&sources, []), "[]");
}

/// Long lines, places far apart and places at the very end are shown without their surroundings.
#[test]
fn excerpts_are_short_whatever_the_source() {
    let shown = |text: String, spans: &[Span]| {
        let mut sources = SourceMap::new();
        let source: SourceId = sources.add("x.json", text);
        let mut diagnostic = Diagnostic::new(Code::JsonSyntaxError, "wrong", source, spans[0]);
        for &span in &spans[1..] {
            diagnostic = diagnostic.with_secondary(source, span, "other");
        }
        render_human(&sources, [&diagnostic], Colors::Off)
    };
    let long = shown("é".repeat(1_000_000), &[Span::new(1_000_000, 1_000_002), Span::new(0, 2)]);
    assert!(long.contains("--> x.json:1:500001") && long.contains("::: x.json:1:1") && long.len() < 5_000, "{long}");
    let many_lines = shown("x\n".repeat(1_000_000), &[Span::new(1_000_000, 1_500_000)]);
    assert!(many_lines.contains("--> x.json:500001:1") && many_lines.len() < 500, "{many_lines}");
    assert!(shown(String::new(), &[Span::new(0, 0)]).contains("--> x.json:1:1"));
    assert!(shown("a\r\n".to_owned(), &[Span::new(3, 3)]).contains("--> x.json:2:1"));
    assert!(shown("a\u{1b}[31m\0\t".to_owned(), &[Span::new(0, 3)]).chars().all(|c| !c.is_control() || c == '\n'));
}
