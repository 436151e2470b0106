//! About the text, JSON, and the document.

use super::Explanation;
use crate::diagnostic::Code;

/// The explanation, if the code is one of these.
pub(super) fn explanation(code: Code) -> Option<Explanation> {
    Some(match code {
        Code::DocumentTooLarge => Explanation {
            checks: "A document has at most 1 GiB.",
            why: "Places in a text are counted in 32 bits; a policy of that size is a mistake.",
            example: "a log file given as a policy",
            instead: "Give the policy itself, or split it.",
        },
        Code::NestingTooDeep => Explanation {
            checks: "Objects and arrays are nested at most 64 deep.",
            why: "A policy needs six levels; text without end of `[` is an attack or a damaged file.",
            example: "[[[[[[...",
            instead: "Remove the superfluous brackets.",
        },
        Code::JsonSyntaxError => Explanation {
            checks: "The text is JSON: strings in double quotes, `,` between entries and none behind the last, no comments.",
            why: "IAM refuses anything else, and what a mended text would mean is a guess.",
            example: r#"{"Effect": 'Allow', /* yes */}"#,
            instead: r#"{"Effect": "Allow"}"#,
        },
        Code::DuplicateKey => Explanation {
            checks: "No key occurs twice in one object.",
            why: "Most JSON readers keep the last one without a word, so that a Deny may disappear.",
            example: r#"{"Effect": "Deny", "Effect": "Allow"}"#,
            instead: r#"{"Effect": "Deny"}"#,
        },
        Code::DataTypeMismatch => Explanation {
            checks: "Each element has the JSON type that the policy grammar gives it; `null` is never one of them.",
            why: "IAM refuses the policy.",
            example: r#""Action": {"s3": "GetObject"}"#,
            instead: r#""Action": "s3:GetObject""#,
        },
        Code::InvalidPolicyElement => Explanation {
            checks: "Each element is one of the policy language, spelled and placed as there; letter case matters.",
            why: "An element that is passed over may have been the one that restricts.",
            example: r#""Conditions": {...}"#,
            instead: r#""Condition": {...}"#,
        },
        Code::UnsupportedId => Explanation {
            checks: "`Id` stands only in policies that are attached to resources.",
            why: "Identity-based policies have a name instead; IAM's grammar has no `Id` for them.",
            example: r#"{"Version": "2012-10-17", "Id": "mine", "Statement": []}"#,
            instead: r#"{"Version": "2012-10-17", "Statement": []}"#,
        },
        Code::InvalidVersion => Explanation {
            checks: "`Version` is `2012-10-17` or `2008-10-17`.",
            why: "It names the policy language, not the edition of the policy.",
            example: r#""Version": "2024-05-01""#,
            instead: r#""Version": "2012-10-17""#,
        },
        Code::MissingVersion => Explanation {
            checks: "The policy has a `Version`.",
            why: "Without one the policy is read as `2008-10-17`: `${aws:username}` is then ordinary text, and IAM does not store such managed policies.",
            example: r#"{"Statement": []}"#,
            instead: r#"{"Version": "2012-10-17", "Statement": []}"#,
        },
        Code::MissingStatement => Explanation {
            checks: "The policy has a `Statement`.",
            why: "A policy without statements says nothing; IAM refuses it.",
            example: r#"{"Version": "2012-10-17"}"#,
            instead: r#"{"Version": "2012-10-17", "Statement": [{"Effect": ...}]}"#,
        },
        Code::EmptyStatement => Explanation {
            checks: "The list of statements has entries.",
            why: "A policy without statements does nothing where it is attached, and allows nothing as a boundary.",
            example: r#""Statement": []"#,
            instead: r#""Statement": [{"Effect": ...}]"#,
        },
        Code::TooManyStatements => Explanation {
            checks: "A document has at most 2,097,152 statements.",
            why: "Statements are numbered in 32 bits throughout; the limit keeps every table far from overflow.",
            example: "a generated file with every object of a bucket as a statement",
            instead: "Use wildcards, or split the policy.",
        },
        Code::UnsupportedCharacter => Explanation {
            checks: "Policies that IAM stores use U+0009, U+000A, U+000D and U+0020 to U+00FF only.",
            why: "IAM refuses other characters, so this policy can never be attached.",
            example: r#""Resource": "arn:aws:s3:::bucket/日本/*""#,
            instead: r#""Resource": "arn:aws:s3:::bucket/*""#,
        },
        Code::PolicySizeExceedsIdentityPolicyQuota => Explanation {
            checks: "A managed policy has at most 6,144 characters, white space aside.",
            why: "IAM refuses a longer one.",
            example: "hundreds of ARNs in one `Resource`",
            instead: "Use wildcards, or split the policy.",
        },
        Code::PolicySizeExceedsRoleTrustPolicyQuota => Explanation {
            checks: "A role trust policy has at most 8,192 characters, white space aside; 2,048 unless the quota was raised.",
            why: "IAM refuses a longer one.",
            example: "hundreds of principals",
            instead: "Trust the accounts, and test tags or `aws:PrincipalArn`.",
        },
        Code::PolicySizeExceedsSessionPolicyQuota => Explanation {
            checks: "A session policy has at most 2,048 characters.",
            why: "STS refuses the call.",
            example: "a managed policy passed as text",
            instead: "Pass the ARN of a managed policy.",
        },
        Code::PolicySizeExceedsScpQuota => Explanation {
            checks: "A service control policy has at most 10,240 characters, white space included.",
            why: "Organizations refuses a longer one.",
            example: "a policy indented for reading",
            instead: "Remove white space, or split the policy.",
        },
        Code::PolicySizeExceedsRcpQuota => Explanation {
            checks: "A resource control policy has at most 5,120 characters, white space included.",
            why: "Organizations refuses a longer one.",
            example: "a policy indented for reading",
            instead: "Remove white space, or split the policy.",
        },
        Code::PolicySizeExceedsEndpointPolicyQuota => Explanation {
            checks: "A VPC endpoint policy has at most 20,480 characters, white space included.",
            why: "EC2 refuses a longer one.",
            example: "every bucket of a company by name",
            instead: "Use wildcards, or test `aws:ResourceOrgID`.",
        },
        _ => return None,
    })
}
