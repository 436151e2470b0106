//! Which statements form a unit.
//!
//! Policies that are attached to exactly the same places are always asked together, so they form one unit with one index; a
//! policy shared by thousands of roles is stored once. Size is proportional to the distinct policies, not to attachments.

use indexmap::IndexMap;
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

use crate::bundle::{Attachment, Boundary, Bundle, Guardrails as BundleGuardrails, PolicyId};
use crate::iam::ConditionKey;
use crate::iam::fold::fold;
use crate::ir::{Account, Directory, Guardrails, Principal, Resource, UnitId, UnitIds};

/// The policies of each unit, and the unit of each policy.
pub(super) struct Partition {
    pub(super) members: Vec<Vec<PolicyId>>,
    unit_of: Vec<Option<UnitId>>,
}

impl Partition {
    fn units(&self, policies: &[PolicyId]) -> UnitIds {
        let mut units: UnitIds = policies.iter().filter_map(|policy| self.unit_of[policy.0 as usize]).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    fn attachment(&self, attachment: &Attachment) -> (UnitIds, Option<UnitIds>) {
        let boundary = attachment.boundary.map(|boundary| match boundary {
            Boundary::Policy(policy) => self.units(&[policy]),
            Boundary::Unresolved => Vec::new(),
        });
        (self.units(&attachment.identity), boundary)
    }

    fn guardrails(&self, guardrails: &BundleGuardrails) -> Guardrails {
        let levels = |levels: &[Vec<PolicyId>]| levels.iter().map(|level| self.units(level)).collect();
        Guardrails { scp: levels(&guardrails.scp), rcp: levels(&guardrails.rcp) }
    }
}

/// Groups the policies of a bundle by the places they are attached to.
pub(super) fn partition(bundle: &Bundle) -> Partition {
    let mut places: Vec<Vec<u32>> = vec![Vec::new(); bundle.policies.len()];
    let mut place = 0;
    let mut attach = |policies: &[PolicyId]| {
        for policy in policies {
            places[policy.0 as usize].push(place);
        }
        place += 1;
    };
    for attachment in std::iter::once(&bundle.everyone).chain(bundle.principals.iter().map(|entry| &entry.attachment)) {
        attach(&attachment.identity);
        if let Some(Boundary::Policy(policy)) = attachment.boundary {
            attach(&[policy]);
        }
    }
    for guardrails in std::iter::once(&bundle.any_account).chain(bundle.accounts.iter().map(|entry| &entry.guardrails)) {
        guardrails.scp.iter().chain(&guardrails.rcp).for_each(|level| attach(level));
    }
    bundle.resources.iter().for_each(|entry| attach(&[entry.policy]));
    bundle.endpoints.iter().for_each(|entry| attach(&entry.policies));

    let mut groups: IndexMap<Vec<u32>, Vec<PolicyId>, Xxh3DefaultBuilder> = IndexMap::default();
    for (index, mut places) in places.into_iter().enumerate() {
        places.dedup();
        if !places.is_empty() {
            groups.entry(places).or_default().push(PolicyId(index as u32));
        }
    }
    let members: Vec<Vec<PolicyId>> = groups.into_values().collect();
    let mut unit_of = vec![None; bundle.policies.len()];
    for (unit, policies) in members.iter().enumerate() {
        for policy in policies {
            unit_of[policy.0 as usize] = Some(UnitId::from_index(unit));
        }
    }
    Partition { members, unit_of }
}

/// Says which units each layer of each principal, account, resource and endpoint consists of.
pub(super) fn directory(bundle: &Bundle, partition: &Partition) -> Directory {
    let (everyone, everyone_boundary) = partition.attachment(&bundle.everyone);
    let principals = bundle.principals.iter().map(|entry| {
        let (identity, boundary) = partition.attachment(&entry.attachment);
        let tag = |(key, value): &(String, String)| (fold(&format!("{}{key}", ConditionKey::PRINCIPAL_TAG)), value.clone());
        let tags = entry.tags.iter().map(tag).collect();
        Principal { arn: entry.arn.clone(), unique_id: entry.unique_id.clone(), identity, boundary, tags }
    });
    let mut directory = Directory { everyone, everyone_boundary, principals: principals.collect(), ..Directory::default() };
    directory.any_account = partition.guardrails(&bundle.any_account);
    directory.accounts = bundle
        .accounts
        .iter()
        .map(|entry| Account {
            id: entry.id.clone(),
            management: entry.management,
            guardrails: partition.guardrails(&entry.guardrails),
        })
        .collect();
    directory.resources = bundle
        .resources
        .iter()
        .map(|entry| Resource { pattern: entry.pattern.clone(), units: partition.units(&[entry.policy]) })
        .collect();
    // A stable sort: the earliest entry wins among equals.
    directory.resources.sort_by_key(|resource| {
        let literal = resource.pattern.find(['*', '?']).unwrap_or(resource.pattern.len());
        std::cmp::Reverse((literal, resource.pattern.len()))
    });
    directory.endpoints = bundle.endpoints.iter().map(|entry| (entry.id.clone(), partition.units(&entry.policies))).collect();
    directory
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::PrincipalEntry;
    use crate::iam::PolicyKind;
    use crate::source::SourceMap;
    use crate::syntax::parse_policy;

    /// A bundle of so many policies, and principals with these.
    fn bundle(policy_count: u32, attached: impl IntoIterator<Item = Vec<u32>>) -> Bundle {
        let mut sources = SourceMap::new();
        let source = sources.add("test", r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
        let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.unwrap();
        let mut bundle = Bundle::default();
        for index in 0..policy_count {
            bundle.add_policy(index.to_string(), policy.clone());
        }
        for (index, policies) in attached.into_iter().enumerate() {
            let attachment = Attachment { identity: ids(&policies), boundary: None };
            let arn = format!("arn:aws:iam::1111:user/u{index}");
            bundle.principals.push(PrincipalEntry { arn, attachment, ..PrincipalEntry::default() });
        }
        bundle
    }

    fn ids(policies: &[u32]) -> Vec<PolicyId> {
        policies.iter().copied().map(PolicyId).collect()
    }

    #[track_caller]
    fn check(bundle: &Bundle, units: &[&[u32]], identity_of_principals: &[&[u32]]) {
        let partition = partition(bundle);
        let expected: Vec<Vec<PolicyId>> = units.iter().map(|unit| ids(unit)).collect();
        assert_eq!(partition.members, expected);
        let directory = directory(bundle, &partition);
        let found: Vec<Vec<u32>> =
            directory.principals.iter().map(|principal| principal.identity.iter().map(|unit| unit.0).collect()).collect();
        assert_eq!(found, identity_of_principals);
    }

    #[test]
    fn policies_of_the_same_principals_form_one_unit() {
        let attached = [vec![0, 1, 2], vec![2, 1, 0], vec![0, 2], vec![]];
        check(&bundle(4, attached), &[&[0, 2], &[1]], &[&[0, 1], &[0, 1], &[0], &[]]);
        // Attached twice, as by a group and directly, is attached.
        check(&bundle(2, [vec![0, 1, 0], vec![1]]), &[&[0], &[1]], &[&[0, 1], &[1]]);
    }

    #[test]
    fn units_are_counted_by_distinct_sets_of_principals() {
        // Five common policies, and one for every seventh principal.
        for count in [70, 7_000] {
            let bundle = bundle(12, (0..count).map(|principal| vec![0, 1, 2, 3, 4, 5 + principal % 7]));
            let partition = partition(&bundle);
            assert_eq!(partition.members.len(), 1 + 7);
            let directory = directory(&bundle, &partition);
            assert!(directory.principals.iter().all(|principal| principal.identity.len() == 2));
        }
    }

    #[test]
    fn other_places_make_other_units() {
        let mut bundle = bundle(3, [vec![0, 1, 2], vec![0, 1, 2]]);
        check(&bundle, &[&[0, 1, 2]], &[&[0], &[0]]);
        bundle.principals[0].attachment.boundary = Some(Boundary::Policy(PolicyId(1)));
        check(&bundle, &[&[0, 2], &[1]], &[&[0, 1], &[0, 1]]);
        bundle.everyone.identity = ids(&[2]);
        check(&bundle, &[&[0], &[1], &[2]], &[&[0, 1, 2], &[0, 1, 2]]);
    }
}
