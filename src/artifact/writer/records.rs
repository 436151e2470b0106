//! Statement records and the tests they share.
//!
//! ```text
//! record     id * 2 + is-allow varint, action set varint, test count * 2 + has-principal varint, [principal set varint], tests
//! shared     list of references to test bodies (tag u8 + body as in a record), then the bodies
//! ```

use super::{Sections, condition, pattern};
use crate::artifact::layout::Section;
use crate::artifact::pattern_code::test;
use crate::artifact::wire::Put;
use crate::ir::{PredicateId, Program, ResourceSet, Statement};

/// Where the record of each statement is, and in which order it tests its conditions; both by statement id.
pub(super) struct Records {
    pub(super) references: Vec<u32>,
    pub(super) conditions: Vec<Vec<PredicateId>>,
}

/// Writes all records and shared tests.
pub(super) fn write(program: &Program, sections: &mut Sections) -> Records {
    let shared = SharedTests::number(program);
    let mut shared_bodies = vec![Vec::new(); shared.count as usize];
    let mut records = Records { references: vec![0; program.origins.len()], conditions: vec![Vec::new(); program.origins.len()] };
    for statement in program.units.iter().flat_map(|unit| &unit.statements) {
        let mut tests: Vec<Vec<u8>> = Vec::new();
        let resource = statement.resource.map(|id| (id, &program.resource_sets[id.index()]));
        // The most selective first: what is shared by many statements, then one's own conditions, then the resource.
        for predicate in &statement.predicates {
            let body = condition::write(sections, &program.predicates[predicate.index()]);
            tests.push(shared.reference(shared.predicates[predicate.index()], test::CONDITION, body, &mut shared_bodies));
        }
        if let Some((id, set)) = resource.filter(|(_, set)| !matches_everything(set)) {
            let body = resource_body(sections, set);
            tests.push(shared.reference(shared.resources[id.index()], test::RESOURCE, body, &mut shared_bodies));
        }
        tests.sort_by_key(|test| test[0] != test::SHARED);
        let mut conditions = statement.predicates.to_vec();
        conditions.sort_by_key(|predicate| shared.predicates[predicate.index()].is_none());
        records.conditions[statement.id.index()] = conditions;
        records.references[statement.id.index()] = sections.end(Section::Records);
        let record = record(statement, &tests);
        sections.of(Section::Records).extend(record);
    }
    sections.set_count(Section::Records, program.units.iter().map(|unit| unit.statements.len()).sum());
    let mut bodies = Vec::new();
    for body in &shared_bodies {
        let reference = (shared_bodies.len() * 4 + bodies.len()) as u32;
        sections.of(Section::Tests).put_u32(reference);
        bodies.extend_from_slice(body);
    }
    sections.of(Section::Tests).extend(bodies);
    sections.set_count(Section::Tests, shared_bodies.len());
    records
}

fn record(statement: &Statement, tests: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.put_varint(statement.id.0 << 1 | u32::from(statement.effect.is_allow()));
    bytes.put_varint(statement.action.0);
    bytes.put_varint((tests.len() as u32) << 1 | u32::from(statement.principal.is_some()));
    if let Some(principal) = statement.principal {
        bytes.put_varint(principal.0);
    }
    tests.iter().for_each(|test| bytes.extend(test));
    bytes
}

fn matches_everything(set: &ResourceSet) -> bool {
    !set.negated && set.patterns.iter().any(|pattern| pattern.is_any())
}

fn resource_body(sections: &mut Sections, set: &ResourceSet) -> Vec<u8> {
    let mut body = vec![u8::from(set.negated)];
    for resource in &set.patterns {
        body.put_bytes(&pattern::write(sections, resource, true));
    }
    body
}

/// Tests that more than one statement uses are stored once and remembered while deciding.
struct SharedTests {
    predicates: Vec<Option<u32>>,
    resources: Vec<Option<u32>>,
    count: u32,
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
        let mut number = |uses: Vec<u32>| -> Vec<Option<u32>> {
            uses.into_iter()
                .map(|uses| {
                    (uses > 1).then(|| {
                        count += 1;
                        count - 1
                    })
                })
                .collect()
        };
        let predicates = number(predicate_uses);
        let resources = number(resource_uses);
        SharedTests { predicates, resources, count }
    }

    /// The bytes of a test in a record: the number of the shared test, or the test itself.
    fn reference(&self, shared: Option<u32>, tag: u8, body: Vec<u8>, bodies: &mut [Vec<u8>]) -> Vec<u8> {
        let mut own = vec![tag];
        own.put_bytes(&body);
        let Some(number) = shared else { return own };
        bodies[number as usize] = own;
        let mut reference = vec![test::SHARED];
        reference.put_varint(number);
        reference
    }
}
