//! Random policies of every kind, valid for their kind (semantics 1.3).

use ibc::iam::{
    BaseOperator, ConditionKey, ConditionOperator, Effect, PolicyKind, PrincipalPattern, SetOperator, ValueType, Version,
};
use ibc::source::{SourceId, Span, Spanned};
use ibc::syntax::ast::{Condition, Element, Policy, Statement};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::settings::Settings;
use super::words::{self, AWAY, HOME};
use super::{request, text};

/// Puts a value where no text is.
pub(crate) fn placeless<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// An element that lists these patterns.
pub(crate) fn element<T>(negated: bool, patterns: impl IntoIterator<Item = T>) -> Element<T> {
    Element { negated, span: Span::default(), patterns: patterns.into_iter().map(placeless).collect() }
}

/// A policy of this kind with these statements.
pub(crate) fn policy_of(kind: PolicyKind, version: Option<Version>, statements: Vec<Statement>) -> Policy {
    let span = Span::default();
    Policy { kind, source: SourceId(0), span, version: version.map(placeless), id: None, statements }
}

/// A statement about every action on every resource, without conditions; for everyone, where the kind names principals.
pub(crate) fn statement_about_all(kind: PolicyKind, effect: Effect) -> Statement {
    Statement {
        span: Span::default(),
        sid: None,
        effect: placeless(effect),
        principal: kind.has_principal().then(|| element(false, [PrincipalPattern::Everyone])),
        action: element(false, [text::action("*")]),
        resource: (kind != PolicyKind::Trust).then(|| element(false, [text::template("*", Version::V2012)])),
        conditions: Vec::new(),
    }
}

/// The policy `Effect` everything.
pub(crate) fn policy_about_all(kind: PolicyKind, effect: Effect) -> Policy {
    policy_of(kind, Some(Version::V2012), vec![statement_about_all(kind, effect)])
}

/// Random policies of this kind.
pub(crate) fn policies(kind: PolicyKind, settings: Settings) -> BoxedStrategy<Policy> {
    let statements = vec(drafts(kind, settings), 1..=settings.max_statements);
    // A guard rail without a broad Allow denies nearly everything, which says little.
    let broad_allow = prop::bool::weighted(if is_guardrail(kind) { 0.5 } else { 0.25 });
    (versions(), statements, broad_allow, any::<bool>())
        .prop_map(move |(version, drafts, broad_allow, has_sids)| {
            let language = version.unwrap_or_default();
            let mut statements: Vec<_> = drafts.into_iter().map(|draft| draft.into_statement(language)).collect();
            if broad_allow {
                statements.push(statement_about_all(kind, Effect::Allow));
            }
            for (index, statement) in statements.iter_mut().enumerate().filter(|_| has_sids) {
                statement.sid = Some(placeless(format!("S{index}").into()));
            }
            policy_of(kind, version, statements)
        })
        .boxed()
}

/// Random statements for a policy of this kind and version.
pub(crate) fn statements(kind: PolicyKind, version: Version, settings: Settings) -> BoxedStrategy<Statement> {
    drafts(kind, settings).prop_map(move |draft| draft.into_statement(version)).boxed()
}

/// Random condition entries, none of them without values.
pub(crate) fn conditions(version: Version) -> BoxedStrategy<Condition> {
    condition_drafts(1).prop_map(move |draft| draft.into_condition(version)).boxed()
}

fn is_guardrail(kind: PolicyKind) -> bool {
    !matches!(kind, PolicyKind::Identity | PolicyKind::Resource | PolicyKind::Trust)
}

fn versions() -> impl Strategy<Value = Option<Version>> {
    prop_oneof![8 => Just(Some(Version::V2012)), 1 => Just(Some(Version::V2008)), 1 => Just(None)]
}

/// A statement whose texts are not yet cut, because the policy's version is not known.
#[derive(Debug, Clone)]
struct StatementDraft {
    effect: Effect,
    principal: Option<Element<PrincipalPattern>>,
    actions: (bool, Vec<&'static str>),
    resources: Option<(bool, Vec<&'static str>)>,
    conditions: Vec<ConditionDraft>,
}

impl StatementDraft {
    fn into_statement(self, version: Version) -> Statement {
        let (not_action, actions) = self.actions;
        let resource = self.resources.map(|(not_resource, texts)| {
            element(not_resource, texts.into_iter().map(|resource| text::template(resource, version)))
        });
        Statement {
            span: Span::default(),
            sid: None,
            effect: placeless(self.effect),
            principal: self.principal,
            action: element(not_action, actions.into_iter().map(text::action)),
            resource,
            conditions: distinct(self.conditions).into_iter().map(|draft| draft.into_condition(version)).collect(),
        }
    }
}

/// Leaves out entries whose operator and key occurred before (GR-3, GR-4), and puts entries of one operator together, as in
/// a JSON object.
fn distinct(drafts: Vec<ConditionDraft>) -> Vec<ConditionDraft> {
    let mut kept: Vec<ConditionDraft> = Vec::new();
    for draft in drafts {
        let same_key = |other: &ConditionDraft| other.key.eq_ignore_ascii_case(draft.key);
        let last_of_operator = kept.iter().rposition(|other| other.operator == draft.operator);
        match last_of_operator {
            Some(_) if kept.iter().any(|other| other.operator == draft.operator && same_key(other)) => {}
            Some(index) => kept.insert(index + 1, draft),
            None => kept.push(draft),
        }
    }
    kept
}

fn drafts(kind: PolicyKind, settings: Settings) -> impl Strategy<Value = StatementDraft> {
    let effect = prop::bool::weighted(if kind == PolicyKind::Rcp { 0.6 } else { 0.35 });
    let conditions = vec(condition_drafts(0), 0..=settings.max_conditions);
    (effect, principals(kind), actions(kind), resources(kind), conditions).prop_map(
        |(denies, principal, actions, resources, conditions)| {
            let effect = if denies { Effect::Deny } else { Effect::Allow };
            // `NotPrincipal` with `Allow` is refused (EV-10).
            let principal =
                principal.map(|principal| Element { negated: principal.negated && effect == Effect::Deny, ..principal });
            StatementDraft { effect, principal, actions, resources, conditions }
        },
    )
}

fn actions(kind: PolicyKind) -> impl Strategy<Value = (bool, Vec<&'static str>)> {
    let narrow = vec(select(words::ACTION_PATTERNS), 1..=3);
    let negated = prop::bool::weighted(if kind == PolicyKind::Rcp { 0.0 } else { 0.2 });
    prop_oneof![3 => Just(vec!["*"]), 5 => narrow].prop_flat_map(move |texts| {
        // `NotAction: "*"` selects nothing: rarely worth a case.
        let negated = if texts == ["*"] { prop::bool::weighted(0.0) } else { negated };
        (negated, Just(texts))
    })
}

fn resources(kind: PolicyKind) -> impl Strategy<Value = Option<(bool, Vec<&'static str>)>> {
    let complete = || select(words::RESOURCE_PATTERNS).boxed();
    let open = || select(words::OPEN_RESOURCE_PATTERNS).boxed();
    let incomplete = || select(words::INCOMPLETE_RESOURCE_PATTERNS).boxed();
    let one = match kind {
        PolicyKind::Session | PolicyKind::Rcp | PolicyKind::Trust => complete(),
        PolicyKind::Scp => prop_oneof![8 => complete(), 1 => open()].boxed(),
        _ => prop_oneof![8 => complete(), 1 => open(), 1 => incomplete()].boxed(),
    };
    let negated = prop::bool::weighted(0.15);
    (negated, prop_oneof![3 => Just(vec!["*"]), 5 => vec(one, 1..=3)])
        .prop_map(move |(negated, texts)| (kind != PolicyKind::Trust).then_some((negated && texts != ["*"], texts)))
}

fn principals(kind: PolicyKind) -> BoxedStrategy<Option<Element<PrincipalPattern>>> {
    let everyone = Just(Some(element(false, [PrincipalPattern::Everyone])));
    match kind {
        PolicyKind::Rcp => everyone.boxed(),
        _ if !kind.has_principal() => Just(None).boxed(),
        _ => {
            let negated = prop::bool::weighted(if kind == PolicyKind::Trust { 0.0 } else { 0.25 });
            let listed = (negated, vec(principal_patterns(), 1..=3))
                .prop_map(|(negated, patterns)| Some(element(negated, in_map_order(patterns))));
            prop_oneof![2 => everyone, 5 => listed].boxed()
        }
    }
}

/// The order in which a principal map lists its entries: by member.
fn in_map_order(patterns: Vec<PrincipalPattern>) -> Vec<PrincipalPattern> {
    let members: Vec<_> = patterns.iter().map(PrincipalPattern::member).collect();
    let mut indexes: Vec<usize> = (0..patterns.len()).collect();
    indexes.sort_by_key(|&index| members.iter().position(|member| *member == members[index]));
    indexes.into_iter().map(|index| patterns[index].clone()).collect()
}

/// Everything but the bare `"*"`, which cannot stand in a list with others.
fn principal_patterns() -> impl Strategy<Value = PrincipalPattern> {
    let account = |id: &'static str, partition: Option<&'static str>| PrincipalPattern::Account {
        account: id.into(),
        partition: partition.map(Into::into),
    };
    let accounts = [account(HOME, None), account(HOME, Some("aws")), account(AWAY, None), account(HOME, Some("aws-cn"))];
    let of_callers: Vec<PrincipalPattern> = request::CALLERS.iter().flat_map(request::CallerWords::patterns).collect();
    prop_oneof![
        2 => Just(PrincipalPattern::AwsAnyone),
        3 => select(accounts.to_vec()),
        10 => select(of_callers),
    ]
}

#[derive(Debug, Clone)]
struct ConditionDraft {
    operator: ConditionOperator,
    key: &'static str,
    values: Vec<&'static str>,
}

impl ConditionDraft {
    fn into_condition(self, version: Version) -> Condition {
        Condition {
            operator: placeless(self.operator),
            key: placeless(ConditionKey::new(self.key)),
            values: self.values.into_iter().map(|value| placeless(text::template(value, version))).collect(),
        }
    }
}

fn condition_drafts(fewest_values: usize) -> impl Strategy<Value = ConditionDraft> {
    let base = prop_oneof![
        // Half of all conditions are about text, as in real policies.
        5 => select(&BaseOperator::ALL[..6]),
        5 => select(BaseOperator::ALL),
    ];
    let set = prop_oneof![
        4 => Just(None),
        1 => Just(Some(SetOperator::ForAllValues)),
        1 => Just(Some(SetOperator::ForAnyValue)),
    ];
    let operator = (base, set, prop::bool::weighted(0.25)).prop_map(|(base, set, if_exists)| ConditionOperator {
        set,
        base,
        if_exists: if_exists && base != BaseOperator::Null,
    });
    operator.prop_flat_map(move |operator| {
        let value_type = operator.base.value_type();
        let keys = prop_oneof![
            9 => select(words::keys(value_type)),
            1 => select(words::keys(ValueType::String)),
        ];
        let values = prop_oneof![
            9 => select(words::policy_values(value_type)),
            1 => select(words::policy_values(ValueType::String)),
        ];
        let lists = prop_oneof![
            20 => vec(values, 1..=3),
            1 => Just(Vec::new()),
        ];
        (Just(operator), keys, lists.prop_filter("values", move |values| values.len() >= fewest_values))
            .prop_map(|(operator, key, values)| ConditionDraft { operator, key, values })
    })
}

/// A policy of the kind or none, if the settings have the layer.
pub(crate) fn optional_policies(kind: PolicyKind, settings: Settings, probability: f64) -> BoxedStrategy<Option<Policy>> {
    if !settings.has(kind) {
        return Just(None).boxed();
    }
    option::weighted(probability, policies(kind, settings)).boxed()
}
