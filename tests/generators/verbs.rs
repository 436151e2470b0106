//! Policies whose statements differ by their actions alone, in every shape a pattern can have, and requests for actions that
//! hardly any of them names: what is nearly a pattern's beginning, in another letter case, cut short, or very long.

use ibc::iam::{Effect, PolicyKind, Version};
use ibc::source::Span;
use ibc::syntax::ast::{Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, placeless, policy_of};
use super::request::{self, RequestCase};
use super::text;

/// A policy and requests for actions that are like its own.
#[derive(Debug, Clone)]
pub(crate) struct Verbs {
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
}

/// Random policies of up to ninety statements.
pub(crate) fn verbs() -> impl Strategy<Value = Verbs> {
    let size = prop_oneof![3 => 1..=6_usize, 1 => 20..=90_usize];
    (size.prop_flat_map(|size| vec(statements(), size)), vec(asked_actions(), 16)).prop_map(|(statements, actions)| Verbs {
        policy: policy_of(PolicyKind::Identity, Some(Version::V2012), statements),
        requests: actions.into_iter().map(|action| RequestCase { action, ..request::plain() }).collect(),
    })
}

fn statements() -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![3 => Just(Effect::Allow), 2 => Just(Effect::Deny)];
    let actions = (prop::bool::weighted(0.15), vec(patterns(), 1..=3));
    (effect, actions).prop_map(|(effect, (not_action, actions))| Statement {
        span: Span::default(),
        sid: None,
        effect: placeless(effect),
        principal: None,
        action: element(not_action, actions.iter().map(|action| text::action(action))),
        resource: Some(element(false, [text::template("*", Version::V2012)])),
        conditions: Vec::new(),
    })
}

/// What patterns and names are made of.
fn words() -> impl Strategy<Value = String> {
    let long = Just("VeryLongNameOfWhatNobodyAsks".repeat(3));
    prop_oneof![20 => vec(select(WORDS), 1..=3).prop_map(|words| words.concat()), 1 => long]
}

fn patterns() -> impl Strategy<Value = String> {
    let shapes = prop_oneof![
        6 => words().prop_map(|word| format!("{word}*")),
        2 => words(),
        1 => words().prop_map(|word| format!("*{word}")),
        1 => (words(), words()).prop_map(|(start, end)| format!("{start}*{end}")),
        1 => (words(), words()).prop_map(|(start, end)| format!("{start}?{end}*")),
        1 => words().prop_map(|word| format!("{word}?")),
    ];
    prop_oneof![40 => (select(SERVICES), shapes).prop_map(|(service, name)| format!("{service}:{name}")), 1 => Just("*".to_owned())]
}

fn asked_actions() -> impl Strategy<Value = String> {
    let name = (words(), select(ENDS)).prop_map(|(word, end)| format!("{word}{end}"));
    let change = prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(2), 1 => Just(3), 1 => Just(4)];
    (select(ASKED_SERVICES), name, change, any::<prop::sample::Index>()).prop_map(|(service, name, change, index)| {
        let name = match change {
            0 => name,
            1 => name.to_ascii_uppercase(),
            2 => name.to_ascii_lowercase(),
            3 => name[..1 + index.index(name.len())].to_owned(),
            _ => name.repeat(MAX_NAME_LEN / name.len()),
        };
        format!("{service}:{name}")
    })
}

const WORDS: &[&str] = &["Get", "Put", "Image", "G", "Tag", "a"];
const ENDS: &[&str] = &["", "", "Image", "s", "X", "Policy", "1"];
const SERVICES: &[&str] = &["svc", "svc", "imagebuilder"];
const ASKED_SERVICES: &[&str] = &["svc", "svc", "svc", "SVC", "imagebuilder", "none"];
/// With the service, as long as an action may be.
const MAX_NAME_LEN: usize = 128 - "imagebuilder:".len();
