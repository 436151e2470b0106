//! The ARN operators: `ArnEquals`, `ArnLike` and their negations (section 2.2).

use super::glob::{Reach, Token, glob_matches};

/// Number of fields of an ARN.
const FIELD_COUNT: usize = 6;

/// Whether the value is an ARN whose six fields match those of the pattern one by one, with regard to letter case (WC-16).
///
/// The pattern comes with its variables replaced and is split only now (D-19): `"${aws:PrincipalArn}"` is a whole ARN
/// (PV-16).
#[must_use]
pub fn arn_matches(pattern: &[Token], value: &str) -> bool {
    // A value that is no ARN matches no pattern (WC-17).
    let value_fields: Vec<&str> = value.splitn(FIELD_COUNT, ':').collect();
    if value_fields.len() < FIELD_COUNT || value_fields[0] != "arn" {
        return false;
    }
    let Some(pattern_fields) = complete(split_fields(pattern)) else { return false };
    pattern_fields.iter().zip(value_fields).all(|(pattern, field)| glob_matches(pattern, field))
}

/// Splits at the first five colons; the sixth field keeps its own.
fn split_fields(pattern: &[Token]) -> Vec<Vec<Token>> {
    pattern.splitn(FIELD_COUNT, |&token| token == Token::Literal(':')).map(<[Token]>::to_vec).collect()
}

/// D-12: a pattern with fewer than six fields stands for any ARN that begins so if it ends in `*`, else for none (WC-18).
fn complete(mut fields: Vec<Vec<Token>>) -> Option<Vec<Vec<Token>>> {
    const ANY_RUN: Token = Token::AnyRun(Reach::Everything);
    if fields.len() < FIELD_COUNT {
        if fields.last()?.last() != Some(&ANY_RUN) {
            return None;
        }
        fields.resize(FIELD_COUNT, vec![ANY_RUN]);
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::super::glob::wildcards;
    use super::*;

    #[track_caller]
    fn check(pattern: &str, value: &str, expected: bool) {
        assert_eq!(arn_matches(&wildcards(pattern), value), expected, "{pattern} {value}");
    }

    #[test]
    fn fields_match_one_by_one() {
        check("arn:aws:sns:*:1111:t-*", "arn:aws:sns:us-east-1:1111:t-1", true);
        check("arn:aws:s:*:1111:finance/*", "arn:aws:s:eu:9999:x:1111:finance/d", false);
        check("arn:aws:s:*:*:a:*", "arn:aws:s:eu:1111:a:b:c", true);
        check("arn:aws:s3:::b/*", "arn:aws:s3:::B/x", false);
        check("arn:aws:s3:::b/*", "not-an-arn", false);
        check("*", "not:an:arn:of:six:fields", false);
        check("*", "arn:aws:s3:::b", true);
        check("arn:aws:s3:*", "arn:aws:s3:::b/c:d", true);
        check("arn:aws:s3", "arn:aws:s3:::b", false);
        check("arn:*:s3:::b", "arn:aws:s3:::b", true);
        check("arn:a?s:s3:::b", "arn:aws:s3:::b", true);
    }

    #[test]
    fn a_star_that_came_from_a_value_does_not_complete() {
        let literal: Vec<Token> = "arn:aws:s3:*".chars().map(Token::Literal).collect();
        assert!(!arn_matches(&literal, "arn:aws:s3:::b"));
    }
}
