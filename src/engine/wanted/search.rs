//! Which open keys the decision depends on.
//!
//! A *world* gives every open key an abstract value, and every free test an answer. A key matters if two worlds that differ in
//! nothing else are decided differently. What a world's decision is says [`Layers::decide_by`], as for any request.

use std::collections::{BTreeSet, HashMap};

use super::collect::{Atom, AtomKind, Residual, Slot};
use super::domain::Domain;
use crate::artifact::Read;
use crate::engine::Evaluation;
use crate::engine::directory::UnitList;
use crate::engine::layers::{Ask, Layers};
use crate::engine::principal::Grant;
use crate::engine::unit::Findings;
use crate::iam::{Decision, Effect, Layer};

/// Most worlds that are tried one by one.
const MAX_WORLDS: usize = 1 << 13;

/// What is left of all layers, with the domains of the open keys.
pub(super) struct Problem<'p, 'a> {
    pub(super) slots: Vec<Slot>,
    pub(super) atoms: &'p [Atom<'a>],
    /// By key.
    pub(super) domains: Vec<Domain>,
}

/// What a slot says in one world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum SlotState {
    Allows(Grant),
    Denies,
}

impl Problem<'_, '_> {
    /// The keys that matter.
    pub(super) fn keys_that_matter(mut self, layers: &mut Layers<'_, '_, '_>) -> Read<BTreeSet<usize>> {
        if self.slots.iter().any(|slot| slot.is_denied) {
            return Ok(BTreeSet::new());
        }
        self.simplify();
        if self.slots.iter().any(|slot| slot.is_denied) {
            return Ok(BTreeSet::new());
        }
        let mut decisions = Decisions::default();
        self.drop_idle_allows(layers, &mut decisions)?;
        match Worlds::of(&self) {
            Some(worlds) => worlds.keys_that_matter(&self, layers, &mut decisions),
            None => Ok(self.mentioned_keys()),
        }
    }

    /// Drops tests that always hold, statements that never apply, and Allows that are weaker than one that always applies.
    fn simplify(&mut self) {
        for slot in &mut self.slots {
            for mut statement in std::mem::take(&mut slot.statements) {
                if simplify(&mut statement, self.atoms, &self.domains) {
                    slot.add(statement);
                }
            }
            let granted = slot.granted;
            slot.statements.retain(|statement| statement.effect == Effect::Deny || statement.grant > granted);
        }
    }

    /// Drops the Allows of slots that cannot change the decision, whatever the other slots say.
    fn drop_idle_allows(&mut self, layers: &mut Layers<'_, '_, '_>, decisions: &mut Decisions) -> Read<()> {
        let states: Vec<Vec<SlotState>> = self.slots.iter().map(Slot::allowing_states).collect();
        let sizes: Vec<usize> = states.iter().map(Vec::len).collect();
        let Some(table) = Table::new(sizes) else { return Ok(()) };
        let mut outcomes = Vec::with_capacity(table.len);
        for world in 0..table.len {
            let chosen = states.iter().enumerate().map(|(slot, states)| states[table.digit(world, slot)]);
            outcomes.push(decisions.of(layers, chosen.collect())?);
        }
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if !table.matters(&outcomes, index) {
                slot.statements.retain(|statement| statement.effect == Effect::Deny);
            }
        }
        Ok(())
    }

    fn open_atoms(&self) -> BTreeSet<usize> {
        let statements = self.slots.iter().flat_map(|slot| &slot.statements);
        statements.flat_map(|statement| statement.atoms.iter().copied()).collect()
    }

    fn mentioned_keys(&self) -> BTreeSet<usize> {
        self.open_atoms().iter().flat_map(|&atom| self.atoms[atom].keys.iter().copied()).collect()
    }
}

/// Drops tests that hold for every value of their key. False if for some key no value makes all of its tests hold.
fn simplify(statement: &mut Residual, atoms: &[Atom<'_>], domains: &[Domain]) -> bool {
    let keys = statement.atoms.iter().filter_map(|&atom| match atoms[atom].kind {
        AtomKind::OneKey(key, _) => Some(key),
        AtomKind::Free => None,
    });
    for domain in keys.collect::<BTreeSet<usize>>().into_iter().map(|key| &domains[key]) {
        let Some(values) = &domain.values else { continue };
        let own = domain.atoms.iter().enumerate().filter(|(_, atom)| statement.atoms.contains(atom));
        let mask: u64 = own.map(|(bit, _)| 1 << bit).sum();
        if mask != 0 && values.iter().all(|value| value & mask != mask) {
            return false;
        }
        let always = values.iter().fold(u64::MAX, |all, value| all & value);
        statement.atoms.retain(|atom| domain.atoms.iter().position(|own| own == atom).is_none_or(|bit| always >> bit & 1 == 0));
    }
    true
}

impl Slot {
    /// The states that the slot can be in while nothing denies.
    fn allowing_states(&self) -> Vec<SlotState> {
        let allows = self.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        let mut grants: Vec<Grant> = allows.map(|statement| statement.grant).chain([self.granted]).collect();
        grants.sort_unstable();
        grants.dedup();
        grants.into_iter().map(SlotState::Allows).collect()
    }

    /// The state of the slot, given which tests hold.
    fn state(&self, holds: impl Fn(usize) -> bool) -> SlotState {
        let mut granted = self.granted;
        for statement in &self.statements {
            if statement.atoms.iter().all(|&atom| holds(atom)) {
                match statement.effect {
                    Effect::Deny => return SlotState::Denies,
                    Effect::Allow => granted = granted.max(statement.grant),
                }
            }
        }
        SlotState::Allows(granted)
    }
}

/// Numbers the combinations of some choices: mixed radix, the first choice varies fastest.
struct Table {
    sizes: Vec<usize>,
    strides: Vec<usize>,
    len: usize,
}

impl Table {
    /// `None` if there are too many combinations.
    fn new(sizes: Vec<usize>) -> Option<Table> {
        let mut len = 1_usize;
        let mut strides = Vec::with_capacity(sizes.len());
        for &size in &sizes {
            strides.push(len);
            len = len.checked_mul(size).filter(|&len| len <= MAX_WORLDS)?;
        }
        Some(Table { sizes, strides, len })
    }

    fn digit(&self, combination: usize, choice: usize) -> usize {
        combination / self.strides[choice] % self.sizes[choice]
    }

    /// Whether two combinations that differ in this choice alone have different outcomes.
    fn matters(&self, outcomes: &[Decision], choice: usize) -> bool {
        let stride = self.strides[choice];
        (0..self.len).any(|world| {
            let digit = self.digit(world, choice);
            digit > 0 && outcomes[world] != outcomes[world - digit * stride]
        })
    }
}

/// What is chosen in a world.
#[derive(Debug, Clone, Copy)]
enum Choice {
    /// The abstract value of a key.
    Value(usize),
    /// Whether a free test holds.
    Answer(usize),
}

/// All worlds.
struct Worlds {
    choices: Vec<Choice>,
    table: Table,
    /// Of each open test: which choice decides it, and by which bit.
    place_of: HashMap<usize, (usize, usize)>,
}

impl Worlds {
    /// `None` if there are too many.
    fn of(problem: &Problem<'_, '_>) -> Option<Worlds> {
        let (mut choices, mut sizes, mut place_of) = (Vec::new(), Vec::new(), HashMap::new());
        let open = problem.open_atoms();
        for (key, domain) in problem.domains.iter().enumerate() {
            let own: Vec<(usize, usize)> =
                domain.atoms.iter().copied().enumerate().filter(|(_, atom)| open.contains(atom)).collect();
            if !own.is_empty() {
                place_of.extend(own.into_iter().map(|(bit, atom)| (atom, (choices.len(), bit))));
                choices.push(Choice::Value(key));
                sizes.push(domain.values.as_ref()?.len());
            }
        }
        for &atom in open.iter().filter(|&&atom| matches!(problem.atoms[atom].kind, AtomKind::Free)) {
            place_of.insert(atom, (choices.len(), 0));
            choices.push(Choice::Answer(atom));
            sizes.push(2);
        }
        Some(Worlds { choices, table: Table::new(sizes)?, place_of })
    }

    fn keys_that_matter(
        &self,
        problem: &Problem<'_, '_>,
        layers: &mut Layers<'_, '_, '_>,
        decisions: &mut Decisions,
    ) -> Read<BTreeSet<usize>> {
        let mut outcomes = Vec::with_capacity(self.table.len);
        for world in 0..self.table.len {
            let bits: Vec<u64> = (0..self.choices.len()).map(|choice| self.bits(problem, world, choice)).collect();
            let holds =
                |atom| self.place_of.get(&atom).is_some_and(|&(choice, bit): &(usize, usize)| bits[choice] >> bit & 1 == 1);
            outcomes.push(decisions.of(layers, problem.slots.iter().map(|slot| slot.state(holds)).collect())?);
        }
        let mut keys = BTreeSet::new();
        for (index, choice) in self.choices.iter().enumerate() {
            if self.table.matters(&outcomes, index) {
                match choice {
                    Choice::Value(key) => keys.extend([*key]),
                    Choice::Answer(atom) => keys.extend(problem.atoms[*atom].keys.iter().copied()),
                }
            }
        }
        Ok(keys)
    }

    /// Which tests a choice makes hold in a world.
    fn bits(&self, problem: &Problem<'_, '_>, world: usize, choice: usize) -> u64 {
        let digit = self.table.digit(world, choice);
        match self.choices[choice] {
            Choice::Value(key) => problem.domains[key].values.as_ref().map_or(0, |values| values[digit]),
            Choice::Answer(_) => digit as u64,
        }
    }
}

/// Decisions by what the slots say, each made once.
#[derive(Default)]
struct Decisions(HashMap<Vec<SlotState>, Decision>);

impl Decisions {
    fn of(&mut self, layers: &mut Layers<'_, '_, '_>, states: Vec<SlotState>) -> Read<Decision> {
        if let Some(&decision) = self.0.get(&states) {
            return Ok(decision);
        }
        let decision = layers.decide_by(&mut Replay { states: &states, next: 0 })?.decision;
        self.0.insert(states, decision);
        Ok(decision)
    }
}

/// Says for each slot what it says in one world; slots are asked in the order in which they were collected.
struct Replay<'s> {
    states: &'s [SlotState],
    next: usize,
}

impl<'a> Ask<'a> for Replay<'_> {
    const ENDS_AT_DENY: bool = false;

    fn ask(
        &mut self,
        _evaluation: &mut Evaluation<'a, '_>,
        _layer: Layer,
        _lists: impl IntoIterator<Item = UnitList>,
    ) -> Read<Findings> {
        let state = self.states.get(self.next);
        self.next += 1;
        // Which statement it is does not matter.
        Ok(match state {
            Some(SlotState::Denies) => Findings { deny: Some(0), ..Findings::default() },
            Some(SlotState::Allows(grant)) if *grant != Grant::None => {
                Findings { grant: *grant, allow: Some(0), ..Findings::default() }
            }
            _ => Findings::default(),
        })
    }
}
