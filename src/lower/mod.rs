//! Tree to intermediate representation.
//!
//! [`lower`] cuts the policies of a bundle into units, turns every element into interned tests, and leaves the spans behind.
//! What a text means here must be what the reference evaluator finds in it; the property tests hold the two together.
//!
//! Reading order: this file → `unit` (which policies form a unit) → `runs` (who holds the policies meanwhile) → `condition` (`Condition`
//! blocks) and `element` (everything else), which go through the same statements and need nothing of each other.

mod condition;
mod element;
mod resource;
mod runs;
mod unit;

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};
use std::thread;

use crate::bundle::Bundle;
use crate::iam::{Template, TemplatePart};
use crate::ir::{KeyId, Keys, Pattern, PatternToken, Program, ResourceSet};
use condition::Conditions;
use element::Elements;
use runs::{Run, Runs};

/// Lowers every policy of a bundle.
///
/// Of a bundle that is handed over, the statements of a policy are given back soon after they are lowered, and the intermediate
/// representation takes their room.
#[must_use]
pub(crate) fn lower(bundle: Cow<'_, Bundle>) -> Program {
    lower_on(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN), bundle)
}

/// The program does not depend on the number of processors.
fn lower_on(processors: NonZeroUsize, bundle: Cow<'_, Bundle>) -> Program {
    let partition = unit::partition(&bundle);
    let directory = unit::directory(&bundle, &partition);
    let policy_names = bundle.policies.iter().map(|policy| policy.name.clone()).collect();
    let mut conditions = Conditions::with_room(&bundle);
    let mut elements = Elements::with_room(&bundle, &partition);
    let runs = Runs::new(bundle, &partition.members);
    if processors == NonZeroUsize::MIN || runs.statement_count() < MIN_PARALLEL_STATEMENTS {
        for run in runs {
            conditions.lower(&run);
            elements.lower(&run);
        }
    } else {
        conditions = in_parallel(runs, conditions, &mut elements);
    }
    Program { policy_names, directory, ..join(conditions, elements) }
}

/// Lowers conditions on a thread of their own. A run is given back by whoever has done with it last.
fn in_parallel(runs: Runs<'_>, mut conditions: Conditions, elements: &mut Elements) -> Conditions {
    thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<Arc<Run<'_>>>(RUNS_AHEAD);
        let conditions = scope.spawn(move || {
            receive.into_iter().for_each(|run| conditions.lower(&run));
            conditions
        });
        for run in runs.map(Arc::new) {
            if send.send(Arc::clone(&run)).is_err() {
                // The other thread has panicked, as is told below.
                break;
            }
            elements.lower(&run);
        }
        drop(send);
        conditions.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Puts the two halves of every statement together. Keys of conditions come first, so a key is spelled as the first condition does that
/// has it, else as the first resource.
fn join(conditions: Conditions, elements: Elements) -> Program {
    let Conditions { mut keys, predicates, operators } = conditions;
    let Elements { keys: variables, action_sets, action_spellings, resource_sets, principal_sets, mut units, mut origins } =
        elements;
    let key_ids: Vec<KeyId> = variables.spellings().iter().map(|spelling| keys.intern(spelling)).collect();
    let resource_sets = match key_ids[..] {
        [] => resource_sets,
        _ => resource_sets.into_iter().map(|set| with_keys(set, &key_ids)).collect(),
    };
    let statements = units.iter_mut().flat_map(|unit| &mut unit.statements);
    for ((statement, origin), operators) in statements.zip(&mut origins).zip(operators) {
        statement.predicates = operators.iter().map(|&(predicate, _)| predicate).collect();
        origin.operators = operators;
    }
    Program {
        keys,
        predicates,
        action_sets,
        action_spellings,
        resource_sets,
        principal_sets,
        units,
        origins,
        ..Program::default()
    }
}

/// Patterns whose variables are numbered as in `keys`. These are distinct, so that different sets stay different.
fn with_keys(ResourceSet { negated, mut patterns }: ResourceSet, keys: &[KeyId]) -> ResourceSet {
    for token in patterns.iter_mut().flat_map(|pattern| &mut pattern.tokens) {
        if let PatternToken::Variable(key, _) = token {
            *key = keys[key.index()];
        }
    }
    patterns.sort_unstable();
    ResourceSet { negated, patterns }
}

/// A part that is the same in every kind of pattern; wildcards are the caller's matter.
fn lower_part(keys: &mut Keys, part: &TemplatePart, wildcard: impl FnOnce(bool) -> PatternToken) -> PatternToken {
    match part {
        TemplatePart::Literal(text) => PatternToken::Literal(text.clone()),
        TemplatePart::AnyRun => wildcard(true),
        TemplatePart::AnyChar => wildcard(false),
        TemplatePart::Variable(variable) => PatternToken::Variable(keys.intern(variable.key.as_str()), variable.default.clone()),
    }
}

/// A pattern without wildcards: `*` and `?` are characters (WC-3).
fn plain_pattern(keys: &mut Keys, template: &Template) -> Pattern {
    Pattern::new(
        template
            .parts
            .iter()
            .map(|part| lower_part(keys, part, |is_run| PatternToken::Literal(if is_run { "*" } else { "?" }.into()))),
    )
}

/// For fewer statements a thread would not pay.
const MIN_PARALLEL_STATEMENTS: usize = 4096;
/// So many runs may wait for the conditions' thread.
const RUNS_AHEAD: usize = 4;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::bundle::{Attachment, PolicyId, PrincipalEntry};
    use crate::iam::{BaseOperator, PolicyKind};
    use crate::source::SourceMap;
    use crate::syntax::testing::policy_of;

    /// Policies of two principals, with variables in resources and conditions, of which some are in both.
    fn bundle() -> Bundle {
        let mut sources = SourceMap::new();
        let mut bundle = Bundle::default();
        for policy in 0..60 {
            let statements: Vec<String> = (0..100)
                .map(|number| {
                    let (tag, variable) = (number % 7, (number + policy) % 5);
                    format!(
                        r#"{{"Effect": "Allow", "Action": "s3:Get*",
                            "Resource": ["arn:aws:s3:::z-${{aws:PrincipalTag/v{variable}}}", "arn:aws:s3:::z-${{aws:PrincipalTag/w{policy}}}/*"],
                            "Condition": {{"StringLike": {{"aws:RequestTag/t{tag}": ["${{aws:PrincipalTag/v{tag}}}-*", "{number}"]}}}}}}"#
                    )
                })
                .collect();
            let parsed = policy_of(&mut sources, PolicyKind::Identity, &statements);
            bundle.add_policy(policy.to_string(), parsed);
        }
        let ids = |parity| (0..60).filter(move |policy| policy % 2 == parity).map(PolicyId).collect();
        bundle.principals = (0..2)
            .map(|parity| PrincipalEntry {
                arn: format!("arn:aws:iam::1111:user/u{parity}"),
                attachment: Attachment { identity: ids(parity), boundary: None },
                ..PrincipalEntry::default()
            })
            .collect();
        bundle
    }

    #[test]
    fn halves_of_statements_find_each_other() {
        let program = lower(Cow::Owned(bundle()));
        let name = |key: KeyId| &*program.keys[key.index()];
        let (mut count, mut sets) = (0, HashSet::new());
        for (unit, parity) in program.units.iter().zip([0, 1]) {
            for (index, statement) in unit.statements.iter().enumerate() {
                let (policy, number) = (parity + index / 100 * 2, index % 100);
                let origin = &program.origins[statement.id.index()];
                assert_eq!((statement.id.index(), origin.policy.0 as usize), (count, policy));
                let [predicate] = statement.predicates[..] else { panic!("one condition") };
                assert_eq!(origin.operators[..], [(predicate, BaseOperator::StringLike)]);
                assert_eq!(name(program.predicates[predicate.index()].key), format!("aws:requesttag/t{}", number % 7));
                let set = &program.resource_sets[statement.resource.expect("a resource").index()];
                let variables = set.patterns.iter().flat_map(|pattern| &pattern.tokens).filter_map(|token| match token {
                    PatternToken::Variable(key, _) => Some(name(*key)),
                    _ => None,
                });
                let mut variables: Vec<&str> = variables.collect();
                variables.sort_unstable();
                let [v, w] = [format!("aws:principaltag/v{}", (number + policy) % 5), format!("aws:principaltag/w{policy}")];
                assert_eq!(variables, [v, w]);
                assert!(set.patterns.is_sorted());
                sets.insert(statement.resource);
                count += 1;
            }
        }
        assert_eq!((count, sets.len(), program.resource_sets.len()), (6_000, 300, 300));
    }

    #[test]
    fn the_program_depends_neither_on_the_processors_nor_on_who_holds_the_bundle() {
        let bundle = bundle();
        let on = |processors, bundle| format!("{:?}", lower_on(NonZeroUsize::new(processors).unwrap(), bundle));
        let program = on(1, Cow::Borrowed(&bundle));
        assert!(program.contains("w59") && program.contains("PrincipalTag/v0"));
        for processors in [1, 2] {
            assert!(on(processors, Cow::Borrowed(&bundle)) == program, "borrowed, on {processors}");
            assert!(on(processors, Cow::Owned(bundle.clone())) == program, "handed over, on {processors}");
        }
    }
}
