//! What is inside an artifact: who has policies, how many statements there are, what they name.
//!
//! [`Engine::contents`] counts and lists everything; [`Engine::statements_behind`] lists the statements behind an action, a context
//! key, or a principal; [`Engine::largest_indexes`] says what the statements of large units are filed under. All are for people: they
//! allocate, and look at all of the artifact.
//!
//! One worked example. Two roles have one policy of five statements: [`Contents::principals`] has two entries with five statements
//! each, [`Contents::units`] counts one unit that both share, and `statements_behind` says of each statement
//! that it is attached to two principals, the first by name.

mod attachments;
mod budget;
mod directory;
mod indexes;
mod selection;
mod statements;

pub use attachments::Attachment;
pub(in crate::engine) use budget::Budget;
pub use indexes::{AccessKeyContents, BlockContents, IndexContents, ListContents};
pub use selection::{FoundStatement, Selection};

use std::collections::{BTreeMap, HashMap, HashSet};

use super::explain::names;
use super::plan::UnitForm;
use super::{Engine, StatementId};
use crate::artifact::unit_code::UNIT_SIZE;
use crate::artifact::{Damaged, Read, Section, View, word};
use crate::iam::Effect;
use directory::{Holders, read_holders};
use statements::Names;

/// What is inside an artifact. Lists are sorted by name, uses by their number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Contents<'a> {
    /// Principals that are attached to policies or have tags.
    pub principals: Vec<PrincipalContents<'a>>,
    /// Statements of identity-based policies that every principal has; `None` if there is no such policy.
    pub everyone_statement_count: Option<u64>,
    /// Whether principals without a boundary of their own have one.
    pub everyone_has_boundary: bool,
    /// Accounts that the bundle lists.
    pub accounts: Vec<AccountContents<'a>>,
    /// ARNs of resources that have a policy.
    pub exact_resources: Vec<&'a str>,
    /// Patterns of ARNs of resources that have a policy.
    pub resource_patterns: Vec<&'a str>,
    /// VPC endpoints that have a policy.
    pub endpoints: Vec<&'a str>,
    /// How the statements are kept together.
    pub units: UnitCounts,
    /// Number of statements.
    pub statement_count: u32,
    /// Number of those that deny.
    pub deny_count: u32,
    /// How many statements ask for each context key, by conditions or policy variables.
    pub keys: Vec<Use<'a>>,
    /// How many statements name each service in `Action` or `NotAction`; `*` stands for an element that names all.
    pub services: Vec<Use<'a>>,
}

/// A principal of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrincipalContents<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// Its unique id, if it is known.
    pub unique_id: Option<&'a str>,
    /// Statements of its identity-based policies, without those that everyone has.
    pub statement_count: u64,
    /// Whether it has a permissions boundary of its own.
    pub has_boundary: bool,
    /// Its tags, as folded context keys (`aws:principaltag/team`) and values.
    pub tags: Vec<(&'a str, &'a str)>,
}

/// An account of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountContents<'a> {
    /// Its number.
    pub id: &'a str,
    /// Whether it is the management account of its organisation.
    pub is_management: bool,
    /// Levels of service control policies.
    pub scp_level_count: u32,
    /// Levels of resource control policies.
    pub rcp_level_count: u32,
}

/// Units: statements that are attached together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UnitCounts {
    /// Number of units.
    pub count: u32,
    /// How many have each form, in the order of [`UnitForm::ALL`].
    pub by_form: [u32; UnitForm::ALL.len()],
    /// Statements of all units.
    pub statement_count: u64,
    /// Units with more than one attachment.
    pub shared_count: u32,
    /// Units with one attachment.
    pub own_count: u32,
}

/// How many statements use something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Use<'a> {
    /// A context key as policies spell it, or the prefix of a service.
    pub name: &'a str,
    /// Statements that use it.
    pub statement_count: u32,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// Lists what is inside the artifact. `None` if it is damaged.
    ///
    /// Looks at every statement once.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn contents(&self) -> Option<Contents<'_>> {
        self.read_contents().ok()
    }

    /// Lists the statements behind an action, a context key, a principal, in the order of their ids. `None` if the artifact is
    /// damaged.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn statements_behind(&self, selection: &Selection<'_>) -> Option<Vec<FoundStatement<'_>>> {
        selection::find(self.view(), self.tables().ok()?.directory, selection).ok()
    }

    fn read_contents(&self) -> Read<Contents<'_>> {
        let view = self.view();
        let Holders { mut contents, attachments } = read_holders(view, self.tables()?.directory, None)?;
        let mut budget = Budget::new(view.size(Section::Directory) as usize);
        let attachments = attachments.of_units(view, &mut budget)?;
        for unit in 0..view.count(Section::Units) {
            let record: &[u8; UNIT_SIZE] = view.record(Section::Units, unit)?;
            let form = UnitForm::from_code(word(record, 1)).ok_or(Damaged)?;
            let units = &mut contents.units;
            units.count += 1;
            units.by_form[form as usize] += 1;
            units.statement_count += u64::from(word(record, 2));
            let attached = attachments.get(&unit).map_or(0, |own| own.iter().map(|own| u64::from(own.count)).sum());
            match attached {
                0 => {}
                1 => units.own_count += 1,
                _ => units.shared_count += 1,
            }
        }
        count_statements(view, &mut contents)?;
        Ok(contents)
    }
}

fn count_statements<'a>(view: View<'a>, contents: &mut Contents<'a>) -> Read<()> {
    let mut seen = HashSet::new();
    let mut names = Names::new(view);
    let mut keys: BTreeMap<u32, u32> = BTreeMap::new();
    let mut services: HashMap<&str, u32> = HashMap::new();
    statements::each_record(view, 0..view.count(Section::UnitStatements), |_, record| {
        if !seen.insert(record.statement) {
            return Ok(());
        }
        contents.statement_count += 1;
        contents.deny_count += u32::from(record.effect == Effect::Deny);
        names.keys(&record)?.into_iter().for_each(|key| *keys.entry(key).or_default() += 1);
        names.services(record.action_set)?.iter().for_each(|service| *services.entry(service).or_default() += 1);
        Ok(())
    })?;
    contents.services = sorted_uses(services.into_iter());
    let keys = keys.into_iter().map(|(key, count)| Ok((names::key(view, key)?, count))).collect::<Read<Vec<_>>>()?;
    contents.keys = sorted_uses(keys.into_iter());
    Ok(())
}

/// The most used first.
fn sorted_uses<'a>(uses: impl Iterator<Item = (&'a str, u32)>) -> Vec<Use<'a>> {
    let mut uses: Vec<Use<'a>> = uses.map(|(name, statement_count)| Use { name, statement_count }).collect();
    uses.sort_unstable_by(|a, b| b.statement_count.cmp(&a.statement_count).then(a.name.cmp(b.name)));
    uses
}
