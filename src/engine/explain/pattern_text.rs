//! Compiled patterns as text: as the policy says them, and with their variables replaced.

use super::explanation::Expected;
use super::names;
use crate::artifact::pattern_code::{ANY, EXACT, HAS_HEAD, HEAD_FLAGS, PREFIX, SEGMENTS, SUFFIX, TOKENS, WILD_HEAD, token};
use crate::artifact::{Cursor, Damaged, Read, View};
use crate::engine::Evaluation;
use crate::request::ContextValue;

/// A pattern while it becomes text.
struct Text {
    /// Whether `*` and `?` are wildcards here, so that the characters must be written `${*}` and `${?}`.
    has_wildcards: bool,
    written: String,
    resolved: String,
    has_variables: bool,
    unresolved: Vec<String>,
}

/// The text of a pattern. `has_wildcards` says whether `*` and `?` are wildcards in the policy's text.
pub(super) fn expected<'a>(evaluation: &mut Evaluation<'a, '_>, pattern: Cursor<'a>, has_wildcards: bool) -> Read<Expected> {
    let mut text =
        Text { has_wildcards, written: String::new(), resolved: String::new(), has_variables: false, unresolved: Vec::new() };
    text.read(evaluation, pattern)?;
    let Text { written, resolved, has_variables, unresolved, .. } = text;
    let resolved = (has_variables && unresolved.is_empty()).then_some(resolved);
    Ok(Expected { text: written, resolved, unresolved })
}

/// The keys of a pattern's variables.
pub(in crate::engine) fn variables(mut pattern: Cursor<'_>) -> Read<Vec<u32>> {
    let mut keys = Vec::new();
    let class = pattern.u8()?;
    if class & HAS_HEAD != 0 {
        pattern.varint()?;
    }
    if class & !HEAD_FLAGS == TOKENS {
        while !pattern.is_empty() {
            match pattern.u8()? {
                token::LITERAL => drop(pattern.bytes()?),
                token::VARIABLE => {
                    keys.push(pattern.varint()?);
                    default(&mut pattern)?;
                }
                _ => {}
            }
        }
    }
    Ok(keys)
}

/// A glob that matches whatever a resource pattern can match, whatever its variables are.
pub(in crate::engine) fn widest_glob(view: View<'_>, mut pattern: Cursor<'_>) -> Read<Vec<u8>> {
    let mut glob = Vec::new();
    let class = pattern.u8()?;
    if class & !HEAD_FLAGS != TOKENS {
        return Ok(b"*".to_vec());
    }
    if class & HAS_HEAD != 0 {
        let head = view.head(pattern.varint()?)?;
        if class & WILD_HEAD == 0 {
            glob.extend_from_slice(head);
        } else {
            add_wild_head(&mut glob, Cursor::new(head))?;
        }
    }
    add_tokens(&mut glob, pattern)?;
    Ok(glob)
}

fn add_wild_head(glob: &mut Vec<u8>, mut head: Cursor<'_>) -> Read<()> {
    if head.u8()? != SEGMENTS {
        return add_tokens(glob, head);
    }
    let (prefix, suffix) = (head.bytes()?, head.bytes()?);
    glob.extend_from_slice(prefix);
    while !head.is_empty() {
        glob.push(b'*');
        glob.extend_from_slice(head.bytes()?);
    }
    glob.push(b'*');
    glob.extend_from_slice(suffix);
    Ok(())
}

fn add_tokens(glob: &mut Vec<u8>, mut tokens: Cursor<'_>) -> Read<()> {
    while !tokens.is_empty() {
        match tokens.u8()? {
            token::LITERAL => glob.extend_from_slice(tokens.bytes()?),
            token::ONE | token::ONE_NO_COLON => glob.push(b'?'),
            token::VARIABLE => {
                tokens.varint()?;
                default(&mut tokens)?;
                glob.push(b'*');
            }
            _ => glob.push(b'*'),
        }
    }
    Ok(())
}

/// The default of a variable, if it has one.
fn default<'a>(tokens: &mut Cursor<'a>) -> Read<Option<&'a str>> {
    Ok(if tokens.u8()? == 1 { Some(tokens.text()?) } else { None })
}

impl Text {
    fn read<'a>(&mut self, evaluation: &mut Evaluation<'a, '_>, mut pattern: Cursor<'a>) -> Read<()> {
        let class = pattern.u8()?;
        if class & HAS_HEAD != 0 {
            let head = evaluation.view.head(pattern.varint()?)?;
            if class & WILD_HEAD == 0 {
                self.literal(head)?;
            } else {
                let mut head = Cursor::new(head);
                self.headless(evaluation, head.u8()?, head)?;
            }
        }
        self.headless(evaluation, class & !HEAD_FLAGS, pattern)
    }

    fn headless<'a>(&mut self, evaluation: &mut Evaluation<'a, '_>, class: u8, pattern: Cursor<'a>) -> Read<()> {
        match class {
            ANY => self.wildcard('*'),
            EXACT => self.literal(pattern.rest())?,
            PREFIX => {
                self.literal(pattern.rest())?;
                self.wildcard('*');
            }
            SUFFIX => {
                self.wildcard('*');
                self.literal(pattern.rest())?;
            }
            SEGMENTS => self.segments(pattern)?,
            TOKENS => self.tokens(evaluation, pattern)?,
            _ => return Err(Damaged),
        }
        Ok(())
    }

    fn segments(&mut self, mut body: Cursor<'_>) -> Read<()> {
        let (prefix, suffix) = (body.bytes()?, body.bytes()?);
        self.literal(prefix)?;
        self.wildcard('*');
        while !body.is_empty() {
            self.literal(body.bytes()?)?;
            self.wildcard('*');
        }
        self.literal(suffix)
    }

    fn tokens<'a>(&mut self, evaluation: &mut Evaluation<'a, '_>, mut tokens: Cursor<'a>) -> Read<()> {
        while !tokens.is_empty() {
            match tokens.u8()? {
                token::LITERAL => self.literal(tokens.bytes()?)?,
                token::RUN | token::RUN_NO_COLON => self.wildcard('*'),
                token::ONE | token::ONE_NO_COLON => self.wildcard('?'),
                token::VARIABLE => {
                    let key = tokens.varint()?;
                    let default = default(&mut tokens)?;
                    self.variable(evaluation, key, default)?;
                }
                _ => return Err(Damaged),
            }
        }
        Ok(())
    }

    fn wildcard(&mut self, wildcard: char) {
        self.written.push(wildcard);
        self.resolved.push(wildcard);
    }

    fn literal(&mut self, text: &[u8]) -> Read<()> {
        for character in std::str::from_utf8(text).map_err(|_| Damaged)?.chars() {
            for text in [&mut self.written, &mut self.resolved] {
                match character {
                    '*' | '?' if self.has_wildcards => text.extend(["${", if character == '*' { "*" } else { "?" }, "}"]),
                    _ => text.push(character),
                }
            }
        }
        Ok(())
    }

    fn variable<'a>(&mut self, evaluation: &mut Evaluation<'a, '_>, key: u32, default: Option<&str>) -> Read<()> {
        self.has_variables = true;
        let name = names::key(evaluation.view, key)?;
        match default {
            Some(default) => self.written.extend(["${", name, ", '", default, "'}"]),
            None => self.written.extend(["${", name, "}"]),
        }
        match (evaluation.value(key)?, default) {
            (Some(ContextValue::Single(value)), _) => self.resolved.push_str(value),
            (None, Some(default)) => self.resolved.push_str(default),
            _ => self.unresolved.push(name.to_owned()),
        }
        Ok(())
    }
}
