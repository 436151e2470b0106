//! Statement records and the tests they share.
//!
//! ```text
//! record     id * 2 + is-allow u32, action set u32, test count * 4 + is-of-everyone * 2 + has-principal u32, [principal set u32], tests
//! shared     where each test is u32, then the tests (as in a record)
//! ```

use smallvec::SmallVec;

use super::pattern::{self, Heads};
use super::tables::{self, TableBit};
use super::{Sections, condition, pattern_list};
use crate::artifact::layout::{SHARED_TEST_SIZE, Section};
use crate::artifact::pattern_code::{HAS_HEAD, MAX_SCANNED_TEXTS, answer, list, test};
use crate::artifact::wire::Put;
use crate::compile::Options;
use crate::iam::PrincipalPattern;
use crate::ir::{Predicate, PredicateId, PrincipalSet, Program, ResourceSet, Test};

/// Where the record of each statement is, in which order it tests its conditions, and whether it has anything to test; all by
/// statement id.
pub(super) struct Records {
    pub(super) references: Vec<u32>,
    pub(super) conditions: Vec<SmallVec<[PredicateId; 3]>>,
    /// Whether it applies to whoever asks for one of its actions.
    pub(super) is_unconditional: Vec<bool>,
    /// The tests that several have.
    pub(super) shared: SharedTests,
}

/// Writes all records and shared tests.
pub(super) fn write(program: &Program, options: &Options, sections: &mut Sections) -> Records {
    let heads = if options.indexes.arn_fields { Heads::All } else { Heads::Literal };
    let shared = SharedTests::number(program);
    let in_tables = tables::write(program, &shared, options, sections);
    let mut shared_bodies = vec![Vec::new(); shared.count as usize];
    let id_count = program.origins.len();
    let (references, conditions) = (vec![0; id_count], vec![SmallVec::new(); id_count]);
    let mut records = Records { references, conditions, is_unconditional: vec![false; id_count], shared };
    let shared = &records.shared;
    let (mut first, mut own) = (Vec::new(), Vec::new());
    for statement in program.units.iter().flat_map(|unit| &unit.statements) {
        // What is shared by many statements comes first: its answer may be known already. Then one's own, the resource last.
        let mut count = 0;
        first.clear();
        own.clear();
        let mut write = |number: Option<u32>, body: &dyn Fn(&mut Sections) -> Vec<u8>, sections: &mut Sections| {
            count += 1;
            let Some(number) = number else { return own.extend(body(sections)) };
            match in_tables[number as usize] {
                Some(TableBit { key, bit, flags }) => {
                    first.extend([test::TABLE + bit, answer::of(flags)]);
                    first.extend(key.to_le_bytes());
                }
                None => first.push(test::SHARED),
            }
            first.put_u32(number);
            let shared = &mut shared_bodies[number as usize];
            if shared.is_empty() {
                *shared = body(sections);
            }
        };
        for predicate in &statement.predicates {
            let test = &program.predicates[predicate.index()];
            write(shared.predicates[predicate.index()], &|sections| condition_test(sections, test), sections);
        }
        if let Some(id) = statement.resource {
            let set = &program.resource_sets[id.index()];
            if !matches_everything(set) {
                write(shared.resources[id.index()], &|sections| resource_test(sections, set, heads), sections);
            }
        }
        let mut conditions = statement.predicates.clone();
        conditions.sort_by_key(|predicate| shared.predicates[predicate.index()].is_none());
        records.conditions[statement.id.index()] = conditions;
        records.references[statement.id.index()] = sections.end(Section::Records);
        let record = sections.of(Section::Records);
        record.put_u32(statement.id.0 << 1 | u32::from(statement.effect.is_allow()));
        record.put_u32(statement.action.0);
        let is_of_everyone = statement.principal.is_some_and(|set| is_everyone(&program.principal_sets[set.index()]));
        records.is_unconditional[statement.id.index()] = count == 0 && (is_of_everyone || statement.principal.is_none());
        record.put_u32(count << 2 | u32::from(is_of_everyone) << 1 | u32::from(statement.principal.is_some()));
        if let Some(principal) = statement.principal {
            record.put_u32(principal.0);
        }
        record.extend_from_slice(&first);
        record.extend_from_slice(&own);
    }
    sections.set_count(Section::Records, program.units.iter().map(|unit| unit.statements.len()).sum());
    let mut bodies = Vec::new();
    for body in &shared_bodies {
        let reference = (shared_bodies.len() * SHARED_TEST_SIZE + bodies.len()) as u32;
        sections.of(Section::Tests).put_u32(reference);
        bodies.extend_from_slice(body);
    }
    sections.of(Section::Tests).extend(bodies);
    sections.set_count(Section::Tests, shared_bodies.len());
    records
}

/// Whether an element is no test.
pub(super) fn matches_everything(set: &ResourceSet) -> bool {
    !set.negated && set.patterns.iter().any(|pattern| pattern.is_any())
}

/// A test of a context key.
pub(super) fn condition_test(sections: &mut Sections, predicate: &Predicate) -> Vec<u8> {
    let body = condition::write(sections, predicate);
    // Of a short body every varint is short, but perhaps the key's.
    let is_short = body.len() < ONE_BYTE_VARINT && predicate.key.0 < ONE_BYTE_VARINT as u32;
    let tag = match &predicate.test {
        Test::Equals(texts) if is_short && texts.len() == 1 => test::ONE_TEXT,
        Test::Equals(texts) if is_short && texts.len() <= MAX_SCANNED_TEXTS as usize => test::FEW_TEXTS,
        Test::Bool(..) if is_short => test::ONE_BOOL,
        _ => test::CONDITION,
    };
    let mut bytes = vec![tag];
    bytes.put_bytes(&body);
    bytes
}

/// Whether a `Principal` element is `*`: it grants directly to whoever asks (table 1.5 of the semantics).
fn is_everyone(set: &PrincipalSet) -> bool {
    !set.negated && set.patterns.contains(&PrincipalPattern::Everyone)
}

/// Smaller numbers take one byte.
const ONE_BYTE_VARINT: usize = 0x80;

/// The test of a `Resource` or `NotResource` element.
pub(super) fn resource_test(sections: &mut Sections, set: &ResourceSet, heads: Heads) -> Vec<u8> {
    let mut has_short_head = false;
    let (flags, patterns) = pattern_list::write(sections, &set.patterns, |sections, resource| {
        let pattern = pattern::write(sections, resource, heads);
        has_short_head = matches!(pattern[..], [class, head, ..] if class & HAS_HEAD != 0 && usize::from(head) < ONE_BYTE_VARINT);
        pattern
    });
    let mut body = vec![if set.negated { flags | list::NEGATED } else { flags }];
    body.extend(patterns);
    let is_one = set.patterns.len() == 1 && !set.negated && has_short_head && body.len() < ONE_BYTE_VARINT;
    let mut bytes = vec![if is_one { test::ONE_RESOURCE } else { test::RESOURCE }];
    bytes.put_bytes(&body);
    bytes
}

/// Tests that more than one statement uses are stored once and remembered while deciding.
pub(super) struct SharedTests {
    /// The number of each predicate that is shared.
    pub(super) predicates: Vec<Option<u32>>,
    /// The number of each `Resource` or `NotResource` element that is shared.
    pub(super) resources: Vec<Option<u32>>,
    /// How many statements have each predicate.
    pub(super) predicate_uses: Vec<u32>,
    /// How many shared tests there are.
    pub(super) count: u32,
}

impl SharedTests {
    fn number(program: &Program) -> SharedTests {
        let mut predicate_uses = vec![0_u32; program.predicates.len()];
        let mut resource_uses = vec![0_u32; program.resource_sets.len()];
        for statement in program.units.iter().flat_map(|unit| &unit.statements) {
            statement.predicates.iter().for_each(|predicate| predicate_uses[predicate.index()] += 1);
            statement.resource.iter().for_each(|resource| resource_uses[resource.index()] += 1);
        }
        let mut count = 0;
        let mut number = |uses: &[u32]| -> Vec<Option<u32>> {
            uses.iter()
                .map(|&uses| {
                    (uses > 1).then(|| {
                        count += 1;
                        count - 1
                    })
                })
                .collect()
        };
        let predicates = number(&predicate_uses);
        let resources = number(&resource_uses);
        SharedTests { predicates, predicate_uses, resources, count }
    }
}
