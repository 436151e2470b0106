//! Whom a `Principal` element names, and how strongly it grants.

use super::Evaluation;
use super::caller::Caller;
use super::codes::principal_code as code;
use super::long_list::List;
use crate::artifact::list_map::ListMap;
use crate::artifact::principal_name::{MAX_CALLER_NAMES, NAMELESS, PrincipalName};
use crate::artifact::{Cursor, Damaged, Read, Section};
use crate::bytes;
use crate::iam::{Effect, PrincipalKind};

/// How an Allow of a resource policy reaches the caller (semantics 6.3). The strongest counts (EV-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub(super) enum Grant {
    /// It does not.
    #[default]
    None,
    /// It names the account: that account's own policies decide (EV-8).
    Account,
    /// It names the IAM entity behind the session (EV-7).
    Entity,
    /// It names this very caller (EV-6).
    Direct,
}

impl Grant {
    fn from_code(code: u8) -> Grant {
        match code {
            1 => Grant::Account,
            2 => Grant::Entity,
            3 => Grant::Direct,
            _ => Grant::None,
        }
    }
}

impl Evaluation<'_, '_> {
    /// How a `Principal` or `NotPrincipal` element of a statement reaches the caller; `None` if it does not.
    pub(super) fn principal_grant(&mut self, set: u32, effect: Effect) -> Read<Grant> {
        let (negated, grant) = match self.memo.principal_set(set) {
            Some(code) => (code & 4 != 0, Grant::from_code(code & 3)),
            None => {
                let reference = self.view.u32(Section::PrincipalSets, set.saturating_mul(4))?;
                let list = List::read(self.view.cursor(Section::PrincipalSets, reference)?.part()?)?;
                let grant = match list.map {
                    None => strongest(self.caller, list.entries)?,
                    Some(map) => strongest_of_many(self.caller, self.view.seed(), map, list.entries)?,
                };
                self.memo.set_principal_set(set, u8::from(list.is_negated) << 2 | grant as u8);
                (list.is_negated, grant)
            }
        };
        let is_bounded = self.caller.has_boundary() || self.request.resolved.is_bounded;
        Ok(match (negated, effect) {
            (false, _) => grant,
            // GR-35: a caller with a boundary is always denied. D-09: whoever is listed at any level is exempt.
            (true, Effect::Deny) if is_bounded || grant == Grant::None => Grant::Direct,
            // EV-10.
            (true, Effect::Allow) if grant == Grant::None => Grant::Direct,
            (true, _) => Grant::None,
        })
    }
}

impl<'a> Caller<'a> {
    /// Every name by which an entry of a `Principal` element can mean the caller: one for each way of [`entry_grant`], and for some
    /// that this caller cannot be meant by.
    pub(super) fn names(&self) -> Read<[Option<PrincipalName<'a>>; MAX_CALLER_NAMES]> {
        let principal = self.principal;
        let of = |text: &'a [u8]| PrincipalName::of(text);
        let role = match self.role_arn()? {
            Some(role_arn) => Some(of(role_arn)),
            None => principal
                .account()
                .zip(principal.role_name())
                .map(|(account, name)| PrincipalName { account: account.as_bytes(), name: name.as_bytes() }),
        };
        let texts = [principal.account(), Some(principal.name), principal.user_arn, principal.canonical_user];
        let [account, name, user, canonical_user] = texts.map(|text| text.map(str::as_bytes).map(of));
        let unique_id = self.unique_id()?.map(of);
        Ok([account, name, role, user, unique_id, canonical_user])
    }
}

#[inline]
fn strongest(caller: &Caller<'_>, mut entries: Cursor<'_>) -> Read<Grant> {
    // PERF: one account is told at once, without a place in the list that moves.
    if let [code::ACCOUNT, size, rest @ ..] = entries.rest()
        && *size < 0x80
        && let Some((account, [partition_size, partition @ ..])) = rest.split_at_checked((*size).into())
        && partition.len() == usize::from(*partition_size)
    {
        return Ok(account_grant(caller, account, partition));
    }
    let mut grant = Grant::None;
    while !entries.is_empty() {
        grant = grant.max(entry_grant(caller, &mut entries)?);
    }
    Ok(grant)
}

/// The same of many entries, of which only those count that have a name of the caller's, or none.
#[inline(never)]
fn strongest_of_many(caller: &Caller<'_>, seed: u64, map: &[u8], entries: Cursor<'_>) -> Read<Grant> {
    let map = ListMap::read(map)?;
    let mut grant = Grant::None;
    let names = caller.names()?.into_iter().flatten().map(|name| name.hash(seed));
    for hash in names.chain([NAMELESS]) {
        for places in map.lists(hash) {
            for place in places? {
                grant = grant.max(entry_grant(caller, &mut List::from(entries, u32::from_le_bytes(*place))?)?);
            }
        }
    }
    Ok(grant)
}

/// How an entry reaches the caller that names an account: of this partition, if it says one.
#[inline]
fn account_grant(caller: &Caller<'_>, account: &[u8], partition: &[u8]) -> Grant {
    let principal = caller.principal;
    let is_of = |own: Option<&[u8]>, listed: &[u8]| own.is_some_and(|own| bytes::equal(own, listed));
    let is_member =
        is_of(principal.account_bytes(), account) && (partition.is_empty() || is_of(principal.partition_bytes(), partition));
    match principal.kind {
        _ if !is_member => Grant::None,
        PrincipalKind::Root => Grant::Direct,
        _ => Grant::Account,
    }
}

/// The table of semantics 1.5.
fn entry_grant(caller: &Caller<'_>, entries: &mut Cursor<'_>) -> Read<Grant> {
    let principal = caller.principal;
    let kind = principal.kind;
    let is_unsigned = matches!(kind, PrincipalKind::WebIdentity | PrincipalKind::Saml);
    let when = |matches: bool, grant: Grant| if matches { grant } else { Grant::None };
    Ok(match entries.u8()? {
        code::EVERYONE => Grant::Direct,
        // GR-26, D-38.
        code::AWS_ANYONE => when(!is_unsigned, Grant::Direct),
        code::ACCOUNT => {
            let (account, partition) = (entries.bytes()?, entries.bytes()?);
            account_grant(caller, account, partition)
        }
        code::ARN => {
            let text = entries.bytes()?;
            match kind {
                PrincipalKind::RoleSession if caller.is_role(text)? => Grant::Entity,
                PrincipalKind::RoleSession | PrincipalKind::User | PrincipalKind::Root => {
                    when(bytes::equal(principal.name.as_bytes(), text), Grant::Direct)
                }
                PrincipalKind::FederatedUser if principal.user_arn.map(str::as_bytes) == Some(text) => Grant::Entity,
                PrincipalKind::FederatedUser => when(bytes::equal(principal.name.as_bytes(), text), Grant::Direct),
                _ => Grant::None,
            }
        }
        code::UNIQUE_ID => {
            let is_named = caller.unique_id()? == Some(entries.bytes()?);
            match kind {
                PrincipalKind::User => when(is_named, Grant::Direct),
                PrincipalKind::RoleSession | PrincipalKind::FederatedUser => when(is_named, Grant::Entity),
                _ => Grant::None,
            }
        }
        code::SERVICE => {
            let name = entries.text()?;
            when(kind == PrincipalKind::Service && principal.name == name, Grant::Direct)
        }
        code::FEDERATED => {
            let provider = entries.text()?;
            when(is_unsigned && principal.name == provider, Grant::Direct)
        }
        code::CANONICAL_USER => when(principal.canonical_user == Some(entries.text()?), Grant::Account),
        _ => return Err(Damaged),
    })
}
