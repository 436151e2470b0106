//! Whether one element of a statement covers another: whatever the narrow one matches, the broad one matches as well.
//!
//! `false` means "not proved". A proof reads the narrow text as a text: the broad pattern's `*` may stand for any of its tokens,
//! `?` for a character or a `?`, everything else for itself. `s3:Get*` covers `s3:Get*Acl` and `s3:GetObject?`.

use crate::iam::PrincipalPattern;
use crate::ir::{ActionSet, Gap, Pattern, PatternToken, PrincipalSet, ResourceSet};

/// For `Action` and `NotAction`.
pub(super) fn covers_actions(broad: &ActionSet, narrow: &ActionSet) -> bool {
    let all_of = |inner: &ActionSet, outer: &ActionSet| {
        inner.patterns.iter().all(|inner| outer.patterns.iter().any(|outer| covers_action(outer.as_ref(), inner.as_ref())))
    };
    match (broad.negated, narrow.negated) {
        (false, false) => all_of(narrow, broad),
        (true, true) => all_of(broad, narrow), // excludes less
        (false, true) => broad.patterns.contains(&None),
        (true, false) => false,
    }
}

/// For `Resource` and `NotResource`.
pub(super) fn covers_resources(broad: &ResourceSet, narrow: &ResourceSet) -> bool {
    let all_of = |inner: &ResourceSet, outer: &ResourceSet| {
        inner.patterns.iter().all(|inner| outer.patterns.iter().any(|outer| covers_pattern(outer, inner)))
    };
    match (broad.negated, narrow.negated) {
        (false, false) => all_of(narrow, broad),
        (true, true) => all_of(broad, narrow),
        (false, true) => broad.patterns.iter().any(Pattern::is_any),
        (true, false) => false,
    }
}

/// For `Principal` and `NotPrincipal`. Of an Allow, the broad element also grants at least as directly (6.3): `"*"` grants
/// directly to everyone, and so does `NotPrincipal` to whomever it names (EV-9, EV-10).
pub(super) fn covers_principals(broad: &PrincipalSet, narrow: &PrincipalSet) -> bool {
    let all_of = |inner: &PrincipalSet, outer: &PrincipalSet| inner.patterns.iter().all(|inner| outer.patterns.contains(inner));
    match (broad.negated, narrow.negated) {
        (false, _) if broad.patterns.contains(&PrincipalPattern::Everyone) => true,
        (false, false) => all_of(narrow, broad),
        (true, true) => all_of(broad, narrow),
        _ => false,
    }
}

type Action = (Box<str>, Box<str>);

fn covers_action(broad: Option<&Action>, narrow: Option<&Action>) -> bool {
    match (broad, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some((broad_prefix, broad_name)), Some((narrow_prefix, narrow_name))) => {
            broad_prefix == narrow_prefix && (**broad_name == *"*" || covers_texts(broad_name, narrow_name))
        }
    }
}

fn covers_texts(broad: &str, narrow: &str) -> bool {
    fn symbols(text: &str) -> Vec<Symbol<'_>> {
        let symbol = |c| match c {
            '*' => Symbol::Run(Gap::Any),
            '?' => Symbol::One(Gap::Any),
            c => Symbol::Char(c),
        };
        text.chars().map(symbol).collect()
    }
    begin_alike(broad.split(['*', '?']).next().unwrap_or(""), narrow.split(['*', '?']).next().unwrap_or(""))
        && covers_symbols(&symbols(broad), &symbols(narrow))
}

fn covers_pattern(broad: &Pattern, narrow: &Pattern) -> bool {
    fn symbols(pattern: &Pattern) -> Vec<Symbol<'_>> {
        let mut symbols = Vec::new();
        for token in &pattern.tokens {
            match token {
                PatternToken::Literal(text) => symbols.extend(text.chars().map(Symbol::Char)),
                PatternToken::Run(gap) => symbols.push(Symbol::Run(*gap)),
                PatternToken::One(gap) => symbols.push(Symbol::One(*gap)),
                PatternToken::Variable(..) => symbols.push(Symbol::Variable(token)),
            }
        }
        symbols
    }
    broad.is_any()
        || (begin_alike(broad.literal_prefix(), narrow.literal_prefix()) && covers_symbols(&symbols(broad), &symbols(narrow)))
}

/// PERF: most pairs differ in their first literal text already.
fn begin_alike(broad_literal: &str, narrow_literal: &str) -> bool {
    narrow_literal.starts_with(broad_literal)
}

/// A pattern, character by character.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Symbol<'a> {
    Char(char),
    One(Gap),
    Run(Gap),
    Variable(&'a PatternToken),
}

impl Symbol<'_> {
    /// Whether a run may stand for it. What a variable becomes may hold any character; where it becomes nothing, the narrow
    /// pattern matches nothing (PV-9).
    fn fits_run(self, run: Gap) -> bool {
        run == Gap::Any || self.stays_in_field()
    }

    fn stays_in_field(self) -> bool {
        match self {
            Symbol::Char(c) => c != ':',
            Symbol::One(gap) | Symbol::Run(gap) => gap == Gap::NoColon,
            Symbol::Variable(_) => false,
        }
    }

    /// Whether it stands for the other, both taking one place.
    fn fits(self, narrow: Symbol<'_>) -> bool {
        match self {
            Symbol::One(gap) => matches!(narrow, Symbol::Char(_) | Symbol::One(_)) && narrow.fits_run(gap),
            Symbol::Char(_) | Symbol::Variable(_) => self == narrow,
            Symbol::Run(_) => false,
        }
    }
}

/// A glob match with the narrow pattern as the text. Only the last run is tried longer, so it takes linear times linear at worst;
/// a few coverings of mixed runs are missed.
fn covers_symbols(broad: &[Symbol<'_>], narrow: &[Symbol<'_>]) -> bool {
    let (mut b, mut n) = (0, 0);
    let mut last_run: Option<(usize, Gap, usize)> = None;
    loop {
        match broad.get(b) {
            Some(&Symbol::Run(gap)) => {
                last_run = Some((b, gap, n));
                b += 1;
                continue;
            }
            Some(symbol) if narrow.get(n).is_some_and(|&narrow| symbol.fits(narrow)) => {
                (b, n) = (b + 1, n + 1);
                continue;
            }
            None if n == narrow.len() => return true,
            _ => {}
        }
        let Some((run, gap, taken)) = last_run else { return false };
        if !narrow.get(taken).is_some_and(|symbol| symbol.fits_run(gap)) {
            return false;
        }
        last_run = Some((run, gap, taken + 1));
        (b, n) = (run + 1, taken + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn action_names() {
        for (broad, narrow, expected) in [
            ("get*", "getobject", true),
            ("get*", "get*acl", true),
            ("get*", "get", true),
            ("get*acl", "get?bject*acl", true),
            ("get?bject", "getobject", true),
            ("*object*", "get*objects", true),
            ("*a*b", "*b*a*b", true),
            ("get?bject", "get*bject", false),
            ("get*acl", "get*", false),
            ("getobject", "get*", false),
            ("get?*", "get*", false),
            ("*", "", true),
            ("?", "", false),
        ] {
            assert_eq!(covers_texts(broad, narrow), expected, "{broad} {narrow}");
        }
    }

    #[test]
    fn principals() {
        use PrincipalPattern::{AwsAnyone, Everyone};
        let user = || PrincipalPattern::Arn("arn:aws:iam::111111111111:user/ann".into());
        let account = || PrincipalPattern::Account { account: "111111111111".into(), partition: None };
        let listed = |patterns: &[PrincipalPattern]| PrincipalSet { negated: false, patterns: patterns.to_vec() };
        let others = |patterns: &[PrincipalPattern]| PrincipalSet { negated: true, patterns: patterns.to_vec() };
        assert!(covers_principals(&listed(&[Everyone]), &listed(&[AwsAnyone])));
        assert!(covers_principals(&listed(&[Everyone]), &others(&[user()])));
        assert!(covers_principals(&listed(&[account(), user()]), &listed(&[user()])));
        assert!(covers_principals(&others(&[user()]), &others(&[account(), user()])));
        // Everyone is more than AWS anyone (D-38), and an account is a weaker grant than its user (EV-8).
        assert!(!covers_principals(&listed(&[AwsAnyone]), &listed(&[Everyone])));
        assert!(!covers_principals(&listed(&[account()]), &listed(&[user()])));
        assert!(!covers_principals(&others(&[user()]), &listed(&[account()])));
        assert!(!covers_principals(&others(&[account(), user()]), &others(&[user()])));
    }

    #[test]
    fn runs_that_stop_at_colons() {
        let run = PatternToken::Run;
        let literal = |text: &str| PatternToken::Literal(text.into());
        let team = || PatternToken::Variable(crate::ir::KeyId(0), None);
        let check = |broad: &[PatternToken], narrow: &[PatternToken], expected: bool| {
            let (broad, narrow) = (Pattern::new(broad.iter().cloned()), Pattern::new(narrow.iter().cloned()));
            assert_eq!(covers_pattern(&broad, &narrow), expected, "{broad:?} {narrow:?}");
        };
        check(&[literal("a:"), run(Gap::Any)], &[literal("a:b:"), run(Gap::NoColon)], true);
        check(&[literal("a:"), run(Gap::NoColon)], &[literal("a:b:c")], false);
        check(&[literal("a:"), run(Gap::NoColon)], &[literal("a:b"), run(Gap::Any)], false);
        check(&[literal("a:"), run(Gap::NoColon), literal(":c")], &[literal("a:b:c")], true);
        check(&[literal("a/"), run(Gap::Any)], &[literal("a/"), team(), literal("/x")], true);
        check(&[literal("a/"), team(), run(Gap::Any)], &[literal("a/"), team(), literal("/x")], true);
        // An unresolved variable makes the broad pattern match nothing.
        check(&[literal("a/"), team(), run(Gap::Any)], &[literal("a/x")], false);
        check(&[literal("a/"), run(Gap::NoColon)], &[literal("a/"), team()], false);
        check(&[PatternToken::One(Gap::NoColon)], &[PatternToken::One(Gap::Any)], false);
    }
}
