//! The reference evaluator: slow and obvious, the executable form of the semantics.
//!
//! It reads the tree of a policy as the author wrote it and follows AWS's description of the evaluation step by step. The
//! compiled engine is tested against it; nobody needs it fast. Rule ids (`EV-12`, `CO-9`) name the rules of the semantics.
//!
//! Reading order, from the whole to the parts:
//!
//! | module | question it answers |
//! |---|---|
//! | this one | what does the request get? ([`decide`], section 6.4) |
//! | [`layers`] | which policies of a bundle are attached to caller, account, resource and endpoint? |
//! | [`applies`] | which of those layers take part for this caller? (table 6.2) |
//! | [`grant`] | who grants, within one account and across two? (tables 6.5 and 6.6) |
//! | [`question`] | who is the caller, and on which side of the account boundary is the resource? |
//! | [`statement`] | does a statement apply? All its elements must (section 0.2) |
//! | [`principal`] | `Principal`, `NotPrincipal`, and how strong a grant is (1.5, 6.3) |
//! | [`action`], [`resource`] | `Action`, `Resource` and their `Not` twins (1.6, 2.1) |
//! | [`condition`] | one test of `Condition`: the master table 4.2 |
//! | [`operator`] | does a context value match a policy value? (4.3 to 4.9) |
//! | [`arn_pattern`], [`glob`] | ARN operators; `*` and `?` |
//! | [`variable`], [`context`] | `${...}`, and the value of a context key (sections 3, 7.4) |
//!
//! # Example
//!
//! ```
//! use ibc::bundle::Bundle;
//! use ibc::iam::{Decision, Layer, PolicyKind, Principal};
//! use ibc::reference::{RuntimePolicies, decide, layers_of};
//! use ibc::{request::Request, source::SourceMap, syntax::parse_policy};
//!
//! let mut sources = SourceMap::new();
//! let source = sources.add("own-images.json", r#"{ "Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "imagebuilder:Get*",
//!     "Resource": "arn:aws:imagebuilder:*:*:image/${aws:username}-*" } }"#);
//! let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.unwrap();
//! let mut bundle = Bundle::default();
//! bundle.everyone.identity = vec![bundle.add_policy("own images", policy)];
//!
//! let ada = Principal::parse("arn:aws:iam::111122223333:user/ada").unwrap();
//! let image = "arn:aws:imagebuilder:eu-west-1:111122223333:image/ada-web/1.0.0";
//! let request = Request::new(ada, "imagebuilder:GetImage", image);
//! let answer = decide(&layers_of(&bundle, &request, &RuntimePolicies::default()), &request);
//! assert_eq!((answer.decision, answer.layer), (Decision::Allow, Some(Layer::Identity)));
//! ```
//!
//! # Where the disputed rules live
//!
//! Where AWS's texts contradict each other or say nothing, the semantics recommends a reading. Each is one place:
//!
//! | rule | place |
//! |---|---|
//! | D-02 `*` and colons | [`resource`]: `within_fields` |
//! | D-03 empty string is present | [`context`]: `is_present` |
//! | D-04 variables in `Bool` | [`BaseOperator::has_variables`](crate::iam::BaseOperator::has_variables) |
//! | D-05 `NotResource` with unresolved variable | [`resource`]: `element_matches` |
//! | D-06 substituted text is literal | [`variable`]: `resolve` |
//! | D-07 bare operator, several values | [`condition`]: `BARE_OPERATOR_MATCHES_MULTIVALUED_KEY` |
//! | D-08 `ForAnyValue:...IfExists`, absent key | [`condition`]: `FOR_ANY_VALUE_IF_EXISTS_MATCHES_ABSENT_KEY` |
//! | D-09 levels of `NotPrincipal` | [`principal`]: `is_listed` |
//! | D-10 resource `*` | [`resource`]: `reads_as` |
//! | D-11 incomplete ARNs outside identity policies | [`resource`]: `may_be_incomplete` |
//! | D-12 incomplete ARN patterns of conditions | [`arn_pattern`]: `complete` |
//! | D-13, D-14, D-29 negation of nothing, of what does not parse, of sets | [`condition`]: `matches` in `condition_holds` |
//! | D-15, D-37 dates and mapped addresses | [`iam::value`](crate::iam::value) |
//! | D-19 variables and the fields of an ARN | [`resource`]: `has_misplaced_variable`, [`arn_pattern`] |
//! | D-20 empty value against default | [`variable`]: `value_of` |
//! | D-21, D-33 letter case | [`iam::fold`](crate::iam::fold) |
//! | D-23 no SCP Allow is implicit | this module: `missing_guard_rail_allow` |
//! | D-26, D-32 `*` is DIRECT | [`principal`]: `GRANT_TO_EVERYONE` |
//! | D-27 role ARN with path | [`question`]: `role_arn_of` |
//! | D-28 federated session without session policies | [`grant`]: `session_allows` |
//! | D-34 Deny hits all sessions below | [`principal`]: `element_matches` |
//! | D-35 cross-account grant to a session | [`grant`]: `across_accounts` |
//! | D-36 order of layers | [`Layer::ALL`] |
//! | D-38 `{"AWS": "*"}` | [`principal`]: `aws_anyone_grant` |
//! | D-39 boundary of a trusted user | [`grant`]: `TRUST_POLICY_GRANT_NEEDS_BOUNDARY` |
//! | D-40 two readings of an incomplete ARN | [`resource`]: `reads_as` |
//!
//! D-01, D-16, D-17, D-18 and D-19 for `Resource` are settled when a policy is read (`syntax`), D-22 and D-25 when a request
//! is (`request`); D-24 needs nothing: an SCP is evaluated by the ordinary rules.

pub mod action;
pub mod applies;
pub mod arn_pattern;
pub mod condition;
pub mod context;
pub mod glob;
pub mod grant;
pub mod layers;
pub mod operator;
pub mod principal;
pub mod question;
pub mod resource;
pub mod statement;
pub mod variable;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use crate::iam::{Decision, Effect, Layer};
use crate::request::Request;
use crate::syntax::ast::{Policy, Statement};

pub use applies::layers_that_apply;
pub use condition::condition_holds;
pub use context::RequestContext;
pub use glob::glob_matches;
pub use layers::{Layers, RuntimePolicies, layers_of};
pub use question::Question;
pub use resource::resource_matches;
pub use statement::statement_applies;

use grant::granting_layer;

/// The answer, with every statement that mattered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
    /// The decision.
    pub decision: Decision,
    /// The layer that decided: which denies, which lacks an Allow, or which grants (`Identity` or `Resource`).
    /// `None` for the actions that need no permission (EV-38), and for requests that cannot be decided.
    pub layer: Option<Layer>,
    /// The statements behind the decision: of the deciding layer, all that apply with the deciding effect.
    pub matched: Vec<&'a Statement>,
}

impl<'a> Answer<'a> {
    fn allow(layer: Layer, matched: Vec<&'a Statement>) -> Answer<'a> {
        Answer { decision: Decision::Allow, layer: Some(layer), matched }
    }

    fn explicit_deny(layer: Layer, matched: Vec<&'a Statement>) -> Answer<'a> {
        Answer { decision: Decision::ExplicitDeny, layer: Some(layer), matched }
    }

    fn implicit_deny(layer: Layer) -> Answer<'a> {
        Answer { decision: Decision::ImplicitDeny, layer: Some(layer), matched: Vec::new() }
    }
}

/// Actions that work without any permission; only a VPC endpoint's policy can block them (EV-38).
const ACTIONS_WITHOUT_PERMISSION: [&str; 2] = ["sts:GetCallerIdentity", "sts:GetSessionToken"];

/// Decides one request over the policies that apply to it: the algorithm of section 6.4.
///
/// A request that is none (no `service:Name` as action, a text beyond the limits) is denied, and no layer is to blame.
#[must_use]
pub fn decide<'a>(layers: &Layers<'a>, request: &Request<'_>) -> Answer<'a> {
    if request.validate().is_err() {
        return Answer { decision: Decision::ImplicitDeny, layer: None, matched: Vec::new() };
    }
    let question = Question::new(layers, request);
    let layers = layers_that_apply(layers, &question);

    // Step 0.
    if ACTIONS_WITHOUT_PERMISSION.iter().any(|action| action.eq_ignore_ascii_case(request.action)) {
        return explicit_deny(&layers, &[Layer::Endpoint], &question)
            .or_else(|| missing_endpoint_allow(&layers, &question))
            .unwrap_or(Answer { decision: Decision::Allow, layer: None, matched: Vec::new() });
    }

    // Step 1: one applying Deny anywhere ends the evaluation (EV-12).
    explicit_deny(&layers, &Layer::ALL, &question)
        // Step 2: organisation and network guard rails, each must allow.
        .or_else(|| missing_guard_rail_allow(&layers, &question))
        // Steps 3 and 4: somebody must grant.
        .unwrap_or_else(|| by_grants(&layers, &question))
}

/// Step 1: the first layer that denies, in the order of `candidates` (D-36).
fn explicit_deny<'a>(layers: &Layers<'a>, candidates: &[Layer], question: &Question<'_>) -> Option<Answer<'a>> {
    candidates.iter().find_map(|&layer| {
        let denials = applying(&layers.policies(layer), Effect::Deny, question);
        (!denials.is_empty()).then(|| Answer::explicit_deny(layer, denials))
    })
}

/// Step 2. Each level of RCPs and SCPs must allow by itself (EV-20, EV-28); a level without an Allow is an implicit denial
/// (D-23).
fn missing_guard_rail_allow<'a>(layers: &Layers<'a>, question: &Question<'_>) -> Option<Answer<'a>> {
    let some_level_lacks_allow = |levels: &[Vec<&Policy>]| levels.iter().any(|level| !allows(level, question));
    if some_level_lacks_allow(&layers.rcp) {
        Some(Answer::implicit_deny(Layer::Rcp))
    } else if some_level_lacks_allow(&layers.scp) {
        Some(Answer::implicit_deny(Layer::Scp))
    } else {
        missing_endpoint_allow(layers, question)
    }
}

/// The endpoint's part of step 2: any applying Allow passes, whomever it names (EV-31).
fn missing_endpoint_allow<'a>(layers: &Layers<'a>, question: &Question<'_>) -> Option<Answer<'a>> {
    let endpoint = layers.endpoint.as_ref()?;
    (!allows(endpoint, question)).then(|| Answer::implicit_deny(Layer::Endpoint))
}

/// Steps 3 and 4: resource policy, identity policies, boundary and session policies together (EV-14).
fn by_grants<'a>(layers: &Layers<'a>, question: &Question<'_>) -> Answer<'a> {
    match granting_layer(layers, question) {
        Ok(layer) => Answer::allow(layer, applying(&layers.policies(layer), Effect::Allow, question)),
        Err(layer) => Answer::implicit_deny(layer),
    }
}

/// Whether a set of policies has an applying Allow.
fn allows(policies: &[&Policy], question: &Question<'_>) -> bool {
    !applying(policies, Effect::Allow, question).is_empty()
}

/// All statements of a set of policies that have this effect and apply; order means nothing (M-5).
fn applying<'a>(policies: &[&'a Policy], effect: Effect, question: &Question<'_>) -> Vec<&'a Statement> {
    let of_policy = |&policy: &&'a Policy| {
        let statements = policy.statements.iter().filter(|statement| statement.effect.value == effect);
        statements.filter(|statement| statement_applies(policy.kind, statement, question))
    };
    policies.iter().flat_map(of_policy).collect()
}
