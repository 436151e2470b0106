//! `Action` and `NotAction`.

use super::glob::{glob_matches, wildcards};
use crate::iam::ActionPattern;
use crate::syntax::ast::Element;

/// Whether the element covers the action. `NotAction` covers whatever its list does not (GR-37); an empty `Action` nothing
/// (GR-13).
#[must_use]
pub fn element_matches(element: &Element<ActionPattern>, action: &str) -> bool {
    element.patterns.iter().any(|pattern| action_matches(&pattern.value, action)) != element.negated
}

/// Whether one pattern covers the action, in any ASCII letter case (table 1.8). Only the name has wildcards (WC-3, WC-4); white
/// space is a character like any other (GR-16).
#[must_use]
pub fn action_matches(pattern: &ActionPattern, action: &str) -> bool {
    match pattern {
        ActionPattern::Any => true,
        ActionPattern::Service { prefix, name } => action.split_once(':').is_some_and(|(action_prefix, action_name)| {
            prefix.eq_ignore_ascii_case(action_prefix)
                && glob_matches(&wildcards(&name.to_ascii_lowercase()), &action_name.to_ascii_lowercase())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, action: &str, expected: bool) {
        let pattern = match pattern.split_once(':') {
            Some((prefix, name)) => ActionPattern::Service { prefix: prefix.into(), name: name.into() },
            None => ActionPattern::Any,
        };
        assert_eq!(action_matches(&pattern, action), expected, "{pattern} {action}");
    }

    #[test]
    fn names_have_wildcards_and_no_letter_case() {
        check("*", "s3:GetObject", true);
        check("s3:*", "S3:GetObject", true);
        check("s3:get*", "S3:GetObject", true);
        check("s3:Get*Acl", "s3:GetObjectAcl", true);
        check("s3:Get?bject", "s3:GetObject", true);
        check("s3:GetObject?", "s3:GetObject", false);
        check("s3:GetObject ", "s3:GetObject", false);
        check("s3:Get", "s3:GetObject", false);
        // The Kelvin sign is no ASCII letter.
        check("s3:\u{212a}ey", "s3:key", false);
        check("ec2:GetObject", "s3:GetObject", false);
    }
}
