//! What is defined, and where: nothing may be defined twice with different content, be it in one manifest, in two, or in a
//! manifest and a dump. The same definition again is no mistake.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use ibc::bundle::{AccountEntry, Boundary, Bundle, EndpointEntry, PolicyId, PolicyIds, PrincipalEntry, ResourceEntry};
use ibc::syntax::print_policy;

use super::Reader;

/// Where each entry of the bundle was defined first: file, line and column.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    principals: Names,
    accounts: Names,
    resources: Names,
    endpoints: Names,
}

/// The entries of one list of the bundle by name: index and place.
type Names = HashMap<String, (usize, String)>;

/// What is wrong if a thing is defined twice.
pub(super) fn conflict(what: &str, name: &str, place: &str, earlier: &str) -> String {
    format!("{place}: {what} `{name}` is defined here and, differently, at {earlier}; keep one of the two")
}

/// Registers a name, and adds the entry unless there is one already. Of an earlier entry: its index and place.
fn add<T>(names: &mut Names, list: &mut Vec<T>, name: &str, entry: T, place: &str) -> Option<(usize, String, T)> {
    match names.entry(name.to_owned()) {
        Entry::Occupied(earlier) => {
            let (index, earlier_place) = earlier.get();
            Some((*index, earlier_place.clone(), entry))
        }
        Entry::Vacant(vacant) => {
            vacant.insert((list.len(), place.to_owned()));
            list.push(entry);
            None
        }
    }
}

impl Reader {
    pub(super) fn add_principal(&mut self, entry: PrincipalEntry, place: String) {
        let bundle = &mut self.inputs.loaded.bundle;
        let arn = entry.arn.clone();
        let Some((index, earlier_place, entry)) =
            add(&mut self.definitions.principals, &mut bundle.principals, &arn, entry, &place)
        else {
            return;
        };
        if !is_same_principal(bundle, &bundle.principals[index], &entry) {
            return self.inputs.problems.push(conflict("principal", &arn, &place, &earlier_place));
        }
        // Only one of the two may know the unique id.
        let earlier = &mut bundle.principals[index];
        earlier.unique_id = earlier.unique_id.take().or(entry.unique_id);
    }

    pub(super) fn add_account(&mut self, entry: AccountEntry, place: String) {
        let bundle = &mut self.inputs.loaded.bundle;
        let id = entry.id.clone();
        let earlier = add(&mut self.definitions.accounts, &mut bundle.accounts, &id, entry, &place);
        if let Some((index, earlier_place, entry)) = earlier
            && !is_same_account(bundle, &bundle.accounts[index], &entry)
        {
            self.inputs.problems.push(conflict("account", &id, &place, &earlier_place));
        }
    }

    pub(super) fn add_resource(&mut self, entry: ResourceEntry, place: String) {
        let bundle = &mut self.inputs.loaded.bundle;
        let pattern = entry.pattern.clone();
        let earlier = add(&mut self.definitions.resources, &mut bundle.resources, &pattern, entry, &place);
        if let Some((index, earlier_place, entry)) = earlier
            && content(bundle, &[bundle.resources[index].policy]) != content(bundle, &[entry.policy])
        {
            self.inputs.problems.push(conflict("resource", &pattern, &place, &earlier_place));
        }
    }

    pub(super) fn add_endpoint(&mut self, entry: EndpointEntry, place: String) {
        let bundle = &mut self.inputs.loaded.bundle;
        let id = entry.id.clone();
        let earlier = add(&mut self.definitions.endpoints, &mut bundle.endpoints, &id, entry, &place);
        if let Some((index, earlier_place, entry)) = earlier
            && content(bundle, &bundle.endpoints[index].policies) != content(bundle, &entry.policies)
        {
            self.inputs.problems.push(conflict("endpoint", &id, &place, &earlier_place));
        }
    }
}

fn is_same_principal(bundle: &Bundle, one: &PrincipalEntry, other: &PrincipalEntry) -> bool {
    let boundary = |entry: &PrincipalEntry| {
        entry.attachment.boundary.map(|boundary| match boundary {
            Boundary::Policy(policy) => content(bundle, &[policy]),
            Boundary::Unresolved => BTreeSet::new(),
        })
    };
    let tags = |entry: &PrincipalEntry| entry.tags.iter().cloned().collect::<BTreeSet<_>>();
    let has_other_id = one.unique_id.is_some() && other.unique_id.is_some() && one.unique_id != other.unique_id;
    !has_other_id
        && tags(one) == tags(other)
        && boundary(one) == boundary(other)
        && content(bundle, &one.attachment.identity) == content(bundle, &other.attachment.identity)
}

fn is_same_account(bundle: &Bundle, one: &AccountEntry, other: &AccountEntry) -> bool {
    let levels = |levels: &[PolicyIds]| levels.iter().map(|level| content(bundle, level)).collect::<Vec<_>>();
    one.management == other.management
        && levels(&one.guardrails.scp) == levels(&other.guardrails.scp)
        && levels(&one.guardrails.rcp) == levels(&other.guardrails.rcp)
}

/// What a set of policies says, wherever it is written.
fn content(bundle: &Bundle, policies: &[PolicyId]) -> BTreeSet<String> {
    policies.iter().map(|&policy| print_policy(bundle.policy(policy))).collect()
}
