//! `*` and `?`: the one matcher behind actions, resources, `StringLike` and the fields of ARN operators.
//!
//! Works on tokens, not on text, so that a `*` that came out of a variable or an escape is an ordinary character (PV-13).

/// One token of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// This character.
    Literal(char),
    /// `?`: exactly one character, a Unicode scalar value (WC-2).
    AnyChar(Reach),
    /// `*`: any number of characters, also none (WC-1, WC-15).
    AnyRun(Reach),
}

/// Which characters a wildcard stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every character.
    Everything,
    /// Every character but the colon: the wildcard stays within its field of an ARN (WC-8).
    Field,
}

impl Reach {
    fn includes(self, c: char) -> bool {
        self == Reach::Everything || c != ':'
    }
}

/// Whether the pattern matches the whole text, letter by letter (WC-19).
///
/// Walks the pattern once and keeps every place in the text that it may have reached, so the time is bounded by the product
/// of the two lengths, whatever the pattern.
#[must_use]
pub fn glob_matches(pattern: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut places = vec![0];
    for &token in pattern {
        places = match token {
            Token::Literal(c) => after_one(&places, &text, |found| found == c),
            Token::AnyChar(reach) => after_one(&places, &text, |found| reach.includes(found)),
            Token::AnyRun(reach) => after_run(&places, &text, |found| reach.includes(found)),
        };
        if places.is_empty() {
            return false;
        }
    }
    places.contains(&text.len())
}

/// The tokens of a text in which every `*` and `?` is a wildcard.
#[must_use]
pub fn wildcards(text: &str) -> Vec<Token> {
    let token = |c| match c {
        '*' => Token::AnyRun(Reach::Everything),
        '?' => Token::AnyChar(Reach::Everything),
        _ => Token::Literal(c),
    };
    text.chars().map(token).collect()
}

/// The places one accepted character after the given ones.
fn after_one(places: &[usize], text: &[char], accepts: impl Fn(char) -> bool) -> Vec<usize> {
    places.iter().filter(|&&place| text.get(place).is_some_and(|&c| accepts(c))).map(|place| place + 1).collect()
}

/// The places any number of accepted characters after the given ones, ascending, each once.
fn after_run(places: &[usize], text: &[char], accepts: impl Fn(char) -> bool) -> Vec<usize> {
    let mut reached: Vec<usize> = Vec::new();
    for &place in places {
        // A place within the run that started at an earlier place reaches nothing new.
        if reached.last().is_none_or(|&last| last < place) {
            let run = text[place..].iter().take_while(|&&c| accepts(c)).count();
            reached.extend(place..=place + run);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(glob_matches(&wildcards(pattern), text), expected, "{pattern} {text}");
    }

    #[test]
    fn wildcards_match_whole_texts() {
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("?", "", false);
        check("?*", "", false);
        check("ab", "abc", false);
        check("a*", "a", true);
        check("a*c", "abcbc", true);
        check("a*c", "abcb", false);
        check("?b", "äb", true);
        check("**", "x", true);
        check("*a?c*", "xxabcabc", true);
        check("A*", "abc", false);
    }

    #[test]
    fn many_stars_cost_no_more_than_their_number() {
        check(&"a*".repeat(8), &"a".repeat(64), true);
        check(&format!("{}b", "a*".repeat(8)), &"a".repeat(64), false);
        check(&format!("{}b", "*a".repeat(500)), &"a".repeat(4000), false);
    }

    #[test]
    fn a_wildcard_that_stays_in_its_field_stops_at_colons() {
        let pattern = [Token::AnyRun(Reach::Field), Token::Literal(':'), Token::AnyChar(Reach::Field)];
        assert!(glob_matches(&pattern, "ab:c"));
        assert!(!glob_matches(&pattern, "a:b:c"));
        assert!(!glob_matches(&pattern, "ab::"));
    }
}
