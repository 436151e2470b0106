//! Leaves out a statement if a broader one of its unit has the same effect and matches whatever it matches: `s3:Get*` on a bucket
//! beside `s3:*` on everything.
//!
//! The broad statement has no test that the narrow one has not, and its action, resource and principal cover the other's. Of an
//! Allow its principal also grants at least as directly (6.3), so the layer that decides stays the same.

use std::ops::Range;

use smallvec::SmallVec;

use super::buckets::{Buckets, hash};
use super::coverage::{covers_actions, covers_principals, covers_resources};
use super::{LeftOut, Why};
use crate::iam::{Effect, PrincipalPattern};
use crate::ir::{ActionSet, Pattern, PredicateId, PrincipalSetId, Program, ResourceSet, Statement};

/// Leaves such statements out.
pub(super) fn run(program: &mut Program, left_out: &mut Vec<LeftOut>) {
    let breadths = Breadths::of(program);
    let mut sizes = ListSizes { of_predicate: vec![0; program.predicates.len()], has_empty: false };
    let mut units = std::mem::take(&mut program.units);
    for unit in units.iter_mut().filter(|unit| unit.statements.len() > 1) {
        sizes.fill(&unit.statements);
        let covered = covered(program, &breadths, &sizes, &unit.statements);
        sizes.clear(&unit.statements);
        let mut index = 0;
        unit.statements.retain(|statement| {
            let by = covered[index];
            index += 1;
            left_out.extend(by.map(|by| LeftOut { statement: statement.id, why: Why::Subsumed(by) }));
            by.is_none()
        });
    }
    program.units = units;
}

/// What statements have in common that can be compared by looking it up.
type GroupKey<'a> = (Effect, Option<PrincipalSetId>, &'a [PredicateId]);

/// The broadest statements of a group, broadest first, by index.
type Broadest = SmallVec<[u32; COMPARED_COUNT]>;

/// For each statement the one that covers it, if there is one.
fn covered(
    program: &Program,
    breadths: &Breadths,
    sizes: &ListSizes,
    statements: &[Statement],
) -> Vec<Option<crate::ir::StatementId>> {
    let groups = Groups::new(breadths, statements);
    let everyone = broad_principals(program, statements);
    let mut covered: Vec<Option<_>> = vec![None; statements.len()];
    for (index, narrow) in statements.iter().enumerate() {
        let covers_narrow = |&&broad: &&u32| {
            // Of two that cover each other, the one that is still there stays.
            broad as usize != index && covered[broad as usize].is_none() && covers(program, &statements[broad as usize], narrow)
        };
        let covering = |predicates: &[PredicateId]| {
            let principals = everyone.iter().copied().map(Some).chain([narrow.principal]);
            principals
                .filter(|&principal| (principal, predicates) != (narrow.principal, &narrow.predicates))
                .find_map(|principal| groups.broadest((narrow.effect, principal, predicates)).iter().find(covers_narrow))
                .copied()
        };
        let own = groups.broadest_beside(index).iter().find(covers_narrow).copied();
        let by = own.or_else(|| subsets(&narrow.predicates, sizes, covering));
        covered[index] = by.map(|broad| statements[broad as usize].id);
    }
    covered
}

/// The statements of a unit by what they have in common, each group by its broadest ones.
///
/// PERF: a statement is compared with [`COMPARED_COUNT`] others of a group at most, so time grows linearly.
struct Groups<'a> {
    statements: &'a [Statement],
    /// By hash of the key; the broadest of a group stand together in `broadest`.
    by_hash: Vec<(u64, Range<u32>)>,
    /// The place in `by_hash` of each statement's group, if the group has others.
    group_of: Vec<Option<u32>>,
    /// Indexes of statements, of each group the broadest first.
    broadest: Vec<u32>,
}

impl<'a> Groups<'a> {
    fn new(breadths: &Breadths, statements: &'a [Statement]) -> Groups<'a> {
        let mut groups = Groups { statements, by_hash: Vec::new(), group_of: vec![None; statements.len()], broadest: Vec::new() };
        for bucket in Buckets::new(statements, group_key).iter() {
            let members: Broadest = broadest(breadths, statements, bucket);
            let start = groups.broadest.len() as u32;
            groups.broadest.extend(members);
            if bucket.len() > 1 {
                let group = groups.by_hash.len() as u32;
                bucket.iter().for_each(|&(_, index)| groups.group_of[index as usize] = Some(group));
            }
            groups.by_hash.push((bucket[0].0, start..groups.broadest.len() as u32));
        }
        groups
    }

    /// The broadest statements with this key.
    fn broadest(&self, key: GroupKey<'_>) -> &[u32] {
        let place = self.by_hash.binary_search_by_key(&hash(&key), |&(hash, _)| hash);
        let members = place.map_or(&[][..], |place| self.members(place));
        // Of another key with the same hash nobody has asked.
        if members.iter().all(|&index| group_key(&self.statements[index as usize]) == key) { members } else { &[] }
    }

    /// The broadest statements of a statement's own group, if it has others.
    fn broadest_beside(&self, index: usize) -> &[u32] {
        let members = self.group_of[index].map_or(&[][..], |group| self.members(group as usize));
        let key = group_key(&self.statements[index]);
        if members.iter().all(|&other| group_key(&self.statements[other as usize]) == key) { members } else { &[] }
    }

    fn members(&self, group: usize) -> &[u32] {
        let Range { start, end } = self.by_hash[group].1;
        &self.broadest[start as usize..end as usize]
    }
}

fn group_key(statement: &Statement) -> GroupKey<'_> {
    (statement.effect, statement.principal, &statement.predicates)
}

fn broadest(breadths: &Breadths, statements: &[Statement], bucket: &[(u64, u32)]) -> Broadest {
    let mut broadest = Broadest::new();
    let breadth = |index: u32| breadths.of_statement(&statements[index as usize]);
    for &(_, index) in bucket {
        let place = if bucket.len() == 1 { 0 } else { broadest.partition_point(|&other| breadth(other) >= breadth(index)) };
        if place < COMPARED_COUNT {
            broadest.truncate(COMPARED_COUNT - 1);
            broadest.insert(place, index);
        }
    }
    broadest
}

/// The principals of a unit that cover all others, so many as are worth asking for.
fn broad_principals(program: &Program, statements: &[Statement]) -> SmallVec<[PrincipalSetId; 2]> {
    let mut found = SmallVec::new();
    let names_everyone = |id: PrincipalSetId| {
        let set = &program.principal_sets[id.index()];
        !set.negated && set.patterns.contains(&PrincipalPattern::Everyone)
    };
    for id in statements.iter().filter_map(|statement| statement.principal).filter(|&id| names_everyone(id)) {
        if !found.contains(&id) && found.len() < BROAD_PRINCIPAL_COUNT {
            found.push(id);
        }
    }
    found
}

/// The first answer for a subset of the predicates that some statement has: all subsets of a few, of many only all, none, and
/// single ones.
fn subsets(predicates: &[PredicateId], sizes: &ListSizes, mut find: impl FnMut(&[PredicateId]) -> Option<u32>) -> Option<u32> {
    let mut find = |subset: &[PredicateId]| if sizes.may_be_list(subset) { find(subset) } else { None };
    if predicates.len() > SUBSETS_OF_COUNT {
        let single = predicates.iter().map(std::slice::from_ref);
        return [&[], predicates].into_iter().chain(single).find_map(find);
    }
    (0..1_u32 << predicates.len()).find_map(|subset| {
        let members = predicates.iter().enumerate().filter(|(index, _)| subset & (1 << index) != 0);
        find(&members.map(|(_, &predicate)| predicate).collect::<SmallVec<[PredicateId; SUBSETS_OF_COUNT]>>())
    })
}

/// How many predicates the statements have in which each predicate occurs, a bit for each number; the last for all larger ones.
///
/// PERF: most subsets are no statement's list, and this tells so without a look into a table that no cache holds.
struct ListSizes {
    of_predicate: Vec<u8>,
    has_empty: bool,
}

impl ListSizes {
    /// Takes in the statements of a unit.
    fn fill(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.has_empty |= statement.predicates.is_empty();
            for predicate in &statement.predicates {
                self.of_predicate[predicate.index()] |= bit_of_size(statement.predicates.len());
            }
        }
    }

    /// Forgets them again; a unit has a few of the predicates only.
    fn clear(&mut self, statements: &[Statement]) {
        self.has_empty = false;
        statements.iter().flat_map(|statement| &statement.predicates).for_each(|id| self.of_predicate[id.index()] = 0);
    }

    fn may_be_list(&self, subset: &[PredicateId]) -> bool {
        match subset {
            [] => self.has_empty,
            _ => subset.iter().all(|predicate| self.of_predicate[predicate.index()] & bit_of_size(subset.len()) != 0),
        }
    }
}

fn bit_of_size(size: usize) -> u8 {
    1 << size.min(7)
}

fn covers(program: &Program, broad: &Statement, narrow: &Statement) -> bool {
    let principals = match (broad.principal, narrow.principal) {
        (broad, narrow) if broad == narrow => true,
        (Some(broad), Some(narrow)) => {
            covers_principals(&program.principal_sets[broad.index()], &program.principal_sets[narrow.index()])
        }
        _ => false,
    };
    let resources = match (broad.resource, narrow.resource) {
        (broad, narrow) if broad == narrow => true,
        (Some(broad), Some(narrow)) => {
            covers_resources(&program.resource_sets[broad.index()], &program.resource_sets[narrow.index()])
        }
        _ => false,
    };
    let actions = || {
        broad.action == narrow.action
            || covers_actions(&program.action_sets[broad.action.index()], &program.action_sets[narrow.action.index()])
    };
    principals && resources && actions()
}

/// How much each interned element covers, roughly: what is likely to cover others is compared with them.
struct Breadths {
    actions: Vec<u8>,
    resources: Vec<u8>,
}

impl Breadths {
    fn of(program: &Program) -> Breadths {
        Breadths {
            actions: program.action_sets.iter().map(action_breadth).collect(),
            resources: program.resource_sets.iter().map(resource_breadth).collect(),
        }
    }

    fn of_statement(&self, statement: &Statement) -> u8 {
        self.actions[statement.action.index()] + statement.resource.map_or(3, |set| self.resources[set.index()])
    }
}

fn action_breadth(set: &ActionSet) -> u8 {
    let of_pattern = |pattern: &Option<(Box<str>, Box<str>)>| match pattern {
        None => 3,
        Some((_, name)) if **name == *"*" => 2,
        Some((_, name)) => u8::from(name.contains(['*', '?'])),
    };
    if set.negated { 2 } else { set.patterns.iter().map(of_pattern).max().unwrap_or(0) }
}

fn resource_breadth(set: &ResourceSet) -> u8 {
    let of_pattern = |pattern: &Pattern| if pattern.is_any() { 3 } else { u8::from(pattern.as_literal().is_none()) };
    if set.negated { 2 } else { set.patterns.iter().map(of_pattern).max().unwrap_or(0) }
}

/// How many statements of a group are compared with others.
const COMPARED_COUNT: usize = 8;
/// How many predicates a statement may have for all their subsets to be looked up.
const SUBSETS_OF_COUNT: usize = 4;
/// How many elements that name everyone are looked up.
const BROAD_PRINCIPAL_COUNT: usize = 2;

#[cfg(test)]
mod tests {
    use super::super::Passes;
    use super::super::testing::{check_left_out, check_policy};
    use crate::iam::PolicyKind;

    const PASSES: Passes = Passes { drop_subsumed: true, ..Passes::NONE };

    /// Whether the first of two statements is left out for the second; each is what follows `Effect`.
    #[track_caller]
    fn check(narrow: &str, broad: &str, expected: bool) {
        let expected: &[&str] = if expected { &["0 subsumed by 1"] } else { &[] };
        for effect in ["Allow", "Deny"] {
            let statement = |rest: &str| format!(r#"{{"Effect": "{effect}", {rest}}}"#);
            check_left_out(PASSES, &[&statement(narrow), &statement(broad)], expected);
        }
    }

    const EVERYTHING: &str = r#""Action": "*", "Resource": "*""#;

    #[test]
    fn broader_actions_and_resources() {
        let bucket = r#""Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*""#;
        check(bucket, EVERYTHING, true);
        check(bucket, r#""Action": ["s3:*", "sqs:*"], "Resource": "arn:aws:s3:::*""#, true);
        check(bucket, r#""Action": "s3:GetObject", "Resource": "*""#, false);
        check(bucket, r#""Action": "s3:*", "Resource": "arn:aws:s3:::b/x""#, false);
        check(bucket, r#""NotAction": "iam:*", "Resource": "*""#, false);
        check(r#""NotAction": ["iam:*", "sts:*"], "Resource": "*""#, r#""NotAction": "iam:*", "Resource": "*""#, true);
        check(r#""Action": "*", "NotResource": ["arn:aws:s3:::b*"]"#, r#""Action": "*", "NotResource": "arn:aws:s3:::b""#, true);
        check(r#""Action": "*", "NotResource": "arn:aws:s3:::b""#, EVERYTHING, true);
    }

    #[test]
    fn fewer_conditions() {
        let a = r#""StringEquals": {"a": "1"}"#;
        let b = r#""StringEquals": {"b": "2"}"#;
        let conditions = |tests: &[&str]| format!(r#"{EVERYTHING}, "Condition": {{{}}}"#, tests.join(", "));
        let both = conditions(&[r#""StringEquals": {"a": "1", "b": "2"}"#]);
        check(&both, &conditions(&[a]), true);
        check(&both, &conditions(&[b]), true);
        check(&both, EVERYTHING, true);
        check(&conditions(&[a]), &conditions(&[b]), false);
        let many: String = (0..9).map(|n| format!(r#", "k{n}": "x""#)).collect();
        let many = conditions(&[&format!(r#""StringEquals": {{"a": "1"{many}}}"#)]);
        check(&many, &conditions(&[a]), true);
        check(&many, EVERYTHING, true);
    }

    #[test]
    fn an_allow_says_nothing_of_a_deny() {
        let allow = format!(r#"{{"Effect": "Allow", {EVERYTHING}}}"#);
        let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
        check_left_out(PASSES, &[&allow, deny], &[]);
    }

    #[test]
    fn of_statements_that_cover_each_other_one_stays() {
        let wordy = r#"{"Effect": "Allow", "Action": ["s3:*", "s3:Get*"], "Resource": "*"}"#;
        let short = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
        let everything = format!(r#"{{"Effect": "Allow", {EVERYTHING}}}"#);
        check_left_out(PASSES, &[wordy, short], &["0 subsumed by 1"]);
        check_left_out(PASSES, &[wordy, short, &everything], &["0 subsumed by 2", "1 subsumed by 2"]);
    }

    #[test]
    fn the_broadest_of_many_is_found() {
        let statement = |n| format!(r#"{{"Effect": "Allow", "Action": "svc{n}:Act", "Resource": "arn:aws:svc{n}:::x"}}"#);
        let mut statements: Vec<String> = (0..30).map(statement).collect();
        statements.push(r#"{"Effect": "Allow", "Action": "svc3:*", "Resource": "*"}"#.to_owned());
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        check_left_out(PASSES, &statements, &["3 subsumed by 30"]);
    }

    #[track_caller]
    fn check_principals(effect: &str, narrow: &str, broad: &str, expected: bool) {
        let expected: &[&str] = if expected { &["0 subsumed by 1"] } else { &[] };
        let statement = |principal: &str| format!(r#"{{"Effect": "{effect}", {principal}, {EVERYTHING}}}"#);
        check_policy(PolicyKind::Resource, PASSES, &[&statement(narrow), &statement(broad)], expected);
    }

    #[test]
    fn whom_a_principal_covers() {
        let user = r#""Principal": {"AWS": "arn:aws:iam::111111111111:user/ann"}"#;
        let account = r#""Principal": {"AWS": "111111111111"}"#;
        let both = r#""Principal": {"AWS": ["arn:aws:iam::111111111111:user/ann", "222222222222"]}"#;
        for effect in ["Allow", "Deny"] {
            check_principals(effect, user, r#""Principal": "*""#, true);
            // Compared only where the elements are the same, or one names everyone.
            check_principals(effect, user, both, false);
            // The account is a weaker grant than the user (EV-8).
            check_principals(effect, user, account, false);
            check_principals(effect, r#""Principal": {"AWS": "*"}"#, r#""Principal": "*""#, true);
        }
        check_principals("Deny", r#""NotPrincipal": {"AWS": "111111111111"}"#, r#""Principal": "*""#, true);
    }
}
