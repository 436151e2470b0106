//! The laws of evaluation (semantics 9.2), each over random scenarios, each with its exact side conditions.
//!
//! Every decision here is the reference evaluator's, and [`decide`] checks that the engine says the same.
//!
//! | test | law |
//! |---|---|
//! | `law_1_...` | a Deny more never allows; an Allow more, in a policy that is there, never denies |
//! | `law_2_...` | order, repetition, and the split over policies mean nothing |
//! | `law_3_...` | a list is the union of its entries, a `Not` list the intersection |
//! | `law_4_...` | negation, De Morgan, `IfExists` |
//! | `law_5_...` | letter case of names means nothing |
//! | `law_6_...` | names of values mean nothing to equality |
//! | `law_7_...` | the short formula of the plain case |
//! | `law_8_...` | guard rails that allow or deny everything |
//! | `law_9_...` | across accounts both sides allow |
//! | `law_10_...` | ARN patterns against plain globs |
//! | `law_11_...` | a variable is its escaped value |
//! | `law_12_...` | several resources: the most restrictive decision counts |
//! | `law_13_...` | keys that no policy mentions mean nothing |

use ibc::iam::{
    BaseOperator, ConditionOperator, Decision, Effect, PolicyKind, PrincipalKind, PrincipalPattern, SetOperator, Version,
};
use ibc::syntax::ast::{Condition, Policy, Statement};
use proptest::prelude::*;

use crate::generators::directed::{self, choices};
use crate::generators::policy::{self, element, policy_about_all, policy_of, statement_about_all};
use crate::generators::request::{self, RequestCase, Value};
use crate::generators::scenario::Placement;
use crate::generators::{Scenario, Settings, check, decide, scenarios, text, transform, words};

/// How many scenarios each law is tried on.
const CASES: u32 = 500;

/// A scenario, one of its policies by index, and another statement that fits into that policy.
fn with_another_statement(effect: Effect) -> impl Strategy<Value = (Scenario, usize, Statement)> {
    let with_policies =
        scenarios(Settings::DIRECTED).prop_filter("has policies", |scenario| scenario.policies().next().is_some());
    (with_policies, any::<prop::sample::Index>()).prop_flat_map(move |(scenario, index)| {
        let index = index.index(scenario.policies().count());
        let policy = scenario.policies().nth(index).expect("in range");
        let (kind, version) = (policy.kind, policy.language_version());
        let statement = policy::statements(kind, version, Settings::DIRECTED).prop_map(move |mut statement| {
            statement.effect.value = effect;
            // `NotPrincipal` with `Allow` is refused (EV-10).
            statement.principal.iter_mut().filter(|_| effect == Effect::Allow).for_each(|principal| principal.negated = false);
            statement
        });
        (Just(scenario), Just(index), statement)
    })
}

fn add_statement(scenario: &Scenario, index: usize, statement: Statement) -> Scenario {
    let mut changed = scenario.clone();
    changed.policies_mut().nth(index).expect("in range").statements.push(statement);
    changed
}

#[test]
fn law_1_another_deny_never_allows() {
    check(CASES, with_another_statement(Effect::Deny), |(scenario, index, statement)| {
        let (before, after) = (decide(&scenario), decide(&add_statement(&scenario, index, statement)));
        prop_assert!(after <= before, "{before} became {after}");
        Ok(())
    });
}

#[test]
fn law_1_another_allow_in_an_existing_policy_never_denies() {
    check(CASES, with_another_statement(Effect::Allow), |(scenario, index, statement)| {
        let (before, after) = (decide(&scenario), decide(&add_statement(&scenario, index, statement)));
        prop_assert!(after >= before, "{before} became {after}");
        Ok(())
    });
}

#[test]
fn law_2_order_and_repetition_mean_nothing() {
    check(CASES, (scenarios(Settings::DIRECTED), choices()), |(scenario, mut choices)| {
        let mut shuffled = scenario.clone();
        transform::shuffle_all(&mut shuffled, &mut choices);
        prop_assert_eq!(decide(&scenario), decide(&shuffled));
        Ok(())
    });
}

#[test]
fn law_2_identity_policies_may_be_split_and_moved() {
    check(CASES, (scenarios(Settings::DIRECTED), 0_usize..4), |(scenario, for_everyone)| {
        let identity = transform::split_policies(&scenario.identity);
        let placement = Placement { for_everyone, ..scenario.placement };
        let moved = Scenario { identity, placement, ..scenario.clone() };
        prop_assert_eq!(decide(&scenario), decide(&moved));
        Ok(())
    });
}

#[test]
fn law_3_a_list_is_the_union_of_its_entries() {
    check(CASES, scenarios(Settings::DIRECTED), |scenario| {
        let mut split = scenario.clone();
        for policy in split.policies_mut() {
            policy.statements = policy.statements.iter().flat_map(transform::split_lists).collect();
        }
        prop_assert_eq!(decide(&scenario), decide(&split));
        Ok(())
    });
}

#[test]
fn law_3_a_not_list_is_the_intersection_of_its_entries() {
    check(CASES, (scenarios(Settings::DIRECTED), any::<prop::sample::Index>()), |(scenario, index)| {
        let statements = scenario.statements();
        let is_list = |statement: &&&Statement| {
            let resources = statement.resource.as_ref().is_some_and(|resource| resource.negated && resource.patterns.len() > 1);
            (statement.action.negated && statement.action.patterns.len() > 1) || resources
        };
        let lists: Vec<_> = statements.iter().filter(is_list).collect();
        prop_assume!(!lists.is_empty());
        let statement = lists[index.index(lists.len())];
        let applies = |statement: Statement| decide(&grants_if_applying(statement, &scenario.request)) == Decision::Allow;

        if statement.action.negated {
            let alone = transform::each_alone(&statement.action).into_iter();
            let each = alone.map(|action| applies(Statement { action, ..(*statement).clone() }));
            prop_assert_eq!(applies((*statement).clone()), each.fold(true, |all, one| all & one));
        }
        if let Some(resource) = statement.resource.as_ref().filter(|resource| resource.negated) {
            let alone = transform::each_alone(resource).into_iter();
            let each = alone.map(|resource| applies(Statement { resource: Some(resource), ..(*statement).clone() }));
            prop_assert_eq!(applies((*statement).clone()), each.fold(true, |all, one| all & one));
        }
        Ok(())
    });
}

#[test]
fn law_3_a_not_principal_list_is_the_intersection_of_its_entries() {
    let settings = Settings::DIRECTED.with_layers(&[PolicyKind::Resource, PolicyKind::Boundary]);
    check(CASES, scenarios(settings), |scenario| {
        let Some(policy) = &scenario.resource else {
            return Err(TestCaseError::reject("no resource policy"));
        };
        let denial = policy.statements.iter().find_map(|statement| Some((statement, statement.principal.as_ref()?)));
        let Some((statement, principal)) = denial.filter(|(_, principal)| principal.negated) else {
            return Err(TestCaseError::reject("no NotPrincipal"));
        };
        let denies = |principal| {
            let statement = Statement { principal: Some(principal), ..statement.clone() };
            let resource = Some(Policy { statements: vec![statement], ..policy.clone() });
            decide(&Scenario { resource, ..scenario.clone() }) == Decision::ExplicitDeny
        };
        let each = transform::each_alone(principal).into_iter().map(denies);
        prop_assert_eq!(denies(principal.clone()), each.fold(true, |all, one| all & one));
        Ok(())
    });
}

/// A scenario that is allowed if and only if the statement applies, whatever its effect and principal: it is the only
/// identity policy of a user, and no other layer takes part.
fn grants_if_applying(mut statement: Statement, request: &RequestCase) -> Scenario {
    statement.effect.value = Effect::Allow;
    statement.principal = None;
    let mut request = RequestCase {
        caller: request::user(),
        resource_account: Some(words::HOME.to_owned()),
        grant_allows: false,
        ..request.clone()
    };
    // Roles and keys would need a resource policy; the special actions need nothing at all.
    if ["sts:", "kms:"].iter().any(|prefix| request.action.to_ascii_lowercase().starts_with(prefix)) {
        request.action = "s3:GetObject".to_owned();
    }
    scenario_of(vec![policy_of(PolicyKind::Identity, Some(Version::V2012), vec![statement])], request)
}

/// A scenario with identity policies only.
fn scenario_of(identity: Vec<Policy>, request: RequestCase) -> Scenario {
    Scenario {
        identity,
        boundary: None,
        session: None,
        scp: Vec::new(),
        rcp: Vec::new(),
        resource: None,
        endpoint: None,
        principal_tags: Vec::new(),
        request,
        placement: Placement::default(),
    }
}

/// Whether a condition holds in the context of a request.
fn holds(condition: &Condition, request: &RequestCase) -> bool {
    let statement = Statement { conditions: vec![condition.clone()], ..statement_about_all(PolicyKind::Identity, Effect::Allow) };
    let request = RequestCase { resource: "*".to_owned(), ..request.clone() };
    decide(&grants_if_applying(statement, &request)) == Decision::Allow
}

/// A condition with values, and a request whose context often has its key.
fn conditions_and_requests() -> impl Strategy<Value = (Condition, RequestCase)> {
    (policy::conditions(Version::V2012), request::requests(), choices()).prop_map(|(condition, mut request, mut choices)| {
        let statement =
            Statement { conditions: vec![condition.clone()], ..statement_about_all(PolicyKind::Identity, Effect::Allow) };
        directed::fit(&mut request, &statement, &mut choices);
        (condition, request)
    })
}

/// The condition with another operator.
fn with_operator(condition: &Condition, change: impl FnOnce(&mut ConditionOperator)) -> Condition {
    let mut changed = condition.clone();
    change(&mut changed.operator.value);
    changed
}

/// The operator's `Not` twin, if there is one.
fn negation(base: BaseOperator) -> Option<BaseOperator> {
    BaseOperator::ALL.iter().copied().find(|other| other.is_negated() && other.positive() == base)
}

#[test]
fn law_4_a_negated_operator_is_the_negation_for_single_and_absent_keys() {
    check(4 * CASES, conditions_and_requests(), |(condition, request)| {
        let Some(negated) = negation(condition.operator.value.base.positive()) else {
            return Err(TestCaseError::reject("no negated operator"));
        };
        let is_multi = matches!(request.value(condition.key.value.as_str()), Some(Value::Multi(texts)) if !texts.is_empty());
        prop_assume!(!is_multi);
        let bare = with_operator(&condition, |operator| (operator.set, operator.if_exists) = (None, false));
        let not_x = with_operator(&bare, |operator| operator.base = negated);
        let x = with_operator(&bare, |operator| operator.base = negated.positive());
        prop_assert_eq!(holds(&not_x, &request), !holds(&x, &request));
        Ok(())
    });
}

#[test]
fn law_4_de_morgan_of_the_set_operators() {
    check(4 * CASES, conditions_and_requests(), |(condition, request)| {
        let Some(negated) = negation(condition.operator.value.base.positive()) else {
            return Err(TestCaseError::reject("no negated operator"));
        };
        let holds_with = |set, base| {
            holds(
                &with_operator(&condition, |operator| {
                    (operator.set, operator.base, operator.if_exists) = (Some(set), base, false)
                }),
                &request,
            )
        };
        let (all, any) = (SetOperator::ForAllValues, SetOperator::ForAnyValue);
        prop_assert_eq!(holds_with(all, negated), !holds_with(any, negated.positive()));
        prop_assert_eq!(holds_with(any, negated), !holds_with(all, negated.positive()));
        Ok(())
    });
}

#[test]
fn law_4_if_exists_changes_the_answer_for_absent_keys_only() {
    check(4 * CASES, conditions_and_requests(), |(condition, request)| {
        prop_assume!(condition.operator.value.base != BaseOperator::Null);
        let x = with_operator(&condition, |operator| operator.if_exists = false);
        let x_if_exists = with_operator(&condition, |operator| operator.if_exists = true);
        let is_present = holds(&presence_of(&condition), &request);
        prop_assert!(!holds(&x, &request) || holds(&x_if_exists, &request));
        if is_present {
            prop_assert_eq!(holds(&x, &request), holds(&x_if_exists, &request));
        } else {
            prop_assert!(holds(&x_if_exists, &request));
        }
        Ok(())
    });
}

/// `Null: false` on the condition's key.
fn presence_of(condition: &Condition) -> Condition {
    let mut presence = with_operator(condition, |operator| {
        (operator.set, operator.base, operator.if_exists) = (None, BaseOperator::Null, false);
    });
    presence.values = vec![policy::placeless(text::template("false", Version::V2012))];
    presence
}

#[test]
fn law_5_letter_case_of_names_means_nothing() {
    check(CASES, (scenarios(Settings::DIRECTED), choices()), |(scenario, mut choices)| {
        let mut flipped = scenario.clone();
        transform::flip_all_names(&mut flipped, &mut choices);
        prop_assert_eq!(decide(&scenario), decide(&flipped));
        Ok(())
    });
}

#[test]
fn law_6_names_of_values_mean_nothing_to_equality() {
    check(CASES, scenarios(Settings::DIRECTED), |mut scenario| {
        transform::keep_equality_tests(&mut scenario);
        let mut renamed = scenario.clone();
        transform::rename_values(&mut renamed);
        prop_assert_eq!(decide(&scenario), decide(&renamed));
        Ok(())
    });
}

#[test]
fn law_7_the_plain_case() {
    let settings = Settings::DIRECTED.with_layers(&[PolicyKind::Identity, PolicyKind::Resource]);
    check(2 * CASES, scenarios(settings), |scenario| {
        let request = &scenario.request;
        prop_assume!(matches!(request.caller.kind, PrincipalKind::User | PrincipalKind::RoleSession));
        prop_assume!(request.is_same_account() && !request.grant_allows && !is_special(request));

        let all = decide(&scenario);
        let is_denied = all == Decision::ExplicitDeny;
        let without_denials = || {
            let mut scenario = scenario.clone();
            scenario
                .policies_mut()
                .for_each(|policy| policy.statements.retain(|statement| statement.effect.value == Effect::Allow));
            scenario
        };
        let by_identity = decide(&Scenario { resource: None, ..without_denials() }) == Decision::Allow;
        // An account's grant only lets the account's own policies decide, which are empty here.
        let by_resource = decide(&Scenario { identity: Vec::new(), ..without_denials() }) == Decision::Allow;
        prop_assert_eq!(all == Decision::Allow, !is_denied && (by_identity || by_resource));
        Ok(())
    });
}

/// Whether the action needs no permission (EV-38), or the resource's policy must allow (EV-32).
fn is_special(request: &RequestCase) -> bool {
    let prefix = request.action.to_ascii_lowercase();
    (prefix.starts_with("sts:") && request.resource.contains(":role/"))
        || (prefix.starts_with("kms:") && request.resource.contains(":key/"))
        || is_without_permission(request)
}

fn is_without_permission(request: &RequestCase) -> bool {
    ["sts:GetCallerIdentity", "sts:GetSessionToken"].iter().any(|action| action.eq_ignore_ascii_case(&request.action))
}

/// The layers that can be added in front of a caller, and how.
fn with_layer(scenario: &Scenario, kind: PolicyKind, effect: Effect) -> Scenario {
    let mut changed = scenario.clone();
    let policy = policy_about_all(kind, effect);
    match kind {
        PolicyKind::Boundary => changed.boundary = Some(vec![policy]),
        PolicyKind::Session => changed.session = Some(vec![policy]),
        PolicyKind::Scp => changed.scp.push(vec![policy]),
        PolicyKind::Rcp => changed.rcp.push(vec![policy]),
        PolicyKind::Endpoint => changed.endpoint = Some(vec![policy]),
        _ => unreachable!("no guard rail"),
    }
    changed
}

/// The scenario does not have the layer yet, or has levels that a further one can join.
fn lacks_layer(scenario: &Scenario, kind: PolicyKind) -> bool {
    match kind {
        PolicyKind::Boundary => scenario.boundary.is_none(),
        PolicyKind::Session => scenario.session.is_none(),
        PolicyKind::Endpoint => scenario.endpoint.is_none(),
        _ => true,
    }
}

const GUARD_RAILS: [PolicyKind; 5] =
    [PolicyKind::Boundary, PolicyKind::Session, PolicyKind::Scp, PolicyKind::Rcp, PolicyKind::Endpoint];

#[test]
fn law_8_a_guard_rail_that_allows_everything_changes_nothing() {
    check(CASES, scenarios(Settings::DIRECTED), |scenario| {
        for kind in GUARD_RAILS.into_iter().filter(|&kind| lacks_layer(&scenario, kind)) {
            let names_outsiders =
                scenario.statements().iter().any(|statement| statement.principal.as_ref().is_some_and(|p| p.negated));
            let is_exception = match kind {
                // GR-35: whoever has a boundary is hit by every `NotPrincipal`.
                PolicyKind::Boundary => names_outsiders,
                // EV-42: a federated session has nothing without session policies.
                PolicyKind::Session => scenario.request.caller.kind == PrincipalKind::FederatedUser,
                _ => false,
            };
            if !is_exception {
                prop_assert_eq!(decide(&scenario), decide(&with_layer(&scenario, kind, Effect::Allow)), "{}", kind);
            }
        }
        Ok(())
    });
}

#[test]
fn law_8_a_guard_rail_that_denies_everything_denies_whom_it_applies_to() {
    check(CASES, scenarios(Settings::DIRECTED), |scenario| {
        prop_assume!(!is_without_permission(&scenario.request));
        for kind in GUARD_RAILS.into_iter().filter(|&kind| applies_to_caller(kind, &scenario.request)) {
            prop_assert_eq!(decide(&with_layer(&scenario, kind, Effect::Deny)), Decision::ExplicitDeny, "{}", kind);
        }
        Ok(())
    });
}

/// Table 6.2, as far as a request alone tells.
fn applies_to_caller(kind: PolicyKind, request: &RequestCase) -> bool {
    let caller = &request.caller;
    let is_made_by_root = caller.user_arn.as_deref().is_some_and(|arn| arn.ends_with(":root"));
    match kind {
        PolicyKind::Boundary => match caller.kind {
            PrincipalKind::User => true,
            PrincipalKind::RoleSession => !caller.service_linked,
            PrincipalKind::FederatedUser => !is_made_by_root,
            _ => false,
        },
        PolicyKind::Session => match caller.kind {
            PrincipalKind::RoleSession => !caller.service_linked,
            kind => kind == PrincipalKind::FederatedUser,
        },
        PolicyKind::Scp => caller.kind.has_account() && !caller.service_linked && !request.caller_in_management_account,
        PolicyKind::Rcp => {
            let in_management_account =
                request.resource_in_management_account || (request.caller_in_management_account && request.is_same_account());
            let is_exempt = caller.service_linked || in_management_account;
            !is_exempt && !request.action.eq_ignore_ascii_case("kms:RetireGrant")
        }
        _ => true,
    }
}

#[test]
fn law_9_across_accounts_both_sides_allow() {
    check(CASES, (scenarios(Settings::DIRECTED), any::<[bool; 2]>()), |(mut scenario, [broad_identity, broad_resource])| {
        // Few scenarios are allowed across accounts unless one of the sides grants generously.
        if broad_identity {
            scenario.identity.push(policy_about_all(PolicyKind::Identity, Effect::Allow));
        }
        if let Some(policy) = scenario.resource.as_mut().filter(|_| broad_resource) {
            policy.statements.push(statement_about_all(policy.kind, Effect::Allow));
        }
        let other_account = if scenario.request.caller.name.contains(words::HOME) { words::AWAY } else { words::HOME };
        scenario.request.resource_account = Some(other_account.to_owned());
        prop_assume!(scenario.request.caller.kind.has_account());
        prop_assume!(!scenario.request.grant_allows && !is_without_permission(&scenario.request));
        prop_assume!(decide(&scenario) == Decision::Allow);

        let has_allow = |policy: &Policy| {
            let mut alone = Scenario { boundary: None, scp: Vec::new(), rcp: Vec::new(), endpoint: None, ..scenario.clone() };
            alone.identity = vec![policy_about_all(PolicyKind::Identity, Effect::Allow)];
            alone.session = Some(vec![policy_about_all(PolicyKind::Session, Effect::Allow)]);
            alone.resource = Some(policy.clone());
            decide(&alone) == Decision::Allow
        };
        prop_assert!(scenario.resource.as_ref().is_some_and(has_allow), "the resource's side");

        // Without the resource's side the caller's own account decides alone, where a policy that names only the account
        // leaves everything to it.
        let mut caller_alone = scenario.clone();
        caller_alone.resource = scenario.resource.as_ref().map(|policy| {
            policy_of(
                policy.kind,
                Some(Version::V2012),
                vec![Statement {
                    principal: Some(element(false, [account_of(&scenario.request)])),
                    ..statement_about_all(policy.kind, Effect::Allow)
                }],
            )
        });
        prop_assert_eq!(decide(&caller_alone), Decision::Allow, "the caller's side");
        let alone = Scenario { resource: None, ..scenario.clone() };
        prop_assert_eq!(decide(&alone), Decision::ImplicitDeny, "nobody grants there");
        Ok(())
    });
}

/// The caller's account as a policy names it.
fn account_of(request: &RequestCase) -> PrincipalPattern {
    let account = request.caller.principal().account().expect("has an account").into();
    PrincipalPattern::Account { account, partition: None }
}

/// ARN-like texts over a tiny alphabet, with six fields or more.
fn arn_texts(partitions: &'static [&'static str], field: &'static str) -> impl Strategy<Value = String> {
    let fields = proptest::collection::vec(field, 4..=5);
    (prop::sample::select(partitions), fields).prop_map(|(partition, fields)| format!("arn:{partition}:{}", fields.join(":")))
}

/// Whether `*` and `?`, both for any characters, match the whole text.
fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some(('*', rest)), _) => glob(rest, text) || text.split_first().is_some_and(|(_, text)| glob(pattern, text)),
        (Some(('?', rest)), Some((_, text))) => glob(rest, text),
        (Some((c, rest)), Some((d, text))) => c == d && glob(rest, text),
        (Some(_), None) => false,
    }
}

#[test]
fn law_10_arn_patterns_match_less_than_plain_globs() {
    let patterns = prop_oneof![arn_texts(&["aws", "a*", "*", "a?s"], "[ab*?]{0,3}"), arn_texts(&["aws"], "a?b?\\*?")];
    let resources = arn_texts(&["aws"], "[ab]{0,2}");
    let cases = (patterns, resources, request::requests());
    check(8 * CASES, cases, |(pattern, resource, request)| {
        let element = element(false, [text::template(&pattern, Version::V2012)]);
        let statement = Statement { resource: Some(element), ..statement_about_all(PolicyKind::Identity, Effect::Allow) };
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let is_plain_match = glob(&chars(&pattern), &chars(&resource));
        let request = RequestCase { resource, action: "s3:GetObject".to_owned(), ..request };
        let is_match = decide(&grants_if_applying(statement, &request)) == Decision::Allow;
        prop_assert!(!is_match || is_plain_match);
        let head_len = pattern.match_indices(':').nth(4).expect("six fields").0;
        if is_plain_match && !pattern[..head_len].contains(['*', '?']) {
            prop_assert!(is_match);
        }
        Ok(())
    });
}

#[test]
fn law_11_a_variable_is_its_escaped_value() {
    check(2 * CASES, scenarios(Settings::DIRECTED), |mut scenario| {
        scenario.request.derive = false;
        scenario.principal_tags.clear();
        let mut substituted = scenario.clone();
        transform::substitute_variables(&mut substituted);
        prop_assert_eq!(decide(&scenario), decide(&substituted));
        Ok(())
    });
}

#[test]
fn law_12_the_most_restrictive_decision_counts() {
    let pairs = proptest::collection::vec(scenarios(Settings::DIRECTED), 1..=3);
    check(CASES, pairs, |scenarios| {
        let decisions: Vec<Decision> = scenarios.iter().map(decide).collect();
        let aggregate = decisions.iter().min().copied().expect("at least one");
        let has = |decision| decisions.contains(&decision);
        let expected = if has(Decision::ExplicitDeny) {
            Decision::ExplicitDeny
        } else if has(Decision::ImplicitDeny) {
            Decision::ImplicitDeny
        } else {
            Decision::Allow
        };
        prop_assert_eq!(aggregate, expected);
        Ok(())
    });
}

#[test]
fn law_13_keys_that_no_policy_mentions_mean_nothing() {
    check(2 * CASES, scenarios(Settings::DIRECTED), |scenario| {
        let mut without = scenario.clone();
        without.request.context.retain(|(key, _)| transform::mentions(&scenario, key));
        prop_assume!(without.request.context.len() < scenario.request.context.len());
        prop_assert_eq!(decide(&scenario), decide(&without));
        Ok(())
    });
}
