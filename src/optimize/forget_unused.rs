//! Forgets elements, tests and context keys that no statement has any more, once the other passes have left statements out.
//!
//! What nobody asks for would still be known in the artifact: names of actions and their classes, which every `Action` element has a bit
//! for, and keys that requests would be searched for. Where one statement says everything, that is most of the bytes.

use std::hash::Hash;
use std::mem;

use crate::ir::{ActionSetId, Interned, KeyId, Pattern, PredicateId, PrincipalSetId, Program, ResourceSetId};

/// Forgets what is not used. The rest keeps its order: ids become smaller by as many as were forgotten before them.
pub(crate) fn run(program: &mut Program) {
    let used = Used::of(program);
    if used.is_everything() {
        return;
    }
    let Used { action_sets, resource_sets, principal_sets, predicates, keys } = &used;
    let [action_ids, resource_ids, principal_ids, predicate_ids, key_ids] =
        [action_sets, resource_sets, principal_sets, predicates, keys].map(|used| new_ids(used));
    let renumber = |key: &mut KeyId| *key = KeyId(key_ids[key.index()]);

    program.keys.retain(keys);
    program.action_spellings = kept(mem::take(&mut program.action_spellings), action_sets).collect();
    keep(&mut program.action_sets, action_sets, &[], |_| ());
    keep(&mut program.principal_sets, principal_sets, &[], |_| ());
    keep(&mut program.resource_sets, resource_sets, keys, |set| {
        set.patterns.iter_mut().flat_map(Pattern::keys_mut).for_each(renumber)
    });
    keep(&mut program.predicates, predicates, keys, |predicate| {
        renumber(&mut predicate.key);
        predicate.test.patterns_mut().iter_mut().flat_map(Pattern::keys_mut).for_each(renumber);
    });

    for statement in program.units.iter_mut().flat_map(|unit| &mut unit.statements) {
        statement.action = ActionSetId(action_ids[statement.action.index()]);
        statement.resource = statement.resource.map(|set| ResourceSetId(resource_ids[set.index()]));
        statement.principal = statement.principal.map(|set| PrincipalSetId(principal_ids[set.index()]));
        statement.predicates.iter_mut().for_each(|predicate| *predicate = PredicateId(predicate_ids[predicate.index()]));
    }
    for origin in &mut program.origins {
        origin.operators.retain(|(predicate, _)| predicates[predicate.index()]);
        origin.operators.iter_mut().for_each(|(predicate, _)| *predicate = PredicateId(predicate_ids[predicate.index()]));
    }
}

/// For each old id the new one; of what is forgotten, that of the next.
fn new_ids(used: &[bool]) -> Vec<u32> {
    let before = used.iter().scan(0, |next, &used| {
        let own = *next;
        *next += u32::from(used);
        Some(own)
    });
    before.collect()
}

/// The things that are used.
fn kept<T>(things: impl IntoIterator<Item = T>, used: &[bool]) -> impl Iterator<Item = T> {
    things.into_iter().zip(used).filter(|(_, used)| **used).map(|(thing, _)| thing)
}

/// Keeps the things that are used, each changed if any key has another id; those that were different still are.
fn keep<T: Hash + Eq>(things: &mut Interned<T>, used: &[bool], keys: &[bool], change: impl Fn(&mut T)) {
    // A million of them take a while.
    if [used, keys].into_iter().flatten().all(|used| *used) {
        return;
    }
    *things = kept(mem::take(things), used)
        .map(|mut thing| {
            change(&mut thing);
            thing
        })
        .collect();
}

/// Of each thing with an id, whether it is used.
struct Used {
    action_sets: Vec<bool>,
    resource_sets: Vec<bool>,
    principal_sets: Vec<bool>,
    predicates: Vec<bool>,
    keys: Vec<bool>,
}

impl Used {
    fn of(program: &Program) -> Used {
        let mut used = Used {
            action_sets: vec![false; program.action_sets.len()],
            resource_sets: vec![false; program.resource_sets.len()],
            principal_sets: vec![false; program.principal_sets.len()],
            predicates: vec![false; program.predicates.len()],
            keys: vec![false; program.keys.len()],
        };
        for statement in program.units.iter().flat_map(|unit| &unit.statements) {
            used.action_sets[statement.action.index()] = true;
            statement.resource.iter().for_each(|set| used.resource_sets[set.index()] = true);
            statement.principal.iter().for_each(|set| used.principal_sets[set.index()] = true);
            statement.predicates.iter().for_each(|predicate| used.predicates[predicate.index()] = true);
        }
        let keys = &mut used.keys;
        let mut note = |key: KeyId| keys[key.index()] = true;
        for set in kept(&program.resource_sets, &used.resource_sets) {
            set.patterns.iter().flat_map(Pattern::keys).for_each(&mut note);
        }
        for predicate in kept(&program.predicates, &used.predicates) {
            note(predicate.key);
            predicate.test.patterns().iter().flat_map(Pattern::keys).for_each(&mut note);
        }
        used
    }

    fn is_everything(&self) -> bool {
        let Used { action_sets, resource_sets, principal_sets, predicates, keys } = self;
        [action_sets, resource_sets, principal_sets, predicates, keys].into_iter().flatten().all(|used| *used)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::simplified;
    use super::super::{Passes, forget_unused};
    use crate::iam::BaseOperator;
    use crate::ir::PredicateId;

    #[test]
    fn what_only_left_out_statements_have_is_forgotten() {
        let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        let included = r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::${aws:username}/*",
            "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}, "StringLike": {"k": "${aws:userid}*"}}}"#;
        let denied = r#"{"Effect": "Deny", "Action": "ec2:Run*", "Resource": "arn:aws:ec2:*:*:instance/${aws:PrincipalTag/region}",
            "Condition": {"StringLike": {"aws:RequestTag/env": "${aws:PrincipalTag/env}*"}}}"#;
        let (mut program, left_out) = simplified(Passes::ALL, &[included, all, denied]);
        assert_eq!(left_out, ["0 subsumed by 1"]);
        let before = format!("{:?}", program.units);
        forget_unused::run(&mut program);
        assert_ne!(format!("{:?}", program.units), before);
        let names: Vec<&str> = program.keys.iter().map(|name| &**name).collect();
        assert_eq!(names, ["aws:requesttag/env", "aws:principaltag/env", "aws:principaltag/region"]);
        let spellings: Vec<&str> = program.keys.spellings().iter().map(|spelling| &**spelling).collect();
        assert_eq!(spellings, ["aws:RequestTag/env", "aws:PrincipalTag/env", "aws:PrincipalTag/region"]);
        let actions: Vec<&str> = program.action_spellings.iter().flatten().map(|spelling| &**spelling).collect();
        assert_eq!(actions, ["*", "ec2:Run*"]);
        assert_eq!([program.action_sets.len(), program.resource_sets.len(), program.predicates.len()], [2, 2, 1]);
        let operators = program.origins.iter().map(|origin| origin.operators.to_vec());
        assert!(operators.eq([vec![], vec![], vec![(PredicateId(0), BaseOperator::StringLike)]]));
        for statement in &program.units[0].statements {
            assert!(program.action_sets.get_index(statement.action.index()).is_some());
            let predicates = statement.predicates.iter().map(|id| &program.predicates[id.index()]);
            assert!(predicates.into_iter().all(|predicate| predicate.key.index() == 0));
        }
        let after = format!("{program:?}");
        forget_unused::run(&mut program);
        assert_eq!(format!("{program:?}"), after, "nothing more is forgotten");
    }
}
