//! About conditions and policy variables.

use super::Explanation;
use crate::diagnostic::Code;

/// The explanation, if the code is one of these.
pub(super) fn explanation(code: Code) -> Option<Explanation> {
    Some(match code {
        Code::EmptyObjectCondition => Explanation {
            checks: "`Condition` and its operators have members.",
            why: "An empty one tests nothing, so the statement applies whenever the rest does.",
            example: r#""Condition": {"StringEquals": {}}"#,
            instead: r#""Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}"#,
        },
        Code::InvalidConditionOperator => Explanation {
            checks: "Each operator is one of IAM's, with `ForAllValues:` or `ForAnyValue:` before it and `IfExists` behind it at most.",
            why: "IAM refuses others; evaluated, a Deny would not fire.",
            example: r#""StringEqual": {...}"#,
            instead: r#""StringEquals": {...}"#,
        },
        Code::ConditionOperatorCase => Explanation {
            checks: "Operators are written in the letter case of the documentation.",
            why: "IAM takes other spellings, other tools may not.",
            example: r#""stringequals": {...}"#,
            instead: r#""StringEquals": {...}"#,
        },
        Code::NullWithIfExists => Explanation {
            checks: "`Null` has no `IfExists`.",
            why: "`Null` asks whether the key exists; with `IfExists` that makes no sense, and IAM refuses it.",
            example: r#""NullIfExists": {"aws:TagKeys": "true"}"#,
            instead: r#""Null": {"aws:TagKeys": "true"}"#,
        },
        Code::NullWithQualifier => Explanation {
            checks: "`Null` has no set operator.",
            why: "`ForAllValues:Null` is always true and `ForAnyValue:Null` always false.",
            example: r#""ForAllValues:Null": {"aws:TagKeys": "false"}"#,
            instead: r#""Null": {"aws:TagKeys": "false"}"#,
        },
        Code::DuplicateKeysWithDifferentCase => Explanation {
            checks: "No two keys of one operator, and no two operators, differ only in letter case.",
            why: "They are one key, and which of the values counts would be chance; IAM refuses it.",
            example: r#"{"aws:SourceVpc": "a", "AWS:sourcevpc": "b"}"#,
            instead: r#"{"aws:SourceVpc": ["a", "b"]}"#,
        },
        Code::InvalidConditionKeyFormat => Explanation {
            checks: "A condition key is a prefix, a colon and a name.",
            why: "No request has other keys, so the test sees an absent key.",
            example: r#""username": "bob""#,
            instead: r#""aws:username": "bob""#,
        },
        Code::MissingTagKeyInCondition => Explanation {
            checks: "A key such as `aws:ResourceTag` says which tag.",
            why: "Each tag is a key of its own; the bare name is never in a request.",
            example: r#""aws:ResourceTag": "red""#,
            instead: r#""aws:ResourceTag/team": "red""#,
        },
        Code::VariableInConditionKey => Explanation {
            checks: "A condition key has no policy variable.",
            why: "It is not replaced: the key is looked up with `${` in its name, and is absent.",
            example: r#""aws:ResourceTag/${aws:PrincipalTag/k}": "x""#,
            instead: r#""aws:ResourceTag/team": "x""#,
        },
        Code::EmptyArrayCondition => Explanation {
            checks: "A condition key has values.",
            why: "With none, a positive operator is never true and a negated one always.",
            example: r#""StringEquals": {"aws:username": []}"#,
            instead: r#""StringEquals": {"aws:username": ["bob"]}"#,
        },
        Code::InvalidConditionDataType => Explanation {
            checks: "The values of one key have one JSON type.",
            why: "They are compared as text all the same, but a mixture is usually a slip.",
            example: r#"["1", 2]"#,
            instead: r#"["1", "2"]"#,
        },
        Code::TypeMismatchBoolean => Explanation {
            checks: "Values under `Bool` and `Null` are `true` or `false`.",
            why: "Another value never matches.",
            example: r#""Bool": {"aws:SecureTransport": "yes"}"#,
            instead: r#""Bool": {"aws:SecureTransport": "true"}"#,
        },
        Code::TypeMismatchDate => Explanation {
            checks: "Values under date operators are ISO 8601 dates or epoch seconds.",
            why: "Another value never matches.",
            example: r#""DateLessThan": {"aws:CurrentTime": "31.1.2030"}"#,
            instead: r#""DateLessThan": {"aws:CurrentTime": "2030-01-31T00:00:00Z"}"#,
        },
        Code::TypeMismatchIpRange => Explanation {
            checks: "Values under address operators are addresses or CIDR ranges.",
            why: "Another value never matches, so that `NotIpAddress` is always true.",
            example: r#""IpAddress": {"aws:SourceIp": "10.0.0.0/33"}"#,
            instead: r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#,
        },
        Code::TypeMismatchNumber => Explanation {
            checks: "Values under numeric operators are decimal numbers without exponent.",
            why: "Another value never matches.",
            example: r#""NumericLessThan": {"s3:max-keys": "10k"}"#,
            instead: r#""NumericLessThan": {"s3:max-keys": "10000"}"#,
        },
        Code::TypeMismatchString => Explanation {
            checks: "Values under `BinaryEquals` are base64.",
            why: "Another value never matches.",
            example: r#""BinaryEquals": {"key": "héllo"}"#,
            instead: r#""BinaryEquals": {"key": "aMOpbGxv"}"#,
        },
        Code::EmptyVariable => Explanation {
            checks: "A policy variable names a key.",
            why: "IAM refuses `${}`.",
            example: r#""home/${}/*""#,
            instead: r#""home/${aws:username}/*""#,
        },
        Code::MissingBraceInVariable => Explanation {
            checks: "A policy variable ends in `}`.",
            why: "IAM refuses it.",
            example: r#""home/${aws:username/*""#,
            instead: r#""home/${aws:username}/*""#,
        },
        Code::MissingQuoteInVariable => Explanation {
            checks: "The default of a policy variable stands in single quotes.",
            why: "IAM refuses it.",
            example: r#""${aws:PrincipalTag/team, none}""#,
            instead: r#""${aws:PrincipalTag/team, 'none'}""#,
        },
        Code::UnsupportedSpaceInVariable => Explanation {
            checks: "A policy variable has no space but the one behind the comma.",
            why: "IAM refuses it.",
            example: r#""${ aws:username }""#,
            instead: r#""${aws:username}""#,
        },
        Code::MalformedVariable => Explanation {
            checks: "A policy variable is `${key}` or `${key, 'default'}`; `${*}` `${?}` `${$}` stand for the characters.",
            why: "IAM refuses anything else.",
            example: r#""${aws:PrincipalTag/team,'none'}""#,
            instead: r#""${aws:PrincipalTag/team, 'none'}""#,
        },
        Code::VariableUnsupportedInVersion => Explanation {
            checks: "A policy with variables has `Version` 2012-10-17.",
            why: "In other policies `${aws:username}` is ordinary text, and matches only that.",
            example: r#"{"Version": "2008-10-17", ... "home/${aws:username}/*"}"#,
            instead: r#"{"Version": "2012-10-17", ... "home/${aws:username}/*"}"#,
        },
        Code::InvalidVariableForOperator => Explanation {
            checks: "Policy variables stand under string and ARN operators.",
            why: "Other operators take the text as written, which they cannot read. `Bool` is documented both ways; here the variable is replaced.",
            example: r#""NumericLessThan": {"s3:max-keys": "${aws:EpochTime}"}"#,
            instead: r#""NumericLessThan": {"s3:max-keys": "10"}"#,
        },
        _ => return None,
    })
}
