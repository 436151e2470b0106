//! Real policies: whatever AWS and its users have published is read, and what IAM takes is not refused.
//!
//! The corpus lies beside the repository, or where `IBC_CORPUS` says; without it these tests pass and say so.

use std::path::{Path, PathBuf};

use proptest::prelude::prop;

use ibc::diagnostic::{Code, Colors, Diagnostic, render_human};
use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::json::{Json, parse_json};
use ibc::syntax::{Parsed, decode_source, parse_policy, policy_from_json, print_policy};

use crate::generators::check;

/// Where the corpus is; says so if it is not there.
pub(crate) fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let path = std::env::var_os("IBC_CORPUS").map_or(beside, PathBuf::from);
    let found = path.join("manifest.json").exists();
    if !found {
        println!("corpus not found, 1 check skipped");
    }
    found.then_some(path)
}

/// The number that a variable of the environment says, for longer or shorter runs.
pub(crate) fn number_from(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A policy of the corpus.
pub(crate) struct Entry {
    pub(crate) file: String,
    pub(crate) kind: PolicyKind,
    pub(crate) text: String,
}

pub(crate) fn entries(corpus: &Path) -> Vec<Entry> {
    let manifest = std::fs::read_to_string(corpus.join("manifest.json")).expect("the manifest is readable");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("the manifest is JSON");
    let mut entries = Vec::new();
    for source in manifest["sources"].as_array().expect("the manifest lists sources") {
        for file in source["files"].as_array().expect("a source lists files") {
            let name = file["file"].as_str().expect("a file has a name").to_owned();
            let kind = match file["kind"].as_str().expect("a file has a kind") {
                "vpc-endpoint" => PolicyKind::Endpoint,
                kind => PolicyKind::ALL.into_iter().find(|known| known.as_str() == kind).expect(kind),
            };
            let text = std::fs::read_to_string(corpus.join(&name)).expect(&name);
            entries.push(Entry { file: name, kind, text });
        }
    }
    entries
}

pub(crate) fn parse(text: &str, kind: PolicyKind) -> (SourceMap, Parsed) {
    let mut sources = SourceMap::new();
    let source = sources.add("policy.json", text);
    let parsed = parse_policy(&sources, source, None, kind);
    (sources, parsed)
}

fn blocking(diagnostics: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    diagnostics.iter().filter(|diagnostic| diagnostic.code.blocks_loading())
}

/// A policy that is refused rightly, from `corpus_exceptions.toml`.
#[derive(serde::Deserialize)]
struct Exception {
    code: String,
    files: String,
    #[expect(dead_code, reason = "for readers of the file")]
    reason: String,
}

fn exceptions() -> Vec<Exception> {
    #[derive(serde::Deserialize)]
    struct File {
        exception: Vec<Exception>,
    }
    toml::from_str::<File>(include_str!("corpus_exceptions.toml")).expect("the exceptions are as described").exception
}

/// Policies that IAM takes are loaded; those that are refused have been looked at.
#[test]
fn valid_policies_are_not_refused() {
    let Some(corpus) = corpus() else { return };
    let exceptions = exceptions();
    let patterns: Vec<_> = exceptions.iter().map(|exception| glob::Pattern::new(&exception.files).expect("a glob")).collect();
    let mut used = vec![false; exceptions.len()];
    let mut refused = Vec::new();
    for entry in entries(&corpus) {
        let (sources, parsed) = parse(&entry.text, entry.kind);
        assert_eq!(parsed.policy.is_none(), blocking(&parsed.diagnostics).next().is_some(), "{}", entry.file);
        for diagnostic in blocking(&parsed.diagnostics) {
            let is_known =
                |index: &usize| exceptions[*index].code == diagnostic.code.as_str() && patterns[*index].matches(&entry.file);
            match (0..exceptions.len()).find(is_known) {
                Some(index) => used[index] = true,
                None => refused.push(format!("{}\n{}", entry.file, render_human(&sources, [diagnostic], Colors::Off))),
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    let unused = exceptions.iter().zip(used).filter(|(_, used)| !used);
    let unused: Vec<_> = unused.map(|(exception, _)| format!("{} {}", exception.code, exception.files)).collect();
    assert!(unused.is_empty(), "exceptions for nothing: {unused:?}");
}

/// Earlier versions of managed policies, each a part of a document that holds them all. AWS wrote them, so they are loaded.
#[test]
fn earlier_versions_of_managed_policies_are_loaded() {
    let Some(corpus) = corpus() else { return };
    let mut refused = Vec::new();
    for path in glob::glob(&format!("{}/aws-managed-history/*.json", corpus.display())).expect("a glob") {
        let path = path.expect("readable");
        let mut sources = SourceMap::new();
        let source = sources.add(path.display().to_string(), std::fs::read_to_string(&path).expect("readable"));
        let json = parse_json(&sources, source, None);
        assert!(json.diagnostics.is_empty());
        for version in json.value.member("versions").and_then(Json::as_array).expect("versions") {
            let document = version.member("document").expect("a document");
            let parsed = policy_from_json(&sources, source, &json, document, PolicyKind::Identity);
            let again = parse_policy(&sources, source, Some(document.span), PolicyKind::Identity);
            assert_eq!((&parsed.policy, &parsed.diagnostics), (&again.policy, &again.diagnostics));
            // PV-7, D-19: as in the exceptions.
            let wrong = blocking(&parsed.diagnostics).filter(|diagnostic| diagnostic.code != Code::VariableInArnField);
            refused.extend(wrong.map(|diagnostic| render_human(&sources, [diagnostic], Colors::Off)));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// What is printed is read back as the same tree, and printed the same again.
#[test]
fn printing_is_stable() {
    let Some(corpus) = corpus() else { return };
    for entry in entries(&corpus) {
        let Some(policy) = parse(&entry.text, entry.kind).1.policy else { continue };
        let printed = print_policy(&policy);
        let again = parse(&printed, entry.kind).1.policy.expect(&printed);
        assert_eq!(without_spans(&again), without_spans(&policy), "{}", entry.file);
        assert_eq!(print_policy(&again), printed, "{}", entry.file);
    }
}

/// A tree as text, without the places: those are what differs between two texts of one policy.
fn without_spans(policy: &ibc::syntax::ast::Policy) -> String {
    let debug = format!("{policy:?}");
    let mut out = String::with_capacity(debug.len());
    let mut rest = debug.as_str();
    while let Some(at) = rest.find("Span { start: ") {
        out += &rest[..at];
        rest = rest[at..].split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}

/// Wrong policies of a linter's tests: an answer, never a crash; what is not JSON is said to be so.
#[test]
fn wrong_policies_get_an_answer() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("../corpus-invalid/parliament.json");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let cases: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for case in cases["cases"].as_array().expect("cases") {
        let text = case["policy_text"].as_str().expect("a text");
        let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok();
        for kind in PolicyKind::ALL {
            let (sources, parsed) = parse(text, kind);
            check_answer(&sources, &parsed);
            let says_not_json = parsed.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::JsonSyntaxError);
            assert_eq!(says_not_json, !is_json, "{text}");
        }
    }
}

/// Documents cut short, with flipped and with swapped bytes.
#[test]
fn damaged_policies_get_an_answer() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diagnostics");
    for name in [
        "clean.identity.json",
        "variable.identity.json",
        "principal.resource.json",
        "condition-value.identity.json",
        "json-escapes.identity.json",
    ] {
        let bytes = std::fs::read(cases.join(name)).expect(name);
        for at in 0..bytes.len() {
            check_bytes(&bytes[..at]);
            for bit in [0, 1, 3, 5, 6] {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                check_bytes(&flipped);
            }
            let mut swapped = bytes.clone();
            swapped.swap(at, (at * 7 + 13) % bytes.len());
            check_bytes(&swapped);
            let mut doubled = bytes.clone();
            doubled.insert(at, bytes[at]);
            check_bytes(&doubled);
        }
    }
}

/// Pieces of policies in any order.
#[test]
fn random_texts_get_an_answer() {
    check(RANDOM_TEXTS, prop::collection::vec(prop::sample::select(PIECES), 0..40), |pieces| {
        check_bytes(pieces.concat().as_bytes());
        Ok(())
    });
}

/// The same inside a policy, so that each element meets each kind of value.
#[test]
fn random_elements_get_an_answer() {
    let elements = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition", "Version"];
    let element = prop::sample::select(elements.to_vec());
    check(RANDOM_TEXTS, (element, prop::collection::vec(prop::sample::select(PIECES), 1..8)), |(element, pieces)| {
        let value = pieces.concat();
        check_bytes(format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"{element}\":{value}}}]}}").as_bytes());
        Ok(())
    });
}

/// How many random texts are read.
const RANDOM_TEXTS: u32 = 4_096;

/// What the texts of the random tests are made of.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "null",
    "true",
    "1.10",
    "01",
    "-",
    "\"",
    "\\",
    "'",
    "é",
    "\0",
    "//",
    "/*",
    "*/",
    "=",
    ";",
    "word",
    "{}",
    "[]",
    "\"\"",
    "\"*\"",
    "\"Version\"",
    "\"2012-10-17\"",
    "\"Statement\"",
    "\"Effect\"",
    "\"Allow\"",
    "\"Action\"",
    "\"s3:Get*\"",
    "\"Resource\"",
    "\"arn:aws:s3:::b/${aws:username, 'x'}\"",
    "\"${\"",
    "\"\\u0024{a}\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"Condition\"",
    "\"StringEquals\"",
    "\"Principal\"",
    "\"AWS\"",
    "\"arn:aws:iam::1111:root\"",
];

/// Reads damaged bytes; where they are JSON for another parser too, both must agree on that.
fn check_bytes(bytes: &[u8]) {
    let Ok(text) = decode_source(bytes) else { return };
    let (sources, parsed) = parse(text, PolicyKind::Resource);
    check_answer(&sources, &parsed);
    let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok();
    let says_not_json = parsed.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::JsonSyntaxError);
    assert_eq!(says_not_json, !is_json, "{text}");
}

/// Either a policy, or a reason with a place in the text that can be shown.
fn check_answer(sources: &SourceMap, parsed: &Parsed) {
    assert_eq!(parsed.policy.is_none(), blocking(&parsed.diagnostics).next().is_some());
    for diagnostic in &parsed.diagnostics {
        for label in &diagnostic.labels {
            let text = sources.source(label.source).text();
            assert!(text.get(label.span.range()).is_some(), "{diagnostic:?}");
        }
    }
    let _ = render_human(sources, &parsed.diagnostics, Colors::Off);
}
