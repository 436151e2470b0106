//! About the statement, its actions and resources.

use super::Explanation;
use crate::diagnostic::Code;

/// The explanation, if the code is one of these.
pub(super) fn explanation(code: Code) -> Option<Explanation> {
    Some(match code {
        Code::UnsupportedElementCombination => Explanation {
            checks: "A statement has only one of `Action` and `NotAction`, `Resource` and `NotResource`, `Principal` and `NotPrincipal`.",
            why: "They contradict each other; IAM refuses the policy.",
            example: r#""Action": "s3:*", "NotAction": "s3:DeleteBucket""#,
            instead: r#""Action": "s3:*", and a second statement that denies"#,
        },
        Code::MissingEffect => Explanation {
            checks: "Each statement has an `Effect`.",
            why: "There is no default; guessing one would allow or deny by accident.",
            example: r#"{"Action": "s3:*", "Resource": "*"}"#,
            instead: r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#,
        },
        Code::InvalidEffect => Explanation {
            checks: "`Effect` is `Allow` or `Deny`, in this letter case.",
            why: "IAM refuses anything else.",
            example: r#""Effect": "allow""#,
            instead: r#""Effect": "Allow""#,
        },
        Code::UnsupportedSid => Explanation {
            checks: "The Sid of an IAM policy consists of letters and digits.",
            why: "IAM refuses other characters.",
            example: r#""Sid": "read objects""#,
            instead: r#""Sid": "ReadObjects""#,
        },
        Code::UnusualSid => Explanation {
            checks: "A Sid consists of letters and digits.",
            why: "Some services take more characters in their resource policies, others refuse them.",
            example: r#""Sid": "read objects""#,
            instead: r#""Sid": "ReadObjects""#,
        },
        Code::EmptySidValue => Explanation {
            checks: "A Sid is not empty.",
            why: "It says nothing; explanations can then name the statement by its line only.",
            example: r#""Sid": """#,
            instead: r#""Sid": "ReadObjects""#,
        },
        Code::UniqueSidsRequired => Explanation {
            checks: "No two statements of an IAM policy have the same Sid.",
            why: "IAM refuses the policy.",
            example: r#"two statements with "Sid": "Read""#,
            instead: r#""Sid": "ReadObjects" and "Sid": "ReadBuckets""#,
        },
        Code::UniqueSidsRecommended => Explanation {
            checks: "No two statements have the same Sid.",
            why: "Some services refuse it, and an explanation that names the Sid is ambiguous.",
            example: r#"two statements with "Sid": "Read""#,
            instead: r#""Sid": "ReadObjects" and "Sid": "ReadBuckets""#,
        },
        Code::EmptyElement => Explanation {
            checks: "`Action`, `Resource` and `Principal` of a policy that IAM stores are not empty.",
            why: "Such a statement applies to nothing, and IAM refuses it.",
            example: r#""Action": []"#,
            instead: r#""Action": ["s3:GetObject"]"#,
        },
        Code::EmptyNegatedElement => Explanation {
            checks: "`NotAction`, `NotResource` and `NotPrincipal` are not empty.",
            why: "Without exceptions the statement applies to everything, which nobody means.",
            example: r#""NotAction": []"#,
            instead: r#""NotAction": ["iam:*"]"#,
        },
        Code::VariableUnsupportedInElement => Explanation {
            checks: "Policy variables stand in `Resource` and in condition values only.",
            why: "Elsewhere `${...}` is not replaced, so the text matches nothing.",
            example: r#""Principal": {"AWS": "arn:aws:iam::111122223333:user/${aws:username}"}"#,
            instead: r#""Principal": "*", and a condition on `aws:PrincipalArn`"#,
        },
        Code::MissingAction => Explanation {
            checks: "Each statement has `Action` or `NotAction`.",
            why: "IAM refuses the policy.",
            example: r#"{"Effect": "Allow", "Resource": "*"}"#,
            instead: r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#,
        },
        Code::MalformedAction => Explanation {
            checks: "An action is `*`, or a service prefix without wildcards, one colon, and a name.",
            why: "IAM refuses anything else; it could match no request.",
            example: r#""Action": "s3*:Get""#,
            instead: r#""Action": "s3:Get*""#,
        },
        Code::InvalidAction => Explanation {
            checks: "An action has no white space.",
            why: "White space is not trimmed, so the entry matches no request: an Allow grants nothing, and a Deny does not deny.",
            example: r#""Action": " s3:GetObject""#,
            instead: r#""Action": "s3:GetObject""#,
        },
        Code::EmptyArrayAction => Explanation {
            checks: "The list of actions is not empty.",
            why: "The statement applies to no request.",
            example: r#""Action": []"#,
            instead: r#""Action": ["s3:GetObject"]"#,
        },
        Code::RcpSyntaxErrorNotaction => Explanation {
            checks: "A resource control policy lists its actions with `Action`.",
            why: "Organizations refuses `NotAction` there.",
            example: r#""NotAction": "s3:GetObject""#,
            instead: r#""Action": "s3:*""#,
        },
        Code::RcpActionWildcard => Explanation {
            checks: "A resource control policy names the services of its actions.",
            why: "Organizations refuses the bare `*` in policies of customers.",
            example: r#""Action": "*""#,
            instead: r#""Action": ["s3:*", "sqs:*"]"#,
        },
        Code::MissingResource => Explanation {
            checks: "Each statement has `Resource` or `NotResource`, where the policy type has them.",
            why: "IAM refuses the policy.",
            example: r#"{"Effect": "Allow", "Action": "s3:*"}"#,
            instead: r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*"}"#,
        },
        Code::RoleTrustPolicySyntaxErrorResource => Explanation {
            checks: "A role trust policy has neither `Resource` nor `NotResource`.",
            why: "The resource is the role itself; IAM refuses the element.",
            example: r#""Action": "sts:AssumeRole", "Resource": "*""#,
            instead: r#""Action": "sts:AssumeRole""#,
        },
        Code::EmptyArrayResource => Explanation {
            checks: "The list of resources is not empty.",
            why: "The statement applies to no request.",
            example: r#""Resource": []"#,
            instead: r#""Resource": ["arn:aws:s3:::bucket/*"]"#,
        },
        Code::InvalidArnPrefix => Explanation {
            checks: "A resource begins with `arn:`, or with a wildcard that can stand for that.",
            why: "IAM refuses anything else; it could match no resource.",
            example: r#""Resource": "bucket""#,
            instead: r#""Resource": "arn:aws:s3:::bucket""#,
        },
        Code::ResourceNotArn => Explanation {
            checks: "A resource begins with `arn:`, or with a wildcard that can stand for that.",
            why: "It is compared as written and matches no ARN.",
            example: r#""Resource": "bucket""#,
            instead: r#""Resource": "arn:aws:s3:::bucket""#,
        },
        Code::MissingArnField => Explanation {
            checks: "In session policies, service and resource control policies an ARN has all six fields.",
            why: "STS and Organizations refuse incomplete ARNs; elsewhere they are completed.",
            example: r#""Resource": "arn:aws:sqs""#,
            instead: r#""Resource": "arn:aws:sqs:*:*:*""#,
        },
        Code::IncompleteArn => Explanation {
            checks: "An ARN has six fields: `arn:partition:service:region:account:resource`.",
            why: "Missing fields are taken for `*`, and a wildcard before them may run past colons: it matches more than one sees.",
            example: r#""Resource": "arn:aws:dynamodb:*:table/x""#,
            instead: r#""Resource": "arn:aws:dynamodb:*:*:table/x""#,
        },
        Code::InvalidArnAccount => Explanation {
            checks: "The account in an ARN or principal has 12 digits.",
            why: "An id with fewer belongs to no account, so the entry matches nobody.",
            example: r#""AWS": "1234""#,
            instead: r#""AWS": "000000001234""#,
        },
        Code::VariableInArnField => Explanation {
            checks: "Policy variables of a resource stand after the fifth colon of the ARN.",
            why: "IAM does not replace them in partition, service, Region and account.",
            example: r#""Resource": "arn:aws:s3:${aws:RequestedRegion}::b""#,
            instead: r#""Resource": "arn:aws:s3:::b", and a condition on `aws:RequestedRegion`"#,
        },
        Code::NotResourceWithVariable => Explanation {
            checks: "An exception under `Allow` and `NotResource` has no variable without default.",
            why: "When the key is absent the exception disappears, and what it should have kept out is allowed.",
            example: r#""NotResource": "arn:aws:s3:::b/${aws:username}/*""#,
            instead: r#""NotResource": "arn:aws:s3:::b/*", or a default: `${aws:username, 'none'}`"#,
        },
        _ => return None,
    })
}
