//! The engine against the reference evaluator on mixtures of real policies: dozens of policies of the corpus in the layers of one
//! bundle, their statements changed in small ways, so that many statements lie in one index that were written for others.
//!
//! The corpus lies where `corpus.rs` says. `IBC_CORPUS_MIXTURES` asks for more or fewer mixtures.

use std::collections::BTreeMap;

use ibc::bundle::{AccountEntry, Attachment, Boundary, Bundle, Guardrails, PolicyId, PolicyIds, PrincipalEntry, ResourceEntry};
use ibc::iam::{BaseOperator, Decision, Effect, PolicyKind, SetOperator, Template, TemplatePart, ValueType};
use ibc::source::{SourceMap, Spanned};
use ibc::syntax::ast::{Condition, Policy, Statement};
use ibc::syntax::{parse_policy, print_policy};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::agreement::Tally;
use crate::corpus::{self, Entry};
use crate::generators::answers;
use crate::generators::directed::{self, Choices};
use crate::generators::policy::policy_about_all;
use crate::generators::request::{self, RequestCase};

/// Mixtures unless `IBC_CORPUS_MIXTURES` says otherwise.
const DEFAULT_MIXTURES: usize = 60;
/// Requests for each mixture.
const REQUESTS: usize = 60;
/// Verdicts of each kind that are asked for at least, of each hundred requests.
const LEAST_SHARE: usize = 5;

#[test]
fn engine_agrees_with_reference_on_mixtures_of_the_corpus() {
    let Some(path) = corpus::corpus() else { return };
    let count = corpus::number_from("IBC_CORPUS_MIXTURES", DEFAULT_MIXTURES);
    let pool = Pool::new(corpus::entries(&path));
    let mut tally = Tally::of_all(count, |tally, number| ask(tally, &pool, number));
    println!("verdicts {:?}", tally.verdicts);
    tally.assert_agreement();
    for decision in [Decision::Allow, Decision::ImplicitDeny, Decision::ExplicitDeny] {
        let of_decision = tally.verdicts.iter().filter(|((found, _), _)| *found == decision);
        let share: usize = of_decision.map(|(_, count)| count * 100).sum();
        assert!(share >= count * REQUESTS * LEAST_SHARE, "{decision:?}: {:?}", tally.verdicts);
    }
}

/// Asks about the mixture of this number.
fn ask(tally: &mut Tally, pool: &Pool, number: usize) {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let mut choices = many_choices(&mut runner);
    let Mixture { sources, bundle } = Mixture::draw(pool, &mut choices);
    let engine = answers::engine(ibc::compile(&sources, &bundle).expect("the mixture compiles"));
    let mut scratch = engine.scratch();
    let statements: Vec<&Statement> = bundle.policies.iter().flat_map(|named| &named.policy.statements).collect();
    for _ in 0..REQUESTS {
        let request = random_request(&statements, &mut runner);
        tally.compare(&bundle, &engine, &mut scratch, &request, || format!("mixture {number}"));
    }
}

/// The policies of the corpus that load, by their kind.
struct Pool(BTreeMap<PolicyKind, Vec<Policy>>);

impl Pool {
    fn new(entries: Vec<Entry>) -> Pool {
        let mut policies: BTreeMap<PolicyKind, Vec<Policy>> = BTreeMap::new();
        for entry in entries {
            policies.entry(entry.kind).or_default().extend(corpus::parse(&entry.text, entry.kind).1.policy);
        }
        Pool(policies)
    }

    fn draw(&self, kind: PolicyKind, choices: &mut Choices) -> &Policy {
        self.0.get(&kind).and_then(|own| choices.pick(own)).expect("the corpus has policies of every kind that is drawn")
    }
}

/// A bundle of policies drawn from the corpus.
struct Mixture {
    sources: SourceMap,
    bundle: Bundle,
}

impl Mixture {
    fn draw(pool: &Pool, choices: &mut Choices) -> Mixture {
        let mut mixture = Mixture { sources: SourceMap::new(), bundle: Bundle::default() };
        // How many statements a unit has decides whether it gets an index or a list.
        let everyone = mixture.add(pool, PolicyKind::Identity, [3, 12, 60][choices.below(3)], choices);
        let own = mixture.add(pool, PolicyKind::Identity, choices.below(6), choices);
        let boundary_count = usize::from(choices.once_in(4));
        let boundary = mixture.add(pool, PolicyKind::Boundary, boundary_count, choices);
        let mut levels = |kind, choices: &mut Choices| -> Vec<PolicyIds> {
            let count = if choices.once_in(3) { 1 + choices.below(2) } else { 0 };
            (0..count)
                .map(|_| {
                    let most = 1 + choices.below(4);
                    let mut level = mixture.add(pool, kind, most, choices);
                    level.extend(mixture.read(&policy_about_all(kind, Effect::Allow)));
                    level
                })
                .collect()
        };
        let guardrails = Guardrails { scp: levels(PolicyKind::Scp, choices), rcp: levels(PolicyKind::Rcp, choices) };
        let resource_count = usize::from(choices.once_in(3));
        let resource = mixture.add(pool, PolicyKind::Resource, resource_count, choices);
        let caller = request::user();
        let bundle = &mut mixture.bundle;
        bundle.everyone.identity = everyone;
        bundle.accounts.extend(caller.principal().account().map(|id| AccountEntry {
            id: id.to_owned(),
            guardrails,
            ..AccountEntry::default()
        }));
        bundle.resources.extend(resource.into_iter().map(|policy| ResourceEntry { pattern: "*".to_owned(), policy }));
        bundle.principals.push(PrincipalEntry {
            arn: caller.name,
            attachment: Attachment { identity: own, boundary: boundary.first().copied().map(Boundary::Policy) },
            tags: vec![("team".to_owned(), "red".to_owned())],
            ..PrincipalEntry::default()
        });
        mixture
    }

    /// Adds policies of a kind, each with some of its statements changed. What the change made unreadable stays as it was.
    fn add(&mut self, pool: &Pool, kind: PolicyKind, count: usize, choices: &mut Choices) -> PolicyIds {
        let others = pool.draw(kind, choices);
        let mut add = || {
            let policy = pool.draw(kind, choices);
            let mut changed = policy.clone();
            for statement in &mut changed.statements {
                if let Some(other) = choices.pick(&others.statements) {
                    change(statement, other, choices);
                }
            }
            self.read(&changed).unwrap_or_else(|| self.read(policy).expect("a printed policy is read"))
        };
        (0..count).map(|_| add()).collect()
    }

    fn read(&mut self, policy: &Policy) -> Option<PolicyId> {
        let source = self.sources.add(format!("policy-{}", self.bundle.policies.len()), print_policy(policy));
        let policy = parse_policy(&self.sources, source, None, policy.kind).policy?;
        Some(self.bundle.add_policy("policy", policy))
    }
}

/// A request about some of the statements, mostly by the caller who has policies.
fn random_request(statements: &[&Statement], runner: &mut TestRunner) -> RequestCase {
    let strategy = (request::requests(), directed::choices());
    let (mut request, mut choices) = strategy.new_tree(runner).expect("nothing is rejected").current();
    directed::direct(&mut request, statements, &mut choices);
    directed::bring_home(&mut request, true, &mut choices);
    request.endpoint = None;
    request
}

/// More choices than a mixture makes.
fn many_choices(runner: &mut TestRunner) -> Choices {
    let numbers = proptest::collection::vec(any::<u16>(), 5_000);
    Choices::new(numbers.new_tree(runner).expect("nothing is rejected").current())
}

/// Changes a statement in one way, or leaves it; `other` is a statement of another policy of the kind.
fn change(statement: &mut Statement, other: &Statement, choices: &mut Choices) {
    match choices.below(16) {
        0 => {
            statement.effect.value = if statement.effect.value == Effect::Allow { Effect::Deny } else { Effect::Allow };
        }
        1 => statement.conditions.clone_from(&other.conditions),
        2 => statement.conditions.extend(other.conditions.iter().cloned()),
        3 => statement.action.clone_from(&other.action),
        4 => statement.resource.clone_from(&other.resource),
        5 => statement.action.negated = !statement.action.negated,
        6 => statement.resource.iter_mut().for_each(|resource| resource.negated = !resource.negated),
        7 => drop(statement.conditions.pop()),
        8 => {
            for template in statement.resource.iter_mut().flat_map(|resource| &mut resource.patterns) {
                add_wildcard(template, choices);
            }
        }
        9 => {
            for template in statement.conditions.iter_mut().flat_map(|condition| &mut condition.values) {
                add_wildcard(template, choices);
            }
        }
        10..=12 => statement.conditions.iter_mut().for_each(|condition| change_operator(condition, choices)),
        _ => {}
    }
}

fn add_wildcard(template: &mut Spanned<Template>, choices: &mut Choices) {
    let parts = &mut template.value.parts;
    let at = choices.below(parts.len() + 1);
    parts.insert(at, if choices.once_in(2) { TemplatePart::AnyRun } else { TemplatePart::AnyChar });
}

/// Another operator of the same type of values, another quantifier, or `IfExists`.
fn change_operator(condition: &mut Condition, choices: &mut Choices) {
    let operator = &mut condition.operator.value;
    let value_type = operator.base.value_type();
    match choices.below(3) {
        0 => {
            let same: Vec<BaseOperator> =
                BaseOperator::ALL.iter().copied().filter(|base| base.value_type() == value_type).collect();
            operator.base = *choices.pick(&same).expect("the operator itself");
        }
        1 => operator.set = [None, Some(SetOperator::ForAnyValue), Some(SetOperator::ForAllValues)][choices.below(3)],
        _ => operator.if_exists = !operator.if_exists && value_type != ValueType::Null,
    }
}
