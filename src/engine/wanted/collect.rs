//! What is left of the policies once everything is evaluated that the request settles: statements over open tests.

use std::collections::HashMap;

use crate::artifact::pattern_code::comparison;
use crate::artifact::{Cursor, Damaged, Read};
use crate::engine::Evaluation;
use crate::engine::condition::quantified;
use crate::engine::directory::UnitList;
use crate::engine::explain::decode::{Condition, Record, Test, each_record};
use crate::engine::explain::{element, names, pattern_text};
use crate::engine::glob_match::matches_glob;
use crate::engine::layers::Ask;
use crate::engine::long_list::List;
use crate::engine::principal::Grant;
use crate::engine::unit::Findings;
use crate::iam::{Effect, Layer};

/// Which artifact a test is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    Base,
    Session,
    Endpoint,
}

/// What is left of one layer, or of one level of a guard rail.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Whether some Deny applies whatever the open keys are.
    pub(super) is_denied: bool,
    /// The strongest Allow that applies whatever the open keys are.
    pub(super) granted: Grant,
    pub(super) statements: Vec<Residual>,
}

/// A statement that applies if its open tests hold.
#[derive(Debug)]
pub(super) struct Residual {
    pub(super) effect: Effect,
    pub(super) grant: Grant,
    /// Indexes of atoms; all must hold.
    pub(super) atoms: Vec<usize>,
}

/// An open test.
pub(super) struct Atom<'a> {
    pub(super) holder: Holder,
    /// The open keys that it looks at.
    pub(super) keys: Vec<usize>,
    pub(super) kind: AtomKind<'a>,
}

pub(super) enum AtomKind<'a> {
    /// Whether this open key is present, or what its values are.
    OneKey(usize, Condition<'a>),
    /// It looks at several keys, at variables, or at the resource through variables: may hold or not, whatever else is true.
    Free,
}

/// An open key.
pub(super) struct OpenKey {
    /// As a policy spells it.
    pub(super) name: String,
}

/// Collects what is left of each layer.
pub(super) struct Collector<'a> {
    has_endpoint_overlay: bool,
    pub(super) slots: Vec<Slot>,
    pub(super) atoms: Vec<Atom<'a>>,
    pub(super) keys: Vec<OpenKey>,
    /// Equal tests are one atom.
    atom_of: HashMap<(Holder, bool, &'a [u8]), usize>,
    /// By folded name: the artifacts number their keys each in its own way.
    key_of: HashMap<&'a [u8], usize>,
}

/// What the request makes of a test.
enum Settled {
    Known(bool),
    Open(usize),
}

impl<'a> Collector<'a> {
    pub(super) fn new(has_endpoint_overlay: bool) -> Collector<'a> {
        Collector {
            has_endpoint_overlay,
            slots: Vec::new(),
            atoms: Vec::new(),
            keys: Vec::new(),
            atom_of: HashMap::new(),
            key_of: HashMap::new(),
        }
    }

    fn holder(&self, layer: Layer) -> Holder {
        match layer {
            Layer::Session => Holder::Session,
            Layer::Endpoint if self.has_endpoint_overlay => Holder::Endpoint,
            _ => Holder::Base,
        }
    }

    fn add(&mut self, evaluation: &mut Evaluation<'a, '_>, holder: Holder, record: &Record<'a>, slot: &mut Slot) -> Read<()> {
        if !evaluation.action_matches(record.action_set)? {
            return Ok(());
        }
        let grant = match record.principal_set {
            Some(set) => evaluation.principal_grant(set, record.effect)?,
            None => Grant::Direct,
        };
        if grant == Grant::None {
            return Ok(());
        }
        let mut atoms = Vec::new();
        for test in &record.tests {
            match self.settle(evaluation, holder, *test)? {
                Settled::Known(true) => {}
                Settled::Known(false) => return Ok(()),
                Settled::Open(atom) => atoms.push(atom),
            }
        }
        slot.add(Residual { effect: record.effect, grant, atoms });
        Ok(())
    }

    fn settle(&mut self, evaluation: &mut Evaluation<'a, '_>, holder: Holder, test: Test<'a>) -> Read<Settled> {
        let keys = element::keys(test)?;
        let mut open = Vec::new();
        for &key in &keys {
            if !evaluation.is_settled(key)? {
                open.push(self.key(evaluation, key)?);
            }
        }
        let is_one_key = open.len() == 1;
        open.sort_unstable();
        open.dedup();
        match test {
            Test::Resource(body) if open.is_empty() => evaluation.resource_set_matches(body).map(Settled::Known),
            Test::Condition(body) if open.is_empty() => evaluation.condition_holds(body).map(Settled::Known),
            Test::Resource(body) => self.settle_resource(evaluation, holder, body, open),
            Test::Condition(body) => self.settle_condition(evaluation, holder, body, open, is_one_key),
        }
    }

    fn settle_condition(
        &mut self,
        evaluation: &mut Evaluation<'a, '_>,
        holder: Holder,
        body: Cursor<'a>,
        keys: Vec<usize>,
        is_one_key: bool,
    ) -> Read<Settled> {
        let condition = Condition::read(body)?;
        if !evaluation.is_settled(condition.key)? {
            // With one open key, mentioned once, the condition's variables are settled.
            let kind = if is_one_key { AtomKind::OneKey(keys[0], condition) } else { AtomKind::Free };
            return Ok(Settled::Open(self.atom(holder, false, body.rest(), keys, kind)));
        }
        // Only variables are open. A condition is monotonic in what its values match, so the least and the most will do.
        let value = evaluation.value(condition.key)?;
        let least = quantified(condition.flags, value, |text| matches(evaluation, &condition, text).map(|range| range.0))?;
        let most = quantified(condition.flags, value, |text| matches(evaluation, &condition, text).map(|range| range.1))?;
        if least == most {
            return Ok(Settled::Known(least));
        }
        Ok(Settled::Open(self.atom(holder, false, body.rest(), keys, AtomKind::Free)))
    }

    fn settle_resource(
        &mut self,
        evaluation: &mut Evaluation<'a, '_>,
        holder: Holder,
        body: Cursor<'a>,
        keys: Vec<usize>,
    ) -> Read<Settled> {
        let List { is_negated: negated, entries: mut patterns, .. } = List::read(body)?;
        let mut may_match = false;
        while !patterns.is_empty() {
            let pattern = patterns.part()?;
            let mut is_open = false;
            for key in pattern_text::variables(pattern)? {
                is_open |= !evaluation.is_settled(key)?;
            }
            if is_open {
                let widest = pattern_text::widest_glob(evaluation.view, pattern)?;
                may_match |= matches_glob(&widest, evaluation.request.resource.as_bytes());
            } else if evaluation.resource_matches(pattern)? {
                return Ok(Settled::Known(!negated));
            }
        }
        Ok(match may_match {
            true => Settled::Open(self.atom(holder, true, body.rest(), keys, AtomKind::Free)),
            false => Settled::Known(negated),
        })
    }

    fn atom(&mut self, holder: Holder, is_resource: bool, body: &'a [u8], keys: Vec<usize>, kind: AtomKind<'a>) -> usize {
        *self.atom_of.entry((holder, is_resource, body)).or_insert_with(|| {
            self.atoms.push(Atom { holder, keys, kind });
            self.atoms.len() - 1
        })
    }

    fn key(&mut self, evaluation: &Evaluation<'a, '_>, key: u32) -> Read<usize> {
        let folded = names::folded_key(evaluation.view, key)?;
        if let Some(&index) = self.key_of.get(folded) {
            return Ok(index);
        }
        self.keys.push(OpenKey { name: names::key(evaluation.view, key)?.to_owned() });
        self.key_of.insert(folded, self.keys.len() - 1);
        Ok(self.keys.len() - 1)
    }
}

/// Whether a text matches a condition's patterns whatever their open variables are, and whether it can match them.
fn matches<'a>(evaluation: &mut Evaluation<'a, '_>, condition: &Condition<'a>, text: &str) -> Read<(bool, bool)> {
    let mut patterns = condition.values;
    let mut can_match = false;
    while !patterns.is_empty() {
        let (first, pattern) = (patterns, patterns.part()?);
        let mut is_open = false;
        for key in pattern_text::variables(pattern)? {
            is_open |= !evaluation.is_settled(key)?;
        }
        if is_open {
            can_match |= condition.comparison != comparison::LIKE
                || matches_glob(&pattern_text::widest_glob(evaluation.view, pattern)?, text.as_bytes());
            continue;
        }
        // The list up to the next pattern is a list of this one.
        let size = first.rest().len() - patterns.rest().len();
        let alone = Cursor::new(first.rest().get(..size).ok_or(Damaged)?);
        if evaluation.matches_one(condition.comparison, condition.flags, alone, text)? {
            return Ok((true, true));
        }
    }
    Ok((false, can_match))
}

impl Slot {
    /// Adds a statement; one without open tests is settled.
    pub(super) fn add(&mut self, statement: Residual) {
        match statement.effect {
            _ if !statement.atoms.is_empty() => self.statements.push(statement),
            Effect::Deny => self.is_denied = true,
            Effect::Allow => self.granted = self.granted.max(statement.grant),
        }
    }
}

impl<'a> Ask<'a> for Collector<'a> {
    const ENDS_AT_DENY: bool = false;

    /// Says nothing: every layer is to be asked.
    fn ask(
        &mut self,
        evaluation: &mut Evaluation<'a, '_>,
        layer: Layer,
        lists: impl IntoIterator<Item = UnitList>,
    ) -> Read<Findings> {
        let holder = self.holder(layer);
        let mut slot = Slot::default();
        each_record(evaluation.view, lists, |_, record| self.add(evaluation, holder, &record, &mut slot))?;
        self.slots.push(slot);
        Ok(Findings::default())
    }
}
