//! Values of `Principal`: account ids, ARNs, unique ids, services, identity providers.

use lalrpop_util::lalrpop_mod;
use logos::Logos;

use super::{Mistake, Stop, Tokens};
use crate::diagnostic::Code;
use crate::iam::PrincipalPattern;

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
    grammar,
    "/principal.rs"
);

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    #[token(":")]
    Colon,
    #[token("/")]
    Slash,
    #[token("*")]
    Wildcard,
    #[token("?")]
    AnyChar,
    #[token("${")]
    Variable,
    #[token("arn")]
    Arn,
    #[token("iam")]
    Iam,
    #[token("sts")]
    Sts,
    #[token("root")]
    Root,
    #[token("user")]
    User,
    #[token("role")]
    Role,
    #[token("assumed-role")]
    AssumedRole,
    #[token("federated-user")]
    FederatedUser,
    #[token("cloudfront")]
    CloudFront,
    #[regex("A(IDA|ROA)[A-Za-z0-9]*", priority = 20)]
    UniqueId,
    #[regex("[0-9]+", priority = 20)]
    Digits,
    #[regex(r"[^:/*?$]+", priority = 2)]
    #[token("$")]
    Word,
}

/// The members that a `Principal` map may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax) enum Member {
    Aws,
    Service,
    Federated,
    CanonicalUser,
}

impl Member {
    pub(in crate::syntax) const NAMES: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

    /// The member with this name; letter case matters (GR-7).
    pub(in crate::syntax) fn from_name(name: &str) -> Option<Member> {
        match name {
            "AWS" => Some(Member::Aws),
            "Service" => Some(Member::Service),
            "Federated" => Some(Member::Federated),
            "CanonicalUser" => Some(Member::CanonicalUser),
            _ => None,
        }
    }
}

/// Reads a value of this member.
pub(in crate::syntax) fn parse(member: Member, text: &str) -> Result<PrincipalPattern, Mistake> {
    let plain = |pattern: fn(Box<str>) -> PrincipalPattern| {
        let parsed = grammar::PlainParser::new().parse(text, Tokens::<Token>::new(text));
        parsed.map(|()| pattern(text.into()))
    };
    let parsed = match member {
        Member::Aws => grammar::AwsParser::new().parse(text, Tokens::<Token>::new(text)),
        Member::Service => plain(PrincipalPattern::Service),
        Member::Federated => plain(PrincipalPattern::Federated),
        Member::CanonicalUser => plain(PrincipalPattern::CanonicalUser),
    };
    parsed.map_err(|error| explain(&Stop::new(error, text), member, text))
}

#[cold]
fn explain(stop: &Stop<Token>, member: Member, text: &str) -> Mistake {
    let before = &text[..stop.range.start];
    let (code, message, help) = match (stop.token, member) {
        (Some(Token::Variable), _) => (
            Code::VariableUnsupportedInElement,
            "policy variables do not work in principals".to_owned(),
            "Write `*` and test `aws:PrincipalArn` in the `Condition`.",
        ),
        // The grammar takes `*` alone and stops behind it.
        (Some(Token::Wildcard | Token::AnyChar), _) | (Some(_), Member::Aws) if text.contains(['*', '?']) => {
            let at = text.find(['*', '?']).unwrap_or(stop.range.start);
            let help = match member {
                Member::Service => "Name each service, such as `lambda.amazonaws.com`.",
                Member::Federated | Member::CanonicalUser => "Name each one; wildcards do not work here.",
                Member::Aws => "Write `*` alone and test `aws:PrincipalArn` with `ArnLike` in the `Condition`.",
            };
            return Mistake {
                code: Code::UnsupportedWildcardInPrincipal,
                range: at..at + 1,
                message: format!("the principal `{text}` has a wildcard"),
                help,
            };
        }
        _ if text.is_empty() => (Code::MalformedPrincipal, "the principal is empty".to_owned(), AWS_HELP),
        _ if before.ends_with(':') && text[stop.range.start..].starts_with("group/") => (
            Code::MalformedPrincipal,
            "a group cannot be a principal".to_owned(),
            "Name the group's users, or the roles they assume.",
        ),
        _ => (Code::MalformedPrincipal, format!("`{text}` names no principal"), AWS_HELP),
    };
    Mistake { code, range: stop.range.clone(), message, help }
}

const AWS_HELP: &str = "Write an account id, the ARN of an account's `root`, a `user/NAME`, `role/NAME`, \
                        `assumed-role/NAME/SESSION` or `federated-user/NAME`, or `*`.";

#[cfg(test)]
mod tests {
    use super::super::tests::check_mistake;
    use super::*;

    #[track_caller]
    fn check(member: Member, text: &str, expected: PrincipalPattern) {
        assert_eq!(parse(member, text), Ok(expected), "{text}");
    }

    #[test]
    fn principals_of_accounts() {
        let account =
            |partition: Option<&str>| PrincipalPattern::Account { account: "1111".into(), partition: partition.map(Into::into) };
        check(Member::Aws, "*", PrincipalPattern::AwsAnyone);
        check(Member::Aws, "1111", account(None));
        check(Member::Aws, "arn:aws-cn:iam::1111:root", account(Some("aws-cn")));
        check(Member::Aws, "AROAEXAMPLE", PrincipalPattern::UniqueId("AROAEXAMPLE".into()));
        for arn in [
            "arn:aws:iam::1111:user/bob",
            "arn:aws:iam::1111:role/a/b/root",
            "arn:aws:iam::1111:role/1111",
            "arn:aws:iam::1111:role/AIDA",
            "arn:aws:sts::1111:assumed-role/r/bob@example.com",
            "arn:aws:sts::1111:federated-user/bob",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
        ] {
            check(Member::Aws, arn, PrincipalPattern::Arn(arn.into()));
        }
    }

    #[test]
    fn other_principals() {
        check(Member::Service, "lambda.amazonaws.com", PrincipalPattern::Service("lambda.amazonaws.com".into()));
        let saml = "arn:aws:iam::1111:saml-provider/x";
        check(Member::Federated, saml, PrincipalPattern::Federated(saml.into()));
        check(Member::CanonicalUser, "79a5", PrincipalPattern::CanonicalUser("79a5".into()));
    }

    #[test]
    fn what_names_no_principal() {
        let malformed = |text, marked| check_mistake(parse(Member::Aws, text), text, Code::MalformedPrincipal, marked);
        malformed("", "");
        malformed("bob", "bob");
        malformed("arn:aws:iam::1111:group/g", "group");
        malformed("arn:aws:iam::1111", "");
        malformed("arn:aws:iam:eu-west-1:1111:root", "eu-west-1");
        malformed("arn:aws:iam::1111:user", "");
        malformed("arn:aws:iam::1111:user/", "");
        malformed("arn:aws:sts::1111:assumed-role/r", "");
        malformed("arn:aws:s3:::bucket", "s3");
        let wildcard =
            |member, text, marked| check_mistake(parse(member, text), text, Code::UnsupportedWildcardInPrincipal, marked);
        wildcard(Member::Aws, "arn:aws:iam::1111:user/*", "*");
        wildcard(Member::Aws, "arn:aws:iam::*:root", "*");
        wildcard(Member::Aws, "*bob", "*");
        wildcard(Member::Aws, "111?", "?");
        wildcard(Member::Service, "*", "*");
        wildcard(Member::Federated, "a*", "*");
        let variable = "arn:aws:iam::1111:user/${aws:username}";
        check_mistake(parse(Member::Aws, variable), variable, Code::VariableUnsupportedInElement, "${");
    }
}
