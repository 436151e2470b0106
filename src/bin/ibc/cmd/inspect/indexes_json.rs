//! What statements of large units are filed under: what JSON shows, and what the text is written from.

use ibc::engine::contents::{AccessKeyContents, BlockContents, IndexContents, ListContents};
use serde::Serialize;

use super::plan_json::effect;
use super::statements::{AttachmentDocument, attachment};

/// A unit with access keys.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IndexDocument<'a> {
    pub(super) unit: u32,
    pub(super) statements: u32,
    pub(super) denies: u32,
    pub(super) attachments: Vec<AttachmentDocument<'a>>,
    pub(super) slots: u32,
    pub(super) used_slots: u32,
    pub(super) access_keys: Vec<AccessKeyDocument>,
    /// Statements that are filed under nothing.
    pub(super) rest: Option<ListDocument>,
}

/// What a decision looks up together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccessKeyDocument {
    pub(super) parts: Vec<String>,
    pub(super) has_deny: bool,
    pub(super) statements: u32,
    pub(super) values: u32,
    pub(super) longest: ListDocument,
}

#[derive(Debug, Serialize)]
pub(super) struct ListDocument {
    pub(super) statements: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) blocks: Vec<BlockDocument>,
}

#[derive(Debug, Serialize)]
pub(super) struct BlockDocument {
    pub(super) effect: &'static str,
    pub(super) statements: u32,
    pub(super) dimensions: Vec<String>,
}

impl<'a> IndexDocument<'a> {
    pub(super) fn new(index: &IndexContents<'a>) -> IndexDocument<'a> {
        IndexDocument {
            unit: index.unit,
            statements: index.statement_count,
            denies: index.deny_count,
            attachments: index.attachments.iter().map(attachment).collect(),
            slots: index.slot_count,
            used_slots: index.used_slot_count,
            access_keys: index.access_keys.iter().map(access_key).collect(),
            rest: index.rest.as_ref().map(list),
        }
    }
}

fn access_key(key: &AccessKeyContents) -> AccessKeyDocument {
    AccessKeyDocument {
        parts: key.parts.clone(),
        has_deny: key.has_deny,
        statements: key.statement_count,
        values: key.value_count,
        longest: list(&key.longest),
    }
}

fn list(list: &ListContents) -> ListDocument {
    ListDocument { statements: list.statement_count, blocks: list.blocks.iter().map(block).collect() }
}

fn block(block: &BlockContents) -> BlockDocument {
    let BlockContents { effect: own, statement_count, dimensions, .. } = block;
    BlockDocument { effect: effect(*own), statements: *statement_count, dimensions: dimensions.clone() }
}
