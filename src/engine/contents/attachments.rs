//! What the units of an artifact are attached to.

use std::collections::BTreeMap;

use super::Budget;
use crate::artifact::{Read, View};
use crate::engine::directory::UnitList;
use crate::iam::Layer;

/// What some units are attached to, in one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// The layer that asks the units.
    pub layer: Layer,
    /// The first principal, account, endpoint or resource that they are attached to; of a [selection](super::Selection) by
    /// principal, that one. `None`: every principal, or every account that is not listed.
    pub first: Option<&'a str>,
    /// How many there are, 1 where `first` is `None`. An account counts once for each level of its guard rails.
    pub count: u32,
}

/// Attachments of lists of units.
#[derive(Debug, Default)]
pub(super) struct Attachments<'a> {
    /// Who comes before all others.
    preferred: Option<&'a str>,
    lists: BTreeMap<UnitList, Vec<Attachment<'a>>>,
}

impl<'a> Attachments<'a> {
    /// Without attachments yet; `preferred` comes before all others.
    pub(super) fn preferring(preferred: Option<&'a str>) -> Attachments<'a> {
        Attachments { preferred, lists: BTreeMap::new() }
    }

    /// Attaches a list to what has this name; to everyone, if it is `None`.
    pub(super) fn add(&mut self, list: UnitList, layer: Layer, first: Option<&'a str>) {
        merge(self.lists.entry(list).or_default(), Attachment { layer, first, count: 1 }, self.preferred);
    }

    /// The attachments of every unit that is in some list.
    pub(super) fn of_units(&self, view: View<'_>, budget: &mut Budget) -> Read<BTreeMap<u32, Vec<Attachment<'a>>>> {
        let mut units: BTreeMap<u32, Vec<Attachment<'a>>> = BTreeMap::new();
        for (list, attachments) in &self.lists {
            for unit in list.units(view)? {
                budget.charge(4)?;
                let own = units.entry(unit).or_default();
                attachments.iter().for_each(|&attachment| merge(own, attachment, self.preferred));
            }
        }
        Ok(units)
    }
}

/// Adds an attachment to those of the same kind: there are few kinds.
pub(super) fn merge<'a>(attachments: &mut Vec<Attachment<'a>>, new: Attachment<'a>, preferred: Option<&str>) {
    let same = attachments.iter_mut().find(|own| own.layer == new.layer && own.first.is_none() == new.first.is_none());
    match same {
        Some(own) if new.first.is_some() => {
            own.first = [own.first, new.first].into_iter().min_by_key(|first| (*first != preferred, *first)).flatten();
            own.count = own.count.saturating_add(new.count);
        }
        Some(_) => {}
        None => attachments.push(new),
    }
}
