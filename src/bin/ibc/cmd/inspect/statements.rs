//! The statements behind an action, a context key, a principal.

use std::error::Error;
use std::io::{self, Write};

use ibc::engine::contents::{Attachment, FoundStatement, Selection};
use ibc::iam::{Layer, Principal};
use serde::Serialize;

use super::{contents, unknown};
use crate::args::InspectArgs;
use crate::asking::Policies;
use crate::output::{self, count, grouped};

/// A statement, where it stands, and what it is attached to.
#[derive(Debug, Serialize)]
pub(super) struct StatementDocument<'a> {
    effect: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    statement: u32,
    attachments: Vec<AttachmentDocument<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct AttachmentDocument<'a> {
    layer: &'static str,
    #[serde(skip)]
    kind: Layer,
    /// Null: everyone, or every account that is not listed.
    first: Option<&'a str>,
    count: u32,
}

/// The statements that the options name. Warns of names that the artifact does not know.
pub(super) fn find<'a>(args: &InspectArgs, policies: &'a Policies) -> Result<Vec<StatementDocument<'a>>, Box<dyn Error>> {
    let principal = args.principal.as_deref().and_then(Principal::parse);
    if args.principal.is_some() || args.key.is_some() {
        let contents = policies.0.contents().ok_or(super::DAMAGED)?;
        if let Some(principal) = principal.filter(|principal| !policies.0.principal(*principal).is_known()) {
            output::warn(unknown::principal(&principal, &contents));
        }
        if let Some(key) = &args.key {
            unknown::key(key, &contents).into_iter().for_each(output::warn);
        }
    }
    let selection = Selection { action: args.action.as_deref(), key: args.key.as_deref(), principal };
    let found = policies.0.statements_behind(&selection).ok_or(super::DAMAGED)?;
    Ok(found.into_iter().map(|found| statement(policies, found)).collect())
}

/// Writes them for people; `left_out` statements of the policies are not in the artifact.
pub(super) fn write(out: &mut impl Write, statements: &[StatementDocument<'_>], left_out: usize) -> io::Result<()> {
    for statement in statements {
        write!(out, "{:<5}  ", statement.effect)?;
        match (statement.file, statement.line) {
            (Some(file), Some(line)) => write!(out, "{file}:{line}")?,
            _ => write!(out, "statement {}", statement.statement)?,
        }
        match statement.sid {
            Some(sid) => writeln!(out, " `{sid}`")?,
            None => writeln!(out)?,
        }
        statement.attachments.iter().try_for_each(|attachment| writeln!(out, "       {}", attachment_text(attachment)))?;
    }
    writeln!(out, "{}", count(statements.len(), "statement", "statements"))?;
    if left_out > 0 { writeln!(out, "{}", contents::left_out(left_out)) } else { Ok(()) }
}

fn statement<'a>(policies: &'a Policies, found: FoundStatement<'a>) -> StatementDocument<'a> {
    let place = policies.0.artifact().statement_place(found.statement);
    StatementDocument {
        effect: found.effect.to_string(),
        sid: place.and_then(|place| place.sid).filter(|sid| !sid.is_empty()),
        file: place.map(|place| place.file),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        statement: found.statement.0,
        attachments: found.attachments.iter().map(attachment).collect(),
    }
}

pub(super) fn attachment<'a>(attachment: &Attachment<'a>) -> AttachmentDocument<'a> {
    let Attachment { layer: kind, first, count } = *attachment;
    AttachmentDocument { layer: kind.as_str(), kind, first, count }
}

/// `SCP: 111122223333, and 1 more level of it or others`.
pub(super) fn attachment_text(attachment: &AttachmentDocument<'_>) -> String {
    let is_guardrail = matches!(attachment.kind, Layer::Scp | Layer::Rcp);
    let holder = attachment.first.unwrap_or(if is_guardrail { "every other account" } else { "everyone" });
    let more = match attachment.count.saturating_sub(1) {
        0 => String::new(),
        more if is_guardrail => format!(", and {} of it or others", count(more as usize, "more level", "more levels")),
        more => format!(", and {} more", grouped(more as usize)),
    };
    format!("{}: {holder}{more}", attachment.kind.policy_name())
}
