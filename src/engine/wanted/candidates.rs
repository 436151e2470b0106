//! Texts to try on a context key: enough of them that every value behaves like one, where that can be had cheaply.

use crate::artifact::pattern_code::{ANY, EXACT, MAX_SCANNED_TEXTS, PREFIX, TOKENS, comparison, token};
use crate::artifact::{Cursor, Damaged, Read};
use crate::engine::Evaluation;
use crate::iam::value::Decimal;
use crate::request::ContextValue;

/// What the matchers of a key tell apart.
pub(super) struct Candidates {
    pub(super) texts: Vec<String>,
    /// Of each matcher, what it makes of a value that behaves like none of `texts`.
    pub(super) beyond: Vec<Beyond>,
}

/// How a matcher takes a value that behaves like no candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    Matches,
    Fails,
    /// One or the other.
    Either,
}

/// The values of one matcher, as far as this module understands them; variables are replaced.
pub(super) enum Kind {
    /// Texts and prefixes, byte by byte; `matches_all` if any text will do.
    Exact {
        texts: Vec<String>,
        prefixes: Vec<String>,
        matches_all: bool,
    },
    /// Texts without regard to letter case.
    Folded(Vec<String>),
    Numbers(Vec<String>),
    /// Seconds.
    Dates(Vec<i64>),
    Bool,
    /// Anything else.
    Other,
}

/// A character that no policy should hold: texts with it are like nothing in a policy.
const STRANGE: char = '\u{E000}';

/// Makes the candidates of a key from the values of its matchers.
pub(super) fn candidates(kinds: &[Kind]) -> Candidates {
    let mut texts = vec![STRANGE.to_string()];
    for kind in kinds {
        match kind {
            Kind::Exact { texts: own, prefixes, .. } => {
                texts.extend(own.iter().cloned());
                texts.extend(prefixes.iter().flat_map(|prefix| [prefix.clone(), format!("{prefix}{STRANGE}")]));
            }
            Kind::Folded(own) => texts.extend(own.iter().cloned()),
            Kind::Numbers(_) | Kind::Dates(_) | Kind::Other => {}
            Kind::Bool => texts.extend(["true".to_owned(), "false".to_owned()]),
        }
    }
    let has_strange = texts.iter().any(|text| text.trim_end_matches(STRANGE).contains(STRANGE));
    let is_closed = !has_strange
        && match kinds.first() {
            None | Some(Kind::Exact { .. }) => kinds.iter().all(|kind| matches!(kind, Kind::Exact { .. })),
            Some(Kind::Folded(_)) => kinds.iter().all(|kind| matches!(kind, Kind::Folded(_))),
            Some(Kind::Bool) => kinds.iter().all(|kind| matches!(kind, Kind::Bool)),
            Some(Kind::Numbers(_)) => close(&mut texts, numbers(kinds)),
            Some(Kind::Dates(_)) => close(&mut texts, dates(kinds)),
            Some(Kind::Other) => false,
        };
    let beyond = kinds.iter().map(|kind| match kind {
        Kind::Exact { matches_all: true, .. } => Beyond::Matches,
        _ if is_closed => Beyond::Fails,
        Kind::Exact { prefixes, .. } if prefixes.is_empty() && !has_strange => Beyond::Fails,
        _ => Beyond::Either,
    });
    let beyond = beyond.collect();
    texts.sort_unstable();
    texts.dedup();
    Candidates { texts, beyond }
}

fn close(texts: &mut Vec<String>, more: Option<Vec<String>>) -> bool {
    let is_closed = more.is_some();
    texts.extend(more.into_iter().flatten());
    is_closed
}

/// Looks at the values of one matcher; their variables are settled.
pub(super) fn kind<'a>(evaluation: &mut Evaluation<'a, '_>, comparison: u8, mut values: Cursor<'a>) -> Read<Kind> {
    Ok(match comparison {
        comparison::EQUALS => Kind::Exact { texts: plain_texts(values)?, prefixes: Vec::new(), matches_all: false },
        comparison::EQUALS_FOLDED => Kind::Folded(plain_texts(values)?),
        comparison::LIKE | comparison::ARN | comparison::LIKE_FOLDED => {
            let (mut texts, mut prefixes, mut matches_all) = (Vec::new(), Vec::new(), false);
            while !values.is_empty() {
                match shape(evaluation, values.part()?)? {
                    Shape::Never => {}
                    Shape::Exact(text) => texts.push(text),
                    Shape::Prefix(text) if comparison == comparison::LIKE && text.is_empty() => matches_all = true,
                    Shape::Prefix(text) if comparison == comparison::LIKE => prefixes.push(text),
                    Shape::Prefix(_) | Shape::Other => return Ok(Kind::Other),
                }
            }
            match comparison {
                comparison::LIKE_FOLDED => Kind::Folded(texts),
                _ => Kind::Exact { texts, prefixes, matches_all },
            }
        }
        comparison::NUMERIC => {
            let mut texts = Vec::new();
            while !values.is_empty() {
                texts.push(values.text()?.to_owned());
            }
            Kind::Numbers(texts)
        }
        comparison::DATE => {
            let mut seconds = Vec::new();
            while !values.is_empty() {
                seconds.push(values.u64()? as i64);
                if values.u32()? != 0 {
                    return Ok(Kind::Other);
                }
            }
            Kind::Dates(seconds)
        }
        comparison::BOOL => Kind::Bool,
        _ => Kind::Other,
    })
}

fn plain_texts(mut values: Cursor<'_>) -> Read<Vec<String>> {
    let count = values.varint()?;
    if count > MAX_SCANNED_TEXTS {
        values.slice((count as usize).saturating_mul(4))?;
    }
    (0..count).map(|_| values.text().map(str::to_owned)).collect()
}

/// What a pattern is once its variables are replaced.
enum Shape {
    Never,
    Exact(String),
    Prefix(String),
    Other,
}

fn shape<'a>(evaluation: &mut Evaluation<'a, '_>, mut pattern: Cursor<'a>) -> Read<Shape> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Damaged);
    Ok(match pattern.u8()? {
        ANY => Shape::Prefix(String::new()),
        EXACT => Shape::Exact(text(pattern.rest())?),
        PREFIX => Shape::Prefix(text(pattern.rest())?),
        TOKENS => return token_shape(evaluation, pattern),
        _ => Shape::Other,
    })
}

fn token_shape<'a>(evaluation: &mut Evaluation<'a, '_>, mut tokens: Cursor<'a>) -> Read<Shape> {
    let mut text = String::new();
    while !tokens.is_empty() {
        match tokens.u8()? {
            token::LITERAL => text.push_str(tokens.text()?),
            token::RUN if tokens.is_empty() => return Ok(Shape::Prefix(text)),
            token::VARIABLE => {
                let key = tokens.varint()?;
                let default = if tokens.u8()? == 1 { Some(tokens.text()?) } else { None };
                match (evaluation.value(key)?, default) {
                    (Some(ContextValue::Single(value)), _) => text.push_str(value),
                    (None, Some(default)) => text.push_str(default),
                    _ => return Ok(Shape::Never),
                }
            }
            // A pattern with wildcards elsewhere may still turn out never to match; as `Other` it is taken to do either.
            _ => return Ok(Shape::Other),
        }
    }
    Ok(Shape::Exact(text))
}

/// Every number at which some comparison turns, one between each two, one beyond each end. `None` if that does not work out.
fn numbers(kinds: &[Kind]) -> Option<Vec<String>> {
    let mut turns: Vec<&str> = Vec::new();
    for kind in kinds {
        let Kind::Numbers(own) = kind else { return None };
        turns.extend(own.iter().map(String::as_str));
    }
    turns.sort_by(|a, b| Decimal::parse(a).cmp(&Decimal::parse(b)));
    turns.dedup_by(|a, b| Decimal::parse(a) == Decimal::parse(b));
    let longest = turns.iter().map(|turn| turn.len()).max().unwrap_or(0);
    let mut texts: Vec<String> = turns.iter().map(|turn| (*turn).to_owned()).collect();
    for pair in turns.windows(2) {
        texts.push(between(Some(pair[0]), Some(pair[1]), longest)?);
    }
    texts.push(between(None, turns.first().copied(), longest)?);
    texts.push(between(turns.last().copied(), None, longest)?);
    Some(texts)
}

/// A number strictly between two, of which at most one may be missing.
fn between(low: Option<&str>, high: Option<&str>, longest: usize) -> Option<String> {
    // Farther from zero than `text`, by less than any difference between two of the numbers.
    let away = |text: &str| {
        let point = if text.contains('.') { "" } else { "." };
        format!("{text}{point}{}1", "0".repeat(longest + 1))
    };
    let tiny = |sign: &str| format!("{sign}0.{}1", "0".repeat(longest + 1));
    let guesses = [low.map(away), high.map(away), Some("0".to_owned()), Some(tiny("")), Some(tiny("-"))];
    let fits = |guess: &String| {
        let guess = Decimal::parse(guess);
        guess.is_some()
            && low.is_none_or(|low| Decimal::parse(low) < guess)
            && high.is_none_or(|high| guess < Decimal::parse(high))
    };
    guesses.into_iter().flatten().find(fits)
}

/// Every instant at which some comparison turns, and the seconds before and behind. `None` unless no two are neighbours.
fn dates(kinds: &[Kind]) -> Option<Vec<String>> {
    let mut turns: Vec<i64> = Vec::new();
    for kind in kinds {
        let Kind::Dates(own) = kind else { return None };
        turns.extend(own);
    }
    turns.sort_unstable();
    turns.dedup();
    if turns.iter().any(|&turn| turn < 1 || turn == i64::MAX) || turns.windows(2).any(|pair| pair[1] - pair[0] < 2) {
        return None;
    }
    Some(turns.iter().flat_map(|turn| [turn - 1, *turn, turn + 1]).map(|second| second.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_number_between_any_two() {
        let turns = ["-10", "-9.5", "-0.1", "0", "0.05", "0.5", "+7", "7.001", "100"];
        for (index, low) in turns.iter().enumerate() {
            for high in &turns[index + 1..] {
                assert!(between(Some(low), Some(high), 5).is_some(), "{low} {high}");
            }
            assert!(between(Some(low), None, 5).is_some() && between(None, Some(low), 5).is_some(), "{low}");
        }
    }
}
