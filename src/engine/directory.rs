//! Who is asking, and which units each layer consists of.

use super::caller::Tags;
use super::codes::directory_code::{NONE, ONE_UNIT, SERVICE_LINKED};
use super::glob_match::matches_glob;
use crate::artifact::{Cursor, Damaged, Read, Section, View, pattern_map, string_map, word};
use crate::bytes::equal;
use crate::iam::{Principal, PrincipalKind};

mod entries;

/// A list of units: a reference to it, or the only unit it has, see [`ONE_UNIT`]. Never [`NONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UnitList(u32);

impl UnitList {
    /// The ids of the units.
    pub(super) fn units<'a>(self, view: View<'a>) -> Read<impl Iterator<Item = u32> + use<'a>> {
        let only = self.only();
        let several: &[[u8; 4]] = if only.is_some() { &[] } else { self.several(view)? };
        Ok(only.into_iter().chain(several.iter().map(|id| u32::from_le_bytes(*id))))
    }

    /// The only unit.
    #[inline]
    pub(super) fn only(self) -> Option<u32> {
        (self.0 & ONE_UNIT != 0).then_some(self.0 & !ONE_UNIT)
    }

    /// The ids of the units, where there is no [only](UnitList::only) one.
    #[inline]
    pub(super) fn several(self, view: View<'_>) -> Read<&[[u8; 4]]> {
        let mut cursor = view.cursor(Section::Directory, self.0)?;
        let count = cursor.u32()? as usize;
        Ok(cursor.slice(count.checked_mul(4).ok_or(Damaged)?)?.as_chunks().0)
    }
}

/// Bytes of the record of a principal, before its tags.
const PRINCIPAL_SIZE: usize = 20;
/// Bytes of the record of a resource pattern.
const PATTERN_SIZE: usize = 12;

/// Where the parts of the directory are, read once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Directory {
    everyone: u32,
    everyone_boundary: u32,
    any_account: u32,
    principals: u32,
    accounts: u32,
    endpoints: u32,
    exact_resources: u32,
    resource_patterns: u32,
    has_principals: bool,
    has_accounts: bool,
    has_guardrails: bool,
    has_exact_resources: bool,
    has_resources: bool,
}

/// What the artifact knows of a principal.
#[derive(Debug, Clone, Copy)]
pub(super) struct PrincipalRecord<'a> {
    pub(super) names: KnownNames<'a>,
    pub(super) service_linked: bool,
    pub(super) identity: UnitList,
    pub(super) boundary: Option<UnitList>,
    pub(super) tags: Option<Tags<'a>>,
}

/// What an artifact calls a principal. Bytes: making text of them costs more than most uses do.
///
/// PERF: read when a policy asks for them, since each lies in lines of memory of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownNames<'a> {
    view: View<'a>,
    arn: u32,
    unique_id: u32,
}

impl<'a> KnownNames<'a> {
    pub(super) fn arn(self) -> Read<&'a [u8]> {
        self.view.string(self.arn)
    }

    pub(super) fn unique_id(self) -> Read<Option<&'a [u8]>> {
        if self.unique_id == NONE { Ok(None) } else { self.view.string(self.unique_id).map(Some) }
    }
}

/// What the artifact knows of an account: the reference of its guard rails.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountRecord {
    pub(super) is_management: bool,
    guardrails: u32,
}

impl Directory {
    pub(super) fn read(view: View<'_>) -> Read<Directory> {
        let mut root = view.cursor(Section::Directory, 0)?;
        let mut directory = Directory {
            everyone: root.u32()?,
            everyone_boundary: root.u32()?,
            any_account: root.u32()?,
            principals: root.u32()?,
            accounts: root.u32()?,
            endpoints: root.u32()?,
            exact_resources: root.u32()?,
            resource_patterns: root.u32()?,
            has_principals: view.count(Section::Directory) > 0,
            has_accounts: false,
            has_guardrails: false,
            has_exact_resources: false,
            has_resources: false,
        };
        let is_empty = |map| string_map::is_empty(view.from(Section::Directory, map)?);
        let mut any_account = view.cursor(Section::Directory, directory.any_account)?;
        directory.has_accounts = !is_empty(directory.accounts)?;
        directory.has_guardrails = any_account.u32()? > 0 || any_account.u32()? > 0 || directory.has_accounts;
        directory.has_exact_resources = !is_empty(directory.exact_resources)?;
        directory.has_resources = directory.has_exact_resources || view.u32(Section::Directory, directory.resource_patterns)? > 0;
        Ok(directory)
    }

    /// Whether some account has SCPs or RCPs.
    #[inline]
    pub(super) const fn has_guardrails(&self) -> bool {
        self.has_guardrails
    }

    /// Whether some resource has a policy.
    #[inline]
    pub(super) const fn has_resources(&self) -> bool {
        self.has_resources
    }

    /// Identity policies of everyone's.
    #[inline]
    pub(super) fn everyone(&self) -> Option<UnitList> {
        list(self.everyone)
    }

    pub(super) fn everyone_boundary(&self) -> Option<UnitList> {
        list(self.everyone_boundary)
    }

    /// The record of the user, role or root user behind the caller.
    #[inline]
    pub(super) fn find_principal(&self, view: View<'_>, principal: &Principal<'_>) -> Read<Option<u32>> {
        if self.has_principals { self.find_own(view, principal) } else { Ok(None) }
    }

    #[inline(never)]
    fn find_own(&self, view: View<'_>, principal: &Principal<'_>) -> Read<Option<u32>> {
        let name = match principal.kind {
            PrincipalKind::User | PrincipalKind::Root => principal.name,
            PrincipalKind::RoleSession => principal.role_arn.unwrap_or_else(|| principal.without_session()),
            PrincipalKind::FederatedUser => match principal.user_arn {
                Some(user) => user,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        find(view, self.principals, name)
    }

    /// What a principal's record says.
    pub(super) fn principal<'a>(&self, view: View<'a>, reference: u32) -> Read<PrincipalRecord<'a>> {
        let (record, rest) = view.from(Section::Directory, reference)?.split_first_chunk::<PRINCIPAL_SIZE>().ok_or(Damaged)?;
        let [arn, unique_id, identity, boundary, counts] = [0, 1, 2, 3, 4].map(|index| word(record, index));
        let tag_count = counts & !SERVICE_LINKED;
        let pairs = Cursor::new(rest.get(..(tag_count as usize).saturating_mul(8)).ok_or(Damaged)?);
        Ok(PrincipalRecord {
            names: KnownNames { view, arn, unique_id },
            service_linked: counts & SERVICE_LINKED != 0,
            identity: list(identity).ok_or(Damaged)?,
            boundary: list(boundary),
            tags: (tag_count > 0).then_some(Tags { view, pairs }),
        })
    }

    pub(super) fn account(&self, view: View<'_>, id: Option<&str>) -> Read<AccountRecord> {
        let unknown = AccountRecord { is_management: false, guardrails: self.any_account };
        if !self.has_accounts {
            return Ok(unknown);
        }
        let Some(id) = id else { return Ok(unknown) };
        let Some(reference) = find(view, self.accounts, id)? else { return Ok(unknown) };
        let mut record = view.cursor(Section::Directory, reference)?;
        Ok(AccountRecord { is_management: record.u32()? != 0, guardrails: record.u32()? })
    }

    pub(super) fn endpoint(&self, view: View<'_>, id: &str) -> Read<Option<UnitList>> {
        Ok(find(view, self.endpoints, id)?.and_then(list))
    }

    /// The policy of a resource: its own, else that of the most specific pattern.
    pub(super) fn resource(&self, view: View<'_>, resource: &str) -> Read<Option<UnitList>> {
        if self.has_exact_resources
            && let Some(units) = find(view, self.exact_resources, resource)?
        {
            return Ok(list(units));
        }
        let mut patterns = view.cursor(Section::Directory, self.resource_patterns)?;
        let records = resource_records(&mut patterns)?;
        if records.is_empty() {
            return Ok(None);
        }
        let map_size = patterns.u32()? as usize;
        let first = if map_size == 0 {
            first_match(view, records, resource)?
        } else {
            first_match_by_map(view, records, patterns.slice(map_size)?, resource)?
        };
        Ok(first.and_then(|record| list(word(record, 2))))
    }
}

impl AccountRecord {
    /// The SCP levels, root first.
    pub(super) fn scp_levels<'a>(self, view: View<'a>) -> Read<impl Iterator<Item = UnitList> + use<'a>> {
        let mut record = view.cursor(Section::Directory, self.guardrails)?;
        let (scp, _rcp) = (record.u32()?, record.u32()?);
        levels(&mut record, scp)
    }

    /// The RCP levels, root first.
    pub(super) fn rcp_levels<'a>(self, view: View<'a>) -> Read<impl Iterator<Item = UnitList> + use<'a>> {
        let mut record = view.cursor(Section::Directory, self.guardrails)?;
        let (scp, rcp) = (record.u32()?, record.u32()?);
        record.slice((scp as usize).checked_mul(4).ok_or(Damaged)?)?;
        levels(&mut record, rcp)
    }
}

/// The record of a resource pattern: pattern string, size of what is before its first wildcard, unit list.
type PatternRecord = [u8; PATTERN_SIZE];

/// Of patterns in the order of their precedence, the first that matches a resource.
fn first_match<'a>(view: View<'_>, records: &'a [PatternRecord], resource: &str) -> Read<Option<&'a PatternRecord>> {
    for record in records {
        if matches_resource(view, record, resource)? {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// The same of many, of which a map tells the few that can match.
#[inline(never)]
fn first_match_by_map<'a>(
    view: View<'_>,
    records: &'a [PatternRecord],
    map: &[u8],
    resource: &str,
) -> Read<Option<&'a PatternRecord>> {
    let record = |number: u32| records.get(number as usize).ok_or(Damaged);
    // The first in order takes precedence, whatever it is found by.
    let first =
        pattern_map::first(map, view.seed(), resource.as_bytes(), |number| matches_resource(view, record(number)?, resource))?;
    first.map(record).transpose()
}

/// Whether the pattern of a record matches a resource.
#[inline]
fn matches_resource(view: View<'_>, record: &PatternRecord, resource: &str) -> Read<bool> {
    let (literal, rest) = view.string(word(record, 0))?.split_at_checked(word(record, 1) as usize).ok_or(Damaged)?;
    let own = resource.as_bytes().split_at_checked(literal.len());
    Ok(own.is_some_and(|(own, own_rest)| equal(own, literal) && matches_glob(rest, own_rest)))
}

/// The records of the resource patterns, in the order of their precedence.
fn resource_records<'a>(patterns: &mut Cursor<'a>) -> Read<&'a [PatternRecord]> {
    let count = patterns.u32()? as usize;
    Ok(patterns.slice(count.checked_mul(PATTERN_SIZE).ok_or(Damaged)?)?.as_chunks().0)
}

fn levels<'a>(record: &mut Cursor<'a>, count: u32) -> Read<impl Iterator<Item = UnitList> + use<'a>> {
    let lists = record.slice((count as usize).checked_mul(4).ok_or(Damaged)?)?;
    Ok(lists.chunks_exact(4).map(|list| UnitList(u32::from_le_bytes([list[0], list[1], list[2], list[3]]))))
}

fn find(view: View<'_>, map: u32, name: &str) -> Read<Option<u32>> {
    string_map::lookup(view.from(Section::Directory, map)?, view.seed(), name.as_bytes())
}

fn list(reference: u32) -> Option<UnitList> {
    (reference != NONE).then_some(UnitList(reference))
}
