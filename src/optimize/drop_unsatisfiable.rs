//! Leaves out statements that no request can match, because of one element alone or because its conditions contradict each
//! other.
//!
//! What cannot be told from the policy alone is taken to match. A Deny is left out by the same proof as an Allow: the reference
//! evaluator cannot find it either, so there is nothing that could be damaged.

use smallvec::SmallVec;

use super::truth::{Extent, Truth};
use super::{Cause, LeftOut, Why};
use crate::iam::value::parse_bool;
use crate::iam::{Effect, PrincipalPattern, SetOperator, fold::fold};
use crate::ir::{ActionSet, KeyId, Predicate, PredicateId, PrincipalSet, Program, ResourceSet, Statement, Test};

/// Leaves such statements out.
pub(super) fn run(program: &mut Program, left_out: &mut Vec<LeftOut>) {
    let impossible = Impossible::find(program);
    for unit in &mut program.units {
        unit.statements.retain(|statement| match impossible.cause(&program.predicates, statement) {
            Some(cause) => {
                left_out.push(LeftOut { statement: statement.id, why: Why::NeverMatches(cause) });
                false
            }
            None => true,
        });
    }
}

/// The interned elements that nothing matches, each looked at once.
struct Impossible {
    actions: Vec<bool>,
    resources: Vec<bool>,
    principals: Vec<[bool; 2]>,
    truths: Vec<Truth>,
    /// The keys of the predicates.
    keys: Vec<KeyId>,
    /// The predicates that nothing passes, alone.
    predicates: Vec<bool>,
}

impl Impossible {
    fn find(program: &Program) -> Impossible {
        let of_principals = |set| [Effect::Deny, Effect::Allow].map(|effect| matches_nobody(set, effect));
        Impossible {
            actions: program.action_sets.iter().map(matches_no_action).collect(),
            resources: program.resource_sets.iter().map(matches_no_resource).collect(),
            principals: program.principal_sets.iter().map(of_principals).collect(),
            truths: program.predicates.iter().map(Truth::of).collect(),
            keys: program.predicates.iter().map(|predicate| predicate.key).collect(),
            predicates: program.predicates.iter().map(|predicate| Truth::of(predicate).is_never()).collect(),
        }
    }

    fn cause(&self, predicates: &crate::ir::Interned<Predicate>, statement: &Statement) -> Option<Cause> {
        let allows = usize::from(statement.effect.is_allow());
        if self.actions[statement.action.index()] {
            Some(Cause::Action)
        } else if statement.resource.is_some_and(|set| self.resources[set.index()]) {
            Some(Cause::Resource)
        } else if statement.principal.is_some_and(|set| self.principals[set.index()][allows]) {
            Some(Cause::Principal)
        } else {
            self.contradicted_key(predicates, statement).map(Cause::Condition)
        }
    }

    /// A key that no request can give so that all tests of it hold.
    fn contradicted_key(&self, predicates: &crate::ir::Interned<Predicate>, statement: &Statement) -> Option<KeyId> {
        let ids = &statement.predicates;
        if let Some(never) = ids.iter().find(|id| self.predicates[id.index()]) {
            return Some(self.keys[never.index()]);
        }
        // PERF: nearly every statement tests a key once; this tells so without a look at the predicates.
        let key = |id: &PredicateId| self.keys[id.index()];
        let tests_once = |(index, id): (usize, &PredicateId)| ids[..index].iter().all(|other| key(other) != key(id));
        if ids.len() <= PAIRWISE_MAX && ids.iter().enumerate().all(tests_once) {
            return None;
        }
        let mut tests: SmallVec<[_; 4]> =
            statement.predicates.iter().map(|id| (&predicates[id.index()], self.truths[id.index()])).collect();
        tests.sort_by_key(|(predicate, _)| predicate.key);
        tests.chunk_by(|(a, _), (b, _)| a.key == b.key).find(|tests| !can_hold(tests)).map(|tests| tests[0].0.key)
    }
}

/// How many tests are compared pair by pair.
const PAIRWISE_MAX: usize = 8;

/// An empty `Action` selects nothing (GR-13), nor does `NotAction` with `*` (GR-37).
fn matches_no_action(set: &ActionSet) -> bool {
    if set.negated { set.patterns.contains(&None) } else { set.patterns.is_empty() }
}

/// The same for resources. A list is empty also when none of its texts can match: ARNs that are too short (WC-10), a variable
/// before the sixth field (PV-7).
fn matches_no_resource(set: &ResourceSet) -> bool {
    if set.negated { set.patterns.iter().any(|pattern| pattern.is_any()) } else { set.patterns.is_empty() }
}

/// An empty `Principal` names nobody (GR-13), nor does `NotPrincipal` with `*`, except that its Deny hits who has a boundary
/// (GR-35).
fn matches_nobody(set: &PrincipalSet, effect: Effect) -> bool {
    match set.negated {
        false => set.patterns.is_empty(),
        true => effect.is_allow() && set.patterns.contains(&PrincipalPattern::Everyone),
    }
}

/// Whether some way to give the key passes all its tests.
fn can_hold(tests: &[(&Predicate, Truth)]) -> bool {
    let passes = |extent: fn(&Truth) -> Extent| tests.iter().all(|(_, truth)| extent(truth) != Extent::None);
    tests.iter().all(|(_, truth)| truth.absent)
        || (passes(|truth| truth.single) && can_hold_for_one(tests))
        || (passes(|truth| truth.multi) && can_hold_for_several(tests))
}

/// Whether one value may pass all tests: a set operator takes it as a set of one (CO-8).
fn can_hold_for_one(tests: &[(&Predicate, Truth)]) -> bool {
    candidates(tests.iter().map(|(predicate, _)| *predicate))
        .is_none_or(|values| values.iter().any(|value| tests.iter().all(|(predicate, _)| may_pass(predicate, value))))
}

/// Whether a list may: each of its values passes `ForAllValues`, and for each `ForAnyValue` there is one that also passes that.
fn can_hold_for_several(tests: &[(&Predicate, Truth)]) -> bool {
    let of = |set| tests.iter().map(|(predicate, _)| *predicate).filter(move |predicate| predicate.set == Some(set));
    let Some(values) = candidates(of(SetOperator::ForAllValues)) else { return true };
    let passing_all = |value: &&str| of(SetOperator::ForAllValues).all(|predicate| may_pass(predicate, value));
    let values: Vec<&str> = values.into_iter().filter(passing_all).collect();
    !values.is_empty() && of(SetOperator::ForAnyValue).all(|predicate| values.iter().any(|value| may_pass(predicate, value)))
}

/// The only values that can pass all of these tests, if some test lists them.
fn candidates<'a>(tests: impl Iterator<Item = &'a Predicate>) -> Option<Vec<&'a str>> {
    let lists = tests.filter(|predicate| !predicate.negated).filter_map(|predicate| match &predicate.test {
        Test::Equals(texts) => Some(texts),
        _ => None,
    });
    lists.min_by_key(|texts| texts.len()).map(|texts| texts.iter().map(|text| &**text).collect())
}

/// Whether a value passes the test; true if the test's text does not tell.
fn may_pass(predicate: &Predicate, value: &str) -> bool {
    let is_listed = |texts: &[Box<str>], value: &str| texts.binary_search_by(|text| (**text).cmp(value)).is_ok();
    let matches = match &predicate.test {
        Test::Equals(texts) => is_listed(texts, value),
        Test::EqualsFolded(texts) => is_listed(texts, &fold(value)),
        Test::Bool(accepts_true, accepts_false) => match parse_bool(value) {
            Some(true) => *accepts_true,
            Some(false) => *accepts_false,
            None => false,
        },
        _ => return true,
    };
    matches != predicate.negated
}

#[cfg(test)]
mod tests {
    use super::super::Passes;
    use super::super::testing::{check_left_out, check_policy};
    use super::*;
    use crate::iam::PolicyKind;

    const PASSES: Passes = Passes { drop_unsatisfiable: true, ..Passes::NONE };

    #[track_caller]
    fn check_condition(condition: &str, expected: &[&str]) {
        for effect in ["Allow", "Deny"] {
            let statement = format!(r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {condition}}}"#);
            check_left_out(PASSES, &[&statement], expected);
        }
    }

    #[test]
    fn no_value_passes() {
        for condition in [
            r#"{"StringEquals": {"k": []}}"#,
            r#"{"NumericLessThan": {"k": "ten"}}"#,
            r#"{"IpAddress": {"k": "300.0.0.0/8"}}"#,
            r#"{"ForAnyValue:DateEquals": {"k": "soon"}}"#,
            r#"{"StringNotLike": {"k": "*"}, "Null": {"k": "false"}}"#,
            r#"{"ForAnyValue:StringNotLike": {"k": "*"}}"#,
            r#"{"Null": {"k": []}}"#,
            r#"{"Null": {"k": "maybe"}}"#,
            r#"{"ForAnyValue:Null": {"k": "true"}}"#,
        ] {
            check_condition(condition, &["0 never by k"]);
        }
    }

    #[test]
    fn some_request_passes() {
        for condition in [
            r#"{"StringEqualsIfExists": {"k": []}}"#,
            r#"{"ForAllValues:StringEquals": {"k": []}}"#,
            r#"{"StringNotLike": {"k": "*"}}"#,
            r#"{"StringNotEquals": {"k": []}}"#,
            r#"{"NumericNotEquals": {"k": "ten"}}"#,
            r#"{"Null": {"k": "true"}}"#,
        ] {
            check_condition(condition, &[]);
        }
    }

    #[test]
    fn tests_of_one_key_contradict_each_other() {
        for condition in [
            r#"{"Null": {"k": "true"}, "StringEquals": {"k": "a"}}"#,
            r#"{"StringEquals": {"k": ["a", "b"]}, "StringEqualsIfExists": {"K": ["c", "d"]}}"#,
            r#"{"StringEquals": {"k": ["a", "b"]}, "StringNotEquals": {"k": ["b", "a"]}}"#,
            r#"{"StringEquals": {"k": "a"}, "StringEqualsIgnoreCase": {"k": "B"}}"#,
            r#"{"StringEquals": {"k": "yes"}, "Bool": {"k": ["true", "false"]}}"#,
            // A list fails the bare operator, a single value the other.
            r#"{"StringEquals": {"k": "a"}, "ForAnyValue:StringEquals": {"k": "b"}}"#,
            // Every value must be `a`, one must be `b`.
            r#"{"ForAllValues:StringEquals": {"k": "a"}, "ForAnyValue:StringEquals": {"k": ["b", "c"]}}"#,
            r#"{"ForAllValues:StringEquals": {"k": "a"}, "ForAllValues:StringNotEquals": {"k": "a"}, "Null": {"k": "false"}}"#,
        ] {
            check_condition(condition, &["0 never by k"]);
        }
    }

    #[test]
    fn tests_that_only_look_contradictory() {
        for condition in [
            // A list of both.
            r#"{"ForAnyValue:StringEquals": {"k": "a"}, "ForAnyValue:StringEqualsIfExists": {"k": "b"}}"#,
            // An absent key.
            r#"{"ForAllValues:StringEquals": {"k": "a"}, "ForAllValues:StringEqualsIfExists": {"k": "b"}}"#,
            r#"{"StringEqualsIfExists": {"k": "a"}, "StringNotEquals": {"k": "a"}}"#,
            r#"{"StringEquals": {"k": "a"}, "StringEqualsIgnoreCase": {"k": "A"}}"#,
            r#"{"StringEquals": {"k": "True"}, "Bool": {"k": "true"}}"#,
            // What a variable stands for is not known here.
            r#"{"StringEquals": {"k": "a"}, "StringLike": {"k": "${aws:username}"}}"#,
            r#"{"ForAnyValue:StringEquals": {"k": "a"}, "ForAnyValue:StringNotEquals": {"k": "a"}}"#,
            r#"{"StringEquals": {"k": "a"}, "StringEqualsIfExists": {"l": "b"}}"#,
        ] {
            check_condition(condition, &[]);
        }
    }

    #[track_caller]
    fn check_resource_policy(elements: &str, expected: &[&str]) {
        check_policy(PolicyKind::Resource, PASSES, &[&format!("{{{elements}}}")], expected);
    }

    #[test]
    fn elements_that_cover_nothing() {
        let check = check_resource_policy;
        check(r#""Effect": "Deny", "Principal": "*", "Action": [], "Resource": "*""#, &["0 never by Action"]);
        check(r#""Effect": "Deny", "Principal": "*", "NotAction": ["s3:*", "*"], "Resource": "*""#, &["0 never by Action"]);
        check(r#""Effect": "Deny", "Principal": "*", "Action": "*", "Resource": []"#, &["0 never by Resource"]);
        check(r#""Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3""#, &["0 never by Resource"]);
        check(r#""Effect": "Deny", "Principal": "*", "Action": "*", "NotResource": "*""#, &["0 never by Resource"]);
        check(r#""Effect": "Deny", "Principal": {"AWS": []}, "Action": "*", "Resource": "*""#, &["0 never by Principal"]);
    }

    #[test]
    fn not_principal_denies_who_has_a_boundary() {
        let check = |pattern, effect, expected| {
            assert_eq!(matches_nobody(&PrincipalSet { negated: true, patterns: vec![pattern] }, effect), expected);
        };
        check(PrincipalPattern::Everyone, Effect::Deny, false); // GR-35
        check(PrincipalPattern::Everyone, Effect::Allow, true);
        check(PrincipalPattern::AwsAnyone, Effect::Allow, false); // D-38
    }
}
