//! Contexts at their limits, and with keys that repeat: the engine answers as the reference evaluator, whoever asks for the keys, however
//! they are spelled, and whatever engine the scratch was made for.

use ibc::bundle::Bundle;
use ibc::engine::explain::Problem;
use ibc::iam::{Decision, Layer, PolicyKind, Principal};
use ibc::request::{
    Context, ContextEntry, ContextValue, KeyedEntry, MAX_CONTEXT_ENTRIES, MAX_ENTRY_VALUES, MAX_KEY_SIZE, MAX_VALUE_SIZE, Request,
};
use ibc::source::SourceMap;
use ibc::syntax::ast::Policy;
use ibc::syntax::parse_policy;
use ibc::{Engine, Overlay, Scratch, Target, compile_overlay};

use crate::generators::answers::{engine, reference_verdict_over};

/// Policies that ask for different keys, and scratches of several engines.
struct World {
    bundle: Bundle,
    base: Engine<Vec<u8>>,
    session: Engine<Vec<u8>>,
    guard_rail: Engine<Vec<u8>>,
    /// What scratches are made of that fit no engine here.
    others: [Engine<Vec<u8>>; 2],
}

const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
    "Condition": {"StringEqualsIfExists": {"aws:RequestTag/team": "red", "aws:RequestTag/Été": "red", "aws:RequestTag/kelvin": "red"}}}}"#;
const SESSION: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
    "Condition": {"StringEqualsIfExists": {"aws:RequestTag/session": "red"}}}}"#;
const GUARD_RAIL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
    "Condition": {"StringEqualsIfExists": {"aws:RequestTag/guard": "red"}}}}"#;
const NO_KEY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const DENY_RED: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}}}]}"#;
const MORE_KEYS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
    "Condition": {"StringEquals": {"a": "", "b": "", "c": "", "d": "", "e": "", "f": ""}}}}"#;

impl World {
    fn new() -> World {
        let bundle = bundle(IDENTITY);
        let mut platform = Bundle::default();
        let id = platform.add_policy("scp", policy(&mut SourceMap::new(), GUARD_RAIL, PolicyKind::Scp));
        platform.any_account.scp = vec![vec![id]];
        let mut sources = SourceMap::new();
        let session = policy(&mut sources, SESSION, PolicyKind::Session);
        World {
            base: compiled(&bundle),
            session: engine(compile_overlay(&sources, &[session]).expect("it is small")),
            guard_rail: compiled(&platform),
            others: [compiled(&self::bundle(NO_KEY)), compiled(&self::bundle(MORE_KEYS))],
            bundle,
        }
    }

    fn scratches(&self) -> Vec<Scratch> {
        let own = [self.base.scratch(), self.base.scratch_under(&[&self.guard_rail]), Scratch::default()];
        own.into_iter().chain(self.others.iter().map(Engine::scratch)).collect()
    }

    /// Asks in every way.
    #[track_caller]
    fn check(&self, entries: &[ContextEntry<'_>], expected: Decision, what: &str) {
        let request = Request { context: Context::new(entries), ..request() };
        let is_allowed = expected == Decision::Allow;
        assert_eq!(reference_verdict_over(&self.bundle, &request).0, expected, "reference, {what}");
        assert_eq!(request.validate().is_ok(), is_allowed, "{what}");
        let overlay = Overlay { session: Some(&self.session), endpoint: None };
        for (number, scratch) in self.scratches().iter_mut().enumerate() {
            assert_eq!(self.base.decide(&request, scratch).decision, expected, "scratch {number}, {what}");
            let found = self.base.decide_with(&request, &overlay, scratch).decision;
            assert_eq!(found, expected, "with a session policy, scratch {number}, {what}");
            let found = self.base.decide_under(&[&self.guard_rail], &request, &overlay, scratch).outcome.decision;
            assert_eq!(found, expected, "under a guard rail, scratch {number}, {what}");
            let mut found = Vec::new();
            self.base.decide_many(&[request, request], scratch, |_, outcome| found.push(outcome.decision));
            assert_eq!(found, [expected; 2], "many, scratch {number}, {what}");
        }
        assert_eq!(self.base.explain(&request, &overlay).outcome.decision, expected, "explanation, {what}");
        assert_eq!(self.base.plan(&request, &overlay).outcome.decision, expected, "plan, {what}");
    }
}

#[test]
fn keys_that_repeat_deny_whoever_asks_for_them() {
    let world = World::new();
    let fillers: Vec<String> = (0..MAX_CONTEXT_ENTRIES).map(|number| format!("filler-{number}")).collect();
    for (first, second, repeats) in [
        ("aws:RequestTag/team", "aws:RequestTag/team", true),
        ("aws:RequestTag/team", "AWS:requesttag/TEAM", true),
        ("AWS:requesttag/TEAM", "aws:requesttag/Team", true),
        ("aws:RequestTag/Été", "aws:RequestTag/Été", true),
        ("aws:RequestTag/Été", "aws:requesttag/éTÉ", true),
        ("aws:RequestTag/kelvin", "aws:RequestTag/\u{212a}elvin", true),
        ("aws:RequestTag/\u{212a}elvin", "aws:RequestTag/\u{212a}ELVIN", true),
        ("aws:RequestTag/session", "aws:RequestTag/session", true),
        ("aws:RequestTag/session", "aws:requesttag/Session", true),
        ("aws:RequestTag/guard", "aws:RequestTag/guard", true),
        ("aws:RequestTag/guard", "aws:requesttag/Guard", true),
        ("nobody-asks", "nobody-asks", true),
        ("nobody-asks", "Nobody-asks", true),
        ("", "", true),
        ("été", "ÉTÉ", true),
        ("keep", "\u{212a}eep", true),
        // Folding makes three bytes of two.
        ("\u{23a}", "\u{2c65}", true),
        ("aws:RequestTag/team", "aws:RequestTag/Été", false),
        ("nobody-asks", "nobody_asks", false),
        // These differ only in the bit that tells the cases of a letter.
        ("nobody@asks", "nobody`asks", false),
        ("İ", "i\u{307}", false),
        ("ß", "ss", false),
    ] {
        let expected = if repeats { Decision::ImplicitDeny } else { Decision::Allow };
        for filler_count in [0, 14, 15, MAX_CONTEXT_ENTRIES - 2] {
            for (first, second) in [(first, second), (second, first)] {
                let mut entries = vec![single(first)];
                entries.extend(fillers[..filler_count].iter().map(|name| single(name)));
                let what = format!("`{first}`, `{second}` and {filler_count} others");
                world.check(&entries, Decision::Allow, &what);
                entries.push(single(second));
                world.check(&entries, expected, &what);
            }
        }
    }
}

#[test]
fn sizes_and_counts_at_their_limits_and_beyond() {
    let world = World::new();
    let names: Vec<String> = (0..=MAX_CONTEXT_ENTRIES).map(|number| format!("aws:RequestTag/{number}")).collect();
    let entries: Vec<ContextEntry<'_>> = names.iter().map(|name| single(name)).collect();
    for count in [0, 1, 15, 16, 17, MAX_CONTEXT_ENTRIES - 1, MAX_CONTEXT_ENTRIES] {
        world.check(&entries[..count], Decision::Allow, &format!("{count} entries"));
    }
    world.check(&entries, Decision::ImplicitDeny, "one entry more");

    let (longest_key, longest_value) = ("k".repeat(MAX_KEY_SIZE), "v".repeat(MAX_VALUE_SIZE));
    let (longer_key, longer_value) = (format!("{longest_key}k"), format!("{longest_value}v"));
    let values = [longest_value.as_str(); MAX_ENTRY_VALUES + 1];
    let multi = |values| ContextEntry { key: "aws:TagKeys", value: ContextValue::Multi(values) };
    for (within, beyond, what) in [
        (single(&longest_key), single(&longer_key), "key"),
        (
            ContextEntry { key: "k", value: ContextValue::Single(&longest_value) },
            ContextEntry { key: "k", value: ContextValue::Single(&longer_value) },
            "value",
        ),
        (multi(&values[1..]), multi(&values), "values"),
        (multi(&[]), multi(&["", &longer_value]), "one of several values"),
    ] {
        for others in [0, 16] {
            let mut context: Vec<_> = entries[..others].to_vec();
            context.push(within);
            world.check(&context, Decision::Allow, &format!("longest {what} after {others} entries"));
            context[others] = beyond;
            world.check(&context, Decision::ImplicitDeny, &format!("longer {what} after {others} entries"));
        }
    }
}

#[test]
fn contexts_of_key_ids_at_their_limits() {
    let names: Vec<String> = (0..=MAX_CONTEXT_ENTRIES).map(|number| format!("\"aws:RequestTag/{number}\": \"red\"")).collect();
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {{"StringEqualsIfExists": {{{}}}}}}}}}"#,
        names.join(", ")
    );
    let engine = compiled(&bundle(&text));
    let other = compiled(&bundle(IDENTITY));
    let entries: Vec<KeyedEntry<'_>> = (0..=MAX_CONTEXT_ENTRIES)
        .map(|number| engine.key(&format!("AWS:requestTag/{number}")).expect("a policy asks for it"))
        .map(|key| KeyedEntry { key, value: ContextValue::Single("red") })
        .collect();
    let check = |entries: &[KeyedEntry<'_>], expected: Decision, what: &str| {
        let request = Request { context: engine.context(entries), ..request() };
        assert_eq!(request.validate().is_ok(), expected == Decision::Allow, "{what}");
        for mut scratch in [engine.scratch(), other.scratch(), Scratch::default()] {
            assert_eq!(engine.decide(&request, &mut scratch).decision, expected, "{what}");
            assert_eq!(other.decide(&request, &mut scratch).decision, Decision::ImplicitDeny, "by another engine, {what}");
        }
        let problem = |engine: &Engine<_>, overlay: &Overlay<'_, _>| engine.explain(&request, overlay).problem;
        let none: Overlay<'_, Vec<u8>> = Overlay::default();
        if expected == Decision::Allow {
            assert_eq!(problem(&engine, &none), None, "{what}");
            assert_eq!(problem(&other, &none), Some(Problem::ForeignContext), "by another engine, {what}");
            let session = Overlay { session: Some(&other), endpoint: None };
            assert_eq!(problem(&engine, &session), Some(Problem::ForeignContext), "with a session policy, {what}");
        } else {
            assert!(matches!(problem(&engine, &none), Some(Problem::Request(_))), "{what}");
        }
    };
    for count in [0, 1, 16, 17, MAX_CONTEXT_ENTRIES] {
        check(&entries[..count], Decision::Allow, &format!("{count} entries"));
        if count > 0 {
            let mut repeating = entries[..count].to_vec();
            repeating[count - 1] = repeating[0];
            let expected = if count == 1 { Decision::Allow } else { Decision::ImplicitDeny };
            check(&repeating, expected, &format!("{count} entries, of which the last is the first"));
        }
    }
    check(&entries, Decision::ImplicitDeny, "one entry more");
    let foreign = KeyedEntry { key: other.key("aws:RequestTag/team").expect("a policy asks for it"), ..entries[0] };
    check(&[entries[0], foreign], Decision::ImplicitDeny, "keys of two artifacts");
    check(&[foreign], Decision::ImplicitDeny, "a key of another artifact");
    let longer = "v".repeat(MAX_VALUE_SIZE + 1);
    check(&[KeyedEntry { value: ContextValue::Single(&longer), ..entries[0] }], Decision::ImplicitDeny, "longer value");
}

#[test]
fn a_context_of_key_ids_is_for_its_engine_also_without_entries() {
    let old = compiled(&bundle(NO_KEY));
    let new_bundle = bundle(DENY_RED);
    let new = compiled(&new_bundle);
    let named = [single("aws:RequestTag/team")];
    let by_name = Request { context: Context::new(&named), ..request() };
    assert_eq!(reference_verdict_over(&new_bundle, &by_name).0, Decision::ExplicitDeny);

    // What a gateway does that looked the key up with the old engine, and then meets the new one.
    let team = old.key("aws:RequestTag/team").map(|key| KeyedEntry { key, value: ContextValue::Single("red") });
    assert_eq!(team, None, "no old policy asks for the key");
    let (principal, action) = (old.principal(request().principal), old.action(request().action).expect("an action"));
    for by_id in [request(), Request::of_resolved(&principal, &action, request().resource)] {
        let by_id = Request { context: old.context(team.as_slice()), ..by_id };
        let target = Target { resource: by_id.resource, resource_account: None, context: by_id.context };
        let overlay = Overlay::default();
        for (engine, expected, allowed) in [(&old, Decision::Allow, Some(0)), (&new, Decision::ImplicitDeny, None)] {
            for mut scratch in [old.scratch(), new.scratch(), Scratch::default()] {
                assert_eq!(engine.decide(&by_id, &mut scratch).decision, expected);
                engine.decide_many(&[by_id], &mut scratch, |_, outcome| assert_eq!(outcome.decision, expected, "many"));
                engine.filter(&by_id, &[target], &mut scratch, |_, outcome| assert_eq!(outcome.decision, expected, "filter"));
                assert_eq!(engine.decide_any(&by_id, &[target], &mut scratch), allowed, "any");
            }
            assert_eq!(engine.explain(&by_id, &overlay).outcome.decision, expected, "explanation");
            assert_eq!(engine.plan(&by_id, &overlay).outcome.decision, expected, "plan");
        }
    }
}

fn request<'a>() -> Request<'a> {
    let principal = Principal::parse("arn:aws:sts::111122223333:assumed-role/builder/alice").expect("a principal");
    Request::new(principal, "s3:GetObject", "arn:aws:s3:::bucket/key")
}

fn single(key: &str) -> ContextEntry<'_> {
    ContextEntry { key, value: ContextValue::Single("red") }
}

fn policy(sources: &mut SourceMap, text: &str, kind: PolicyKind) -> Policy {
    let source = sources.add("policy", text);
    parse_policy(sources, source, None, kind).policy.expect("it loads")
}

/// One identity policy for everyone.
fn bundle(text: &str) -> Bundle {
    let mut bundle = Bundle::default();
    let id = bundle.add_policy("policy", policy(&mut SourceMap::new(), text, PolicyKind::Identity));
    bundle.everyone.identity = vec![id];
    bundle
}

fn compiled(bundle: &Bundle) -> Engine<Vec<u8>> {
    let mut sources = SourceMap::new();
    sources.add("policy", "");
    engine(ibc::compile(&sources, bundle).expect("it is small"))
}

/// No statement travels with the request: nothing allows, whichever way the decision is asked for.
#[test]
fn an_overlay_without_policies_allows_nothing() {
    let World { base, .. } = World::new();
    let empty = engine(compile_overlay(&SourceMap::new(), &[]).expect("it is small"));
    let request = request();
    assert_eq!(base.decide(&request, &mut base.scratch()).decision, Decision::Allow);
    for (session, endpoint, layer) in [(Some(&empty), None, Layer::Session), (None, Some(&empty), Layer::Endpoint)] {
        let overlay = Overlay { session, endpoint };
        let outcome = base.decide_with(&request, &overlay, &mut base.scratch());
        assert_eq!((outcome.decision, outcome.layer), (Decision::ImplicitDeny, Some(layer)));
        assert_eq!(base.plan(&request, &overlay).outcome, outcome);
        assert_eq!(base.explain(&request, &overlay).outcome, outcome);
    }
}
