//! Taking records apart: the counterpart of the writer's `records` and `condition`, for whoever must see a statement's parts
//! instead of asking whether it applies.

use crate::artifact::pattern_code::{comparison, flag, test};
use crate::artifact::{Cursor, Damaged, RECORD_HEADER_SIZE, Read, SHARED_TEST_SIZE, Section, View, word};
use crate::engine::StatementId;
use crate::engine::directory::UnitList;
use crate::iam::{BaseOperator, ConditionOperator, Effect, SetOperator};

/// The parts of one statement.
pub(in crate::engine) struct Record<'a> {
    pub(in crate::engine) statement: StatementId,
    pub(in crate::engine) effect: Effect,
    pub(in crate::engine) action_set: u32,
    pub(in crate::engine) principal_set: Option<u32>,
    /// In the order of the record.
    pub(in crate::engine) tests: Vec<Test<'a>>,
}

/// The body of a test.
#[derive(Clone, Copy)]
pub(in crate::engine) enum Test<'a> {
    /// `Resource` or `NotResource`.
    Resource(Cursor<'a>),
    /// One entry of `Condition`.
    Condition(Cursor<'a>),
}

/// The parts of a condition.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Condition<'a> {
    pub(in crate::engine) comparison: u8,
    pub(in crate::engine) flags: u8,
    pub(in crate::engine) key: u32,
    pub(in crate::engine) values: Cursor<'a>,
}

/// Hands every record of the lists' units to `take`, with its reference.
///
/// Statements share no bytes, so a layer has fewer tests than its artifact has bytes of records. A forged artifact, whose records
/// overlap, must not take longer.
pub(in crate::engine) fn each_record<'a>(
    view: View<'a>,
    lists: impl IntoIterator<Item = UnitList>,
    mut take: impl FnMut(u32, Record<'a>) -> Read<()>,
) -> Read<()> {
    let mut budget = view.size(Section::Records) as usize;
    for list in lists {
        for unit in list.units(view)? {
            for reference in unit_records(view, unit)? {
                let record = Record::read(view, reference)?;
                budget = budget.checked_sub(1 + record.tests.len()).ok_or(Damaged)?;
                take(reference, record)?;
            }
        }
    }
    Ok(())
}

/// The records of a unit.
pub(in crate::engine) fn unit_records(view: View<'_>, unit: u32) -> Read<impl Iterator<Item = u32>> {
    let unit_count = view.count(Section::UnitStatements);
    if unit >= unit_count {
        return Err(Damaged);
    }
    let mut bounds = view.cursor(Section::UnitStatements, unit * 4)?;
    let (first, end) = (bounds.u32()?, bounds.u32()?);
    let count = end.checked_sub(first).ok_or(Damaged)?;
    let references_at = unit_count.checked_add(1).and_then(|count| count.checked_add(first)).ok_or(Damaged)?;
    let mut references = view.cursor(Section::UnitStatements, references_at.checked_mul(4).ok_or(Damaged)?)?;
    let references = references.slice((count as usize).checked_mul(4).ok_or(Damaged)?)?;
    let (references, _) = references.as_chunks::<4>();
    Ok(references.iter().map(|reference| u32::from_le_bytes(*reference)))
}

impl<'a> Record<'a> {
    /// The record at a reference.
    pub(in crate::engine) fn read(view: View<'a>, reference: u32) -> Read<Record<'a>> {
        let header: &[u8; RECORD_HEADER_SIZE] = view.chunk(Section::Records, reference)?;
        let (id, action_set, counts) = (word(header, 0), word(header, 1), word(header, 2));
        let tests_at = reference.checked_add(RECORD_HEADER_SIZE as u32).ok_or(Damaged)?;
        let mut record = view.cursor(Section::Records, tests_at)?;
        let principal_set = if counts & 1 == 1 { Some(record.u32()?) } else { None };
        let tests = (0..counts >> 2).map(|_| Test::read(view, &mut record)).collect::<Read<_>>()?;
        let effect = if id & 1 == 1 { Effect::Allow } else { Effect::Deny };
        Ok(Record { statement: StatementId(id >> 1), effect, action_set, principal_set, tests })
    }
}

impl<'a> Test<'a> {
    fn read(view: View<'a>, record: &mut Cursor<'a>) -> Read<Test<'a>> {
        match record.u8()? {
            test::SHARED => Test::shared(view, record.u32()?),
            test::TABLE.. => {
                let _flags_and_key = record.slice(3)?;
                Test::shared(view, record.u32()?)
            }
            tag => Test::of(tag, record.part()?),
        }
    }

    fn shared(view: View<'a>, number: u32) -> Read<Test<'a>> {
        let entry: &[u8; SHARED_TEST_SIZE] = view.record(Section::Tests, number)?;
        let mut test = view.cursor(Section::Tests, word(entry, 0))?;
        let tag = test.u8()?;
        Test::of(tag, test.part()?)
    }

    fn of(tag: u8, body: Cursor<'a>) -> Read<Test<'a>> {
        match tag {
            test::RESOURCE | test::ONE_RESOURCE => Ok(Test::Resource(body)),
            test::CONDITION | test::ONE_TEXT | test::FEW_TEXTS | test::ONE_BOOL => Ok(Test::Condition(body)),
            _ => Err(Damaged),
        }
    }
}

impl<'a> Condition<'a> {
    /// The parts of a body; without a map, so that all values are gone through.
    pub(in crate::engine) fn read(mut body: Cursor<'a>) -> Read<Condition<'a>> {
        let (comparison, flags, key) = (body.u8()?, body.u8()?, body.varint()?);
        if flags & flag::HAS_MAP != 0 {
            body.bytes()?;
        }
        Ok(Condition { comparison, flags: flags & !flag::HAS_MAP, key, values: body })
    }

    /// The operator, given the number of the base operator that the policy has written.
    pub(super) fn operator(&self, written: Option<u8>) -> ConditionOperator {
        let written = written.and_then(|number| BaseOperator::ALL.get(usize::from(number))).copied();
        ConditionOperator {
            set: if self.flags & flag::FOR_ALL != 0 {
                Some(SetOperator::ForAllValues)
            } else if self.flags & flag::FOR_ANY != 0 {
                Some(SetOperator::ForAnyValue)
            } else {
                None
            },
            base: written.unwrap_or_else(|| self.usual_operator()),
            if_exists: self.flags & flag::IF_EXISTS != 0,
        }
    }

    /// An operator that means the same, where nobody knows which was written.
    fn usual_operator(&self) -> BaseOperator {
        use BaseOperator as Base;
        let ordered = |operators: [Base; 5]| {
            operators.get(usize::from(self.flags >> flag::ORDERING_SHIFT)).copied().unwrap_or(operators[0])
        };
        let negatable = |positive, negated| if self.flags & flag::NEGATED != 0 { negated } else { positive };
        match self.comparison {
            comparison::EQUALS => negatable(Base::StringEquals, Base::StringNotEquals),
            comparison::EQUALS_FOLDED | comparison::LIKE_FOLDED => {
                negatable(Base::StringEqualsIgnoreCase, Base::StringNotEqualsIgnoreCase)
            }
            comparison::ARN => negatable(Base::ArnLike, Base::ArnNotLike),
            comparison::NUMERIC => ordered([
                negatable(Base::NumericEquals, Base::NumericNotEquals),
                Base::NumericLessThan,
                Base::NumericLessThanEquals,
                Base::NumericGreaterThan,
                Base::NumericGreaterThanEquals,
            ]),
            comparison::DATE => ordered([
                negatable(Base::DateEquals, Base::DateNotEquals),
                Base::DateLessThan,
                Base::DateLessThanEquals,
                Base::DateGreaterThan,
                Base::DateGreaterThanEquals,
            ]),
            comparison::BOOL | comparison::BOOL_LIKE => Base::Bool,
            comparison::IP_ADDRESS => negatable(Base::IpAddress, Base::NotIpAddress),
            comparison::NULL => Base::Null,
            _ => negatable(Base::StringLike, Base::StringNotLike),
        }
    }
}
