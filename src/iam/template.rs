use smallvec::SmallVec;
use std::fmt;

use super::ConditionKey;

/// A text of a policy, cut into literal runs, wildcards and policy variables (PV-16).
///
/// Used for `Resource`, `NotResource` and condition values. Whether `*` and `?` are wildcards or characters is the reader's
/// matter: `StringEquals` takes [`TemplatePart::AnyRun`] for the character `*` (WC-3), `StringLike` for a wildcard. The
/// escapes `${*}` `${?}` `${$}` are already literal text.
///
/// Invariants, kept by the parser: no literal is empty, no two literals are neighbours; a template of a 2008 policy holds no
/// variable and no escape (PV-2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Template {
    /// The parts in order; none for the empty text.
    pub parts: SmallVec<[TemplatePart; 1]>,
}

/// One part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TemplatePart {
    /// Characters that stand for themselves.
    Literal(Box<str>),
    /// `*`.
    AnyRun,
    /// `?`.
    AnyChar,
    /// `${key}` or `${key, 'default'}`.
    Variable(Box<Variable>),
}

/// A policy variable (PV-1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variable {
    /// The context key whose value is substituted.
    pub key: ConditionKey,
    /// Used when the key is absent (PV-11).
    pub default: Option<Box<str>>,
}

impl Template {
    /// The variables in order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Variable(variable) => Some(&**variable),
            _ => None,
        })
    }

    /// The text if there is no variable, taking `*` and `?` for characters.
    #[must_use]
    pub fn as_plain_text(&self) -> Option<String> {
        // PERF: nearly every value is one literal, whose length is known.
        if let [TemplatePart::Literal(text)] = &self.parts[..] {
            return Some(text.to_string());
        }
        self.parts
            .iter()
            .map(|part| match part {
                TemplatePart::Literal(text) => Some(&**text),
                TemplatePart::AnyRun => Some("*"),
                TemplatePart::AnyChar => Some("?"),
                TemplatePart::Variable(_) => None,
            })
            .collect()
    }

    /// Whether it has a wildcard or a variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, TemplatePart::Literal(_)))
    }
}

/// Writes the text back in the language of version 2012: special characters of literals become escapes.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                TemplatePart::Literal(text) => {
                    for c in text.chars() {
                        match c {
                            '*' | '?' | '$' => write!(f, "${{{c}}}")?,
                            _ => write!(f, "{c}")?,
                        }
                    }
                }
                TemplatePart::AnyRun => f.write_str("*")?,
                TemplatePart::AnyChar => f.write_str("?")?,
                TemplatePart::Variable(variable) => match &variable.default {
                    Some(default) => write!(f, "${{{}, '{}'}}", variable.key, default)?,
                    None => write!(f, "${{{}}}", variable.key)?,
                },
            }
        }
        Ok(())
    }
}
