//! What is inside an artifact: what JSON shows, and what the text is written from.

use ibc::Artifact;
use ibc::engine::contents::{AccountContents, Contents, IndexContents, PrincipalContents, UnitCounts, Use};
use ibc::engine::plan::UnitForm;
use serde::Serialize;

use super::indexes_json::IndexDocument;
use super::sections::{SectionDocument, left_out_count};
use crate::input::Bytes;

/// What an artifact consists of, and what is inside.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContentsDocument<'a> {
    // Readers of the sections know it by this name.
    #[serde(rename = "format_version")]
    pub(super) format_version: u32,
    pub(super) bytes: usize,
    pub(super) sections: Vec<SectionDocument<'a>>,
    pub(super) statements: u32,
    pub(super) denies: u32,
    /// Statements of the policies that are not in it.
    pub(super) left_out: usize,
    pub(super) units: UnitsDocument,
    /// Units with access keys: those with most statements.
    pub(super) indexes: Vec<IndexDocument<'a>>,
    /// Statements of the identity-based policies that everyone has.
    pub(super) everyone: Option<u64>,
    pub(super) everyone_has_boundary: bool,
    pub(super) principals: Vec<PrincipalDocument<'a>>,
    pub(super) accounts: Vec<AccountDocument<'a>>,
    pub(super) resources: Vec<&'a str>,
    pub(super) resource_patterns: Vec<&'a str>,
    pub(super) endpoints: Vec<&'a str>,
    pub(super) keys: Vec<UseDocument<'a>>,
    pub(super) services: Vec<UseDocument<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct UnitsDocument {
    pub(super) count: u32,
    pub(super) list: u32,
    pub(super) small: u32,
    pub(super) action: u32,
    pub(super) index: u32,
    pub(super) statements: u64,
    pub(super) shared: u32,
    pub(super) own: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PrincipalDocument<'a> {
    pub(super) arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unique_id: Option<&'a str>,
    pub(super) statements: u64,
    pub(super) has_boundary: bool,
    pub(super) tags: Vec<TagDocument<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct TagDocument<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountDocument<'a> {
    pub(super) id: &'a str,
    pub(super) is_management: bool,
    pub(super) scp_levels: u32,
    pub(super) rcp_levels: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct UseDocument<'a> {
    pub(super) name: &'a str,
    pub(super) statements: u32,
}

impl<'a> ContentsDocument<'a> {
    pub(super) fn new(
        artifact: &'a Artifact<Bytes>,
        contents: &Contents<'a>,
        indexes: &[IndexContents<'a>],
    ) -> ContentsDocument<'a> {
        ContentsDocument {
            format_version: ibc::artifact::FORMAT_VERSION,
            bytes: artifact.as_bytes().len(),
            sections: artifact.sections().map(SectionDocument::new).collect(),
            statements: contents.statement_count,
            denies: contents.deny_count,
            left_out: left_out_count(artifact),
            units: units(&contents.units),
            indexes: indexes.iter().map(IndexDocument::new).collect(),
            everyone: contents.everyone_statement_count,
            everyone_has_boundary: contents.everyone_has_boundary,
            principals: contents.principals.iter().map(principal).collect(),
            accounts: contents.accounts.iter().map(account).collect(),
            resources: contents.exact_resources.clone(),
            resource_patterns: contents.resource_patterns.clone(),
            endpoints: contents.endpoints.clone(),
            keys: contents.keys.iter().map(usage).collect(),
            services: contents.services.iter().map(usage).collect(),
        }
    }
}

fn units(units: &UnitCounts) -> UnitsDocument {
    let of_form = |form: UnitForm| units.by_form[form as usize];
    UnitsDocument {
        count: units.count,
        list: of_form(UnitForm::List),
        small: of_form(UnitForm::Small),
        action: of_form(UnitForm::Action),
        index: of_form(UnitForm::Index),
        statements: units.statement_count,
        shared: units.shared_count,
        own: units.own_count,
    }
}

fn principal<'a>(principal: &PrincipalContents<'a>) -> PrincipalDocument<'a> {
    PrincipalDocument {
        arn: principal.arn,
        unique_id: principal.unique_id,
        statements: principal.statement_count,
        has_boundary: principal.has_boundary,
        tags: principal.tags.iter().map(|&(key, value)| TagDocument { key: tag_key(key), value }).collect(),
    }
}

/// `aws:principaltag/team` is the tag `team`.
fn tag_key(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, tag)| tag)
}

fn account<'a>(account: &AccountContents<'a>) -> AccountDocument<'a> {
    AccountDocument {
        id: account.id,
        is_management: account.is_management,
        scp_levels: account.scp_level_count,
        rcp_levels: account.rcp_level_count,
    }
}

fn usage<'a>(usage: &Use<'a>) -> UseDocument<'a> {
    UseDocument { name: usage.name, statements: usage.statement_count }
}
