//! About principals.

use super::Explanation;
use crate::diagnostic::Code;

/// The explanation, if the code is one of these.
pub(super) fn explanation(code: Code) -> Option<Explanation> {
    Some(match code {
        Code::MissingPrincipal => Explanation {
            checks: "Each statement of a policy that is attached to a resource names principals.",
            why: "Without them it applies to nobody, and services refuse it.",
            example: r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#,
            instead: r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, ...}"#,
        },
        Code::UnsupportedPrincipal => Explanation {
            checks: "Identity-based policies, boundaries and session policies name no principal.",
            why: "They apply to the identity they are attached to; IAM refuses the element.",
            example: r#""Principal": "*""#,
            instead: "no `Principal`",
        },
        Code::ScpSyntaxErrorPrincipal => Explanation {
            checks: "A service control policy names no principal.",
            why: "It applies to the accounts it is attached to; Organizations refuses the element.",
            example: r#""Principal": "*""#,
            instead: "a condition on `aws:PrincipalArn`",
        },
        Code::RcpSyntaxErrorPrincipal => Explanation {
            checks: "A resource control policy has no `NotPrincipal`.",
            why: "Organizations refuses the element.",
            example: r#""NotPrincipal": {"AWS": "111122223333"}"#,
            instead: r#""Principal": "*", and a condition on `aws:PrincipalArn`"#,
        },
        Code::RcpSpecificPrincipal => Explanation {
            checks: "The principal of a resource control policy is `*`.",
            why: "Organizations refuses any other.",
            example: r#""Principal": {"AWS": "111122223333"}"#,
            instead: r#""Principal": "*", and a condition on `aws:PrincipalArn`"#,
        },
        Code::RcpSyntaxErrorAllow => Explanation {
            checks: "A resource control policy of a customer denies.",
            why: "Organizations refuses `Allow` there; the policy that allows everything is attached by AWS.",
            example: r#""Effect": "Allow""#,
            instead: r#""Effect": "Deny""#,
        },
        Code::RoleTrustPolicySyntaxErrorNotprincipal => Explanation {
            checks: "A role trust policy has no `NotPrincipal`.",
            why: "IAM refuses the element.",
            example: r#""NotPrincipal": {"AWS": "111122223333"}"#,
            instead: r#""Principal": {"AWS": "444455556666"}"#,
        },
        Code::RoleTrustPolicyUnsupportedWildcardInPrincipal => Explanation {
            checks: "A role trust policy does not allow everyone.",
            why: "Anyone in any account may then assume the role, unless a condition stops them.",
            example: r#""Effect": "Allow", "Principal": "*""#,
            instead: r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}"#,
        },
        Code::AllowWithNotPrincipal => Explanation {
            checks: "`NotPrincipal` stands with `Deny` only.",
            why: "With `Allow` it would allow everyone in the world but the listed.",
            example: r#""Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}"#,
            instead: r#""Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}"#,
        },
        Code::InvalidPrincipalFormat => Explanation {
            checks: r#"`Principal` is `"*"` or an object."#,
            why: "IAM refuses anything else.",
            example: r#""Principal": "111122223333""#,
            instead: r#""Principal": {"AWS": "111122223333"}"#,
        },
        Code::InvalidPrincipalKey => Explanation {
            checks: "The members of `Principal` are `AWS`, `Service`, `Federated` and `CanonicalUser`; letter case matters.",
            why: "IAM refuses others.",
            example: r#""Principal": {"aws": "111122223333"}"#,
            instead: r#""Principal": {"AWS": "111122223333"}"#,
        },
        Code::MalformedPrincipal => Explanation {
            checks: "A principal under `AWS` is an account id, the ARN of a root user, user, role, role session or federated user, a unique id, or `*`.",
            why: "IAM refuses anything else, also groups; it could match nobody.",
            example: r#""AWS": "arn:aws:iam::111122223333:group/admins""#,
            instead: r#""AWS": "arn:aws:iam::111122223333:role/admin""#,
        },
        Code::UnsupportedWildcardInPrincipal => Explanation {
            checks: "A principal has no wildcard, or is `*` as a whole.",
            why: "A wildcard in an ARN is not expanded here, so the entry matches nobody; a service must be named.",
            example: r#""AWS": "arn:aws:iam::111122223333:role/*""#,
            instead: r#""AWS": "111122223333", and `ArnLike` on `aws:PrincipalArn`"#,
        },
        Code::EmptyArrayPrincipal => Explanation {
            checks: "The lists of principals are not empty.",
            why: "The statement applies to nobody.",
            example: r#""Principal": {"AWS": []}"#,
            instead: r#""Principal": {"AWS": ["111122223333"]}"#,
        },
        Code::EmptyObjectPrincipal => Explanation {
            checks: "The object of principals is not empty.",
            why: "The statement applies to nobody.",
            example: r#""Principal": {}"#,
            instead: r#""Principal": {"AWS": ["111122223333"]}"#,
        },
        _ => return None,
    })
}
