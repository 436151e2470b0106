//! Names of condition keys: `aws:ResourceTag/team`.

use std::ops::Range;

use lalrpop_util::lalrpop_mod;
use logos::Logos;

use super::{Mistake, Stop, Tokens};
use crate::diagnostic::Code;

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
    grammar,
    "/condition_key.rs"
);

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    #[token(":")]
    Colon,
    #[token("/")]
    Slash,
    #[regex("[^:/]+")]
    Text,
}

/// Where in a key its parts stand.
pub(crate) struct Parts {
    /// `ResourceTag` of `aws:ResourceTag/team`.
    pub(crate) name: Range<usize>,
    /// What follows the first slash after the name.
    pub(crate) tag: Option<Range<usize>>,
}

/// Families of keys with one key for each tag (TG-1): the bare name is no key at all (TG-2).
const TAG_FAMILIES: [&str; 6] =
    ["ResourceTag", "RequestTag", "PrincipalTag", "CreatedResourceTag", "ExistingObjectTag", "RequestObjectTag"];

/// Checks a key of a condition operator.
pub(in crate::syntax) fn check(text: &str) -> Result<(), Mistake> {
    let parts = grammar::KeyParser::new().parse(Tokens::<Token>::new(text)).map_err(|error| Mistake {
        code: Code::InvalidConditionKeyFormat,
        range: Stop::new(error, text).range,
        message: format!("`{text}` is not a prefix, a colon and a name"),
        help: "Write a key such as `aws:SourceIp` or `aws:ResourceTag/team`.",
    })?;
    let name = &text[parts.name.clone()];
    let is_tag_family = TAG_FAMILIES.iter().any(|family| family.eq_ignore_ascii_case(name));
    if is_tag_family && parts.tag.is_none_or(|tag| tag.is_empty()) {
        return Err(Mistake {
            code: Code::MissingTagKeyInCondition,
            range: parts.name.start..text.len(),
            message: format!("`{text}` does not say which tag"),
            help: "Write the tag's key after a slash, such as `aws:ResourceTag/team`.",
        });
    }
    if let Some(at) = text.find("${") {
        return Err(Mistake {
            code: Code::VariableInConditionKey,
            range: at..text.len(),
            message: format!("the `${{` in the key `{text}` is ordinary text"),
            help: "Write the name of one key; policy variables work in the values only.",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_mistake;
    use super::*;

    #[test]
    fn names_with_colons_slashes_and_tags() {
        for key in [
            "aws:SourceIp",
            "aws:ResourceTag/team/sub:x",
            "aws:ResourceTag//",
            "kms:EncryptionContext:aws:s3:arn",
            "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub",
            "saml:edupersonaffiliation[]",
            "iam:ResourceTag/a b",
        ] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
    }

    #[test]
    fn keys_that_name_nothing() {
        let format = |key, marked| check_mistake(check(key), key, Code::InvalidConditionKeyFormat, marked);
        format("", "");
        format("k", "");
        format("aws:", "");
        format(":x", ":");
        format("a::x", ":");
        let tag = |key, marked| check_mistake(check(key), key, Code::MissingTagKeyInCondition, marked);
        tag("aws:ResourceTag", "ResourceTag");
        tag("AWS:requesttag/", "requesttag/");
        tag("imagebuilder:CreatedResourceTag", "CreatedResourceTag");
        check_mistake(check("aws:ResourceTag/${k}"), "aws:ResourceTag/${k}", Code::VariableInConditionKey, "${k}");
    }
}
