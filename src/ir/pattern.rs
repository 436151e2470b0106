use super::KeyId;

/// A text with wildcards and variables, ready to be matched as a whole.
///
/// Invariants, kept by [`Pattern::new`]: no literal is empty, no two literals are neighbours, and of neighbouring runs of one
/// [`Gap`] only one is left.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pattern {
    /// The tokens in order; none matches the empty text.
    pub(crate) tokens: Vec<PatternToken>,
}

/// One token of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PatternToken {
    /// Exactly this text.
    Literal(Box<str>),
    /// Any characters, also none.
    Run(Gap),
    /// Exactly one character.
    One(Gap),
    /// The value of a key, or the default if it is absent. Unresolved, the whole pattern matches nothing (PV-9).
    Variable(KeyId, Option<Box<str>>),
}

/// Which characters a wildcard accepts (WC-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// All.
    Any,
    /// All but `:`.
    NoColon,
}

impl Pattern {
    /// Puts tokens together, merging neighbours.
    pub(crate) fn new(tokens: impl IntoIterator<Item = PatternToken>) -> Pattern {
        let mut merged: Vec<PatternToken> = Vec::new();
        for token in tokens {
            match (merged.last_mut(), token) {
                (_, PatternToken::Literal(text)) if text.is_empty() => {}
                (Some(PatternToken::Literal(last)), PatternToken::Literal(text)) => {
                    *last = format!("{last}{text}").into_boxed_str();
                }
                (Some(PatternToken::Run(last)), PatternToken::Run(gap)) if *last == gap => {}
                (_, token) => merged.push(token),
            }
        }
        Pattern { tokens: merged }
    }

    /// Whether it matches every text.
    pub(crate) fn is_any(&self) -> bool {
        self.tokens == [PatternToken::Run(Gap::Any)]
    }

    /// The one text it matches, if it has neither wildcard nor variable.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match &self.tokens[..] {
            [] => Some(""),
            [PatternToken::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = KeyId> {
        self.tokens.iter().filter_map(|token| match token {
            PatternToken::Variable(key, _) => Some(*key),
            _ => None,
        })
    }

    /// The same, to be changed.
    pub(crate) fn keys_mut(&mut self) -> impl Iterator<Item = &mut KeyId> {
        self.tokens.iter_mut().filter_map(|token| match token {
            PatternToken::Variable(key, _) => Some(key),
            _ => None,
        })
    }

    /// Whether some token is a variable.
    pub(crate) fn has_variable(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, PatternToken::Variable(..)))
    }

    /// The literal text that every match starts with.
    pub(crate) fn literal_prefix(&self) -> &str {
        match self.tokens.first() {
            Some(PatternToken::Literal(text)) => text,
            _ => "",
        }
    }

    /// The literal text that every match ends with; empty if the whole pattern is literal.
    pub(crate) fn literal_suffix(&self) -> &str {
        match &self.tokens[..] {
            [_, .., PatternToken::Literal(text)] => text,
            _ => "",
        }
    }
}
