//! Any text as a policy of each kind: findings that can be shown, and no policy only where something is wrong. What is printed reads
//! the same again, and what is compiled gives the same bytes again.
#![no_main]

use ibc::diagnostic::{Colors, render_human, render_json};
use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::{parse_policy, print_policy};
use libfuzzer_sys::{Corpus, fuzz_target};

// The first byte says the kind; the rest is the text.
fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((kind, text)) = input.split_first() else { return Corpus::Reject };
    let Ok(text) = std::str::from_utf8(text) else { return Corpus::Reject };
    let kind = PolicyKind::ALL[usize::from(*kind) % PolicyKind::ALL.len()];
    let mut sources = SourceMap::new();
    let source = sources.add("policy.json", text);
    let parsed = parse_policy(&sources, source, None, kind);
    for label in parsed.diagnostics.iter().flat_map(|finding| &finding.labels) {
        let span = label.span.start as usize..label.span.end as usize;
        assert!(text.get(span).is_some(), "{label:?} is not within the text");
    }
    let _ = render_human(&sources, &parsed.diagnostics, Colors::Off);
    let _ = render_json(&sources, &parsed.diagnostics);
    let Some(policy) = parsed.policy else {
        assert!(!parsed.diagnostics.is_empty(), "no policy, and nothing said of it");
        return Corpus::Keep;
    };
    let printed = print_policy(&policy);
    let again = sources.add("printed.json", printed.clone());
    let again = parse_policy(&sources, again, None, kind);
    assert_eq!(again.policy.as_ref().map(print_policy), Some(printed), "{:?}", again.diagnostics);

    let compile = || ibc::compile_overlay(&sources, std::slice::from_ref(&policy)).ok();
    assert_eq!(compile(), compile());
    Corpus::Keep
});
