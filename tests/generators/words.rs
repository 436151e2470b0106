//! The small domains that policies and requests are drawn from.

use ibc::iam::ValueType;

/// The caller's usual account.
pub(crate) const HOME: &str = "111111111111";
/// Another account.
pub(crate) const AWAY: &str = "222222222222";

/// Actions of requests.
pub(crate) const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:GetObject",
    "s3:PutObject",
    "S3:getobject",
    "imagebuilder:GetImage",
    "imagebuilder:GetImage",
    "imagebuilder:CreateImage",
    "sts:AssumeRole",
    "sts:AssumeRole",
    "kms:Decrypt",
    "kms:RetireGrant",
    "sts:GetCallerIdentity",
];

/// Entries of `Action` and `NotAction`: narrow ones.
pub(crate) const ACTION_PATTERNS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:Get*",
    "s3:*",
    "S3:GETOBJECT",
    "s3:?etObject",
    "s3:*t*O*t",
    "imagebuilder:*",
    "imagebuilder:Get*",
    "imagebuilder:*Image",
    "ImageBuilder:createimage",
    "sts:*",
    "sts:AssumeRole",
    "kms:Decrypt",
    "kms:*",
    "nosuch:Action",
    "*",
];

/// Resources of requests.
pub(crate) const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::bucket/a",
    "arn:aws:s3:::bucket/a",
    "arn:aws:s3:::bucket/red/a",
    "arn:aws:s3:::bucket/",
    "arn:aws:s3:::other/A",
    "arn:aws:s3:::bucket/${aws:username}",
    "arn:aws:imagebuilder:us-east-1:111111111111:image/web/1",
    "arn:aws:imagebuilder:us-east-1:222222222222:image/web/1",
    "arn:aws:imagebuilder:us-x:9:y-1:111111111111:image/web",
    "arn:aws:imagebuilder:eu-west-1:aws:component/update",
    "arn:aws-cn:s3:::bucket/a",
    "aws:arn:s3:::bucket/a",
    "arn:aws:iam::111111111111:role/builder",
    "arn:aws:iam::222222222222:role/team/deploy",
    "arn:aws:kms:us-east-1:111111111111:key/1",
    "arn:aws:kms:us-east-1:222222222222:key/2",
    "arn:aws:kms:us-east-1:111111111111:alias/k",
];

/// Entries of `Resource` and `NotResource` with six fields: every policy type accepts them.
pub(crate) const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "*",
    "arn:aws:s3:::bucket/a",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/?",
    "arn:aws:s3:::bucket/*/a",
    "arn:aws:s3:::BUCKET/a",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::bucket/${AWS:principaltag/TEAM, 'red'}/a",
    "arn:aws:s3:::bucket/${aws:username}",
    "arn:aws:s3:::bucket/${aws:TagKeys}*",
    "arn:aws:s3:::bucket/${*}",
    "arn:aws:s3:::bucket/${$}{aws:username}",
    "arn:*:*:*:*:*",
    "arn:aws:*:*:111111111111:*",
    "arn:aws:imagebuilder:*:111111111111:image/*",
    "arn:aws:imagebuilder:us-*-1:111111111111:image/web",
    "arn:aws:imagebuilder:us-*:111111111111:image/web*",
    "arn:aws:imagebuilder:us-east-?:*:image/web/?",
    "arn:aws:imagebuilder:us-east-1:222222222222:image/web/1",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111111111111:role/builder",
    "arn:aws:kms:*:*:key/*",
];

/// Incomplete ARNs that end in `*`: refused in session policies and RCPs only (WC-9, WC-10).
pub(crate) const OPEN_RESOURCE_PATTERNS: &[&str] = &["arn:aws:s3*", "arn:*", "arn:aws:imagebuilder:*", "a*", "arn:aws:iam:*:1*"];

/// Incomplete ARNs for identity policies, boundaries, resource and endpoint policies (WC-9, D-11, D-40).
pub(crate) const INCOMPLETE_RESOURCE_PATTERNS: &[&str] =
    &["arn:aws:s3", "arn:aws:imagebuilder:*:image/web*", "arn:aws:imagebuilder:us-east-1:111111111111", "arn:aws"];

/// Keys whose values are of this type, as policies write them. Some have another letter case than the request's.
pub(crate) const fn keys(value_type: ValueType) -> &'static [&'static str] {
    match value_type {
        ValueType::String => STRING_KEYS,
        ValueType::Arn => &["aws:PrincipalArn", "aws:SourceArn", "aws:sourcearn"],
        ValueType::Numeric => &["aws:MultiFactorAuthAge", "s3:max-keys"],
        ValueType::Date => &["aws:CurrentTime", "aws:EpochTime"],
        ValueType::Bool => &["aws:SecureTransport", "aws:PrincipalIsAWSService", "aws:securetransport"],
        ValueType::Binary => &["test:Digest"],
        ValueType::IpAddress => &["aws:SourceIp", "aws:VpcSourceIp"],
        ValueType::Null => &["aws:PrincipalTag/team", "aws:TagKeys", "aws:username", "aws:SourceIp", "aws:ResourceAccount"],
    }
}

const STRING_KEYS: &[&str] = &[
    "aws:PrincipalTag/team",
    "AWS:principaltag/TEAM",
    "aws:ResourceTag/team",
    "imagebuilder:ResourceTag/team",
    "aws:RequestTag/env",
    "aws:RequestTag/${aws:username}",
    "aws:TagKeys",
    "aws:CalledVia",
    "s3:prefix",
    "aws:username",
    "aws:userid",
    "aws:PrincipalType",
    "aws:PrincipalAccount",
    "aws:ResourceAccount",
    "aws:FederatedProvider",
    "aws:PrincipalServiceName",
];

/// Keys that a request's context may hold, each spelled in one way (D-22).
pub(crate) const CONTEXT_KEYS: &[(&str, ValueType)] = &[
    ("aws:PrincipalTag/team", ValueType::String),
    ("aws:ResourceTag/Team", ValueType::String),
    ("imagebuilder:ResourceTag/team", ValueType::String),
    ("aws:RequestTag/env", ValueType::String),
    ("aws:TagKeys", ValueType::String),
    ("aws:CalledVia", ValueType::String),
    ("s3:prefix", ValueType::String),
    ("aws:SourceArn", ValueType::Arn),
    ("aws:PrincipalArn", ValueType::Arn),
    ("aws:MultiFactorAuthAge", ValueType::Numeric),
    ("s3:max-keys", ValueType::Numeric),
    ("aws:CurrentTime", ValueType::Date),
    ("aws:EpochTime", ValueType::Date),
    ("aws:SecureTransport", ValueType::Bool),
    ("test:Digest", ValueType::Binary),
    ("aws:SourceIp", ValueType::IpAddress),
    ("aws:VpcSourceIp", ValueType::IpAddress),
    ("aws:username", ValueType::String),
];

/// Values of conditions, in the language of policies.
pub(crate) const fn policy_values(value_type: ValueType) -> &'static [&'static str] {
    match value_type {
        ValueType::String => &[
            "",
            "red",
            "Red",
            "blue",
            "env",
            "é",
            "*",
            "re*",
            "*e*",
            "?ed",
            "?*",
            "r*d*",
            "${*}",
            "a${*}b",
            "${?}${$}",
            "alice",
            "User",
            "AssumedRole",
            HOME,
            "${aws:PrincipalTag/team}",
            "${aws:principaltag/Team, 'red'}",
            "${aws:username}",
            "${aws:TagKeys, 'red'}",
            "*${aws:RequestTag/env}",
            "${s3:prefix, ''}",
        ],
        ValueType::Arn => &[
            "*",
            "arn:aws:*",
            "arn:aws:s3",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::111111111111:root",
            "arn:aws:sns:*:111111111111:t-*",
            "arn:aws:sns:us-east-?:*:t-1",
            "arn:aws:sns:us-*:111111111111:t:1",
            "${aws:PrincipalArn}",
            "${aws:SourceArn}",
            "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}",
            "arn:aws:sns:us-east-1:111111111111:${aws:PrincipalTag/team, 't-1'}",
            "not-an-arn",
        ],
        ValueType::Numeric => &["10", "10.0", "-1", "0", "3600", "+007", "1e3", "x", "99999999999999999999.5", "${s3:max-keys}"],
        ValueType::Date => &[
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "1704067200",
            "2024-01-01T01:00:00+01:00",
            "2024-01-01T00:00:00.5Z",
            "2024",
            "2023-12",
            "soon",
        ],
        ValueType::Bool => &["true", "false", "True", "yes", "${aws:SecureTransport}"],
        ValueType::Binary => &["aGk=", "aGk", "YWI=", "", "!"],
        ValueType::IpAddress => &[
            "10.0.0.0/8",
            "10.1.2.3",
            "203.0.113.77/24",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "2001:DB8:0::1",
            "::ffff:10.1.2.3",
            "10.0.0.0/33",
            "home",
        ],
        ValueType::Null => &["true", "false", "TRUE", "maybe"],
    }
}

/// Values of context keys.
pub(crate) const fn context_values(value_type: ValueType) -> &'static [&'static str] {
    match value_type {
        ValueType::String | ValueType::Null => {
            &["", "red", "Red", "RED", "blue", "env", "É", "*", "?", "${*}", "alice", "redder", "a*b", HOME]
        }
        ValueType::Arn => &[
            "arn:aws:iam::111111111111:user/alice",
            "arn:aws:iam::111111111111:role/builder",
            "arn:aws:iam::111111111111:root",
            "arn:aws:sns:us-east-1:111111111111:t-1",
            "arn:aws:sns:us-west-2:222222222222:t:1",
            "arn:aws:sns:us-x:9:111111111111:t:1",
            "arn:aws:s3",
            "not-an-arn",
            "",
        ],
        ValueType::Numeric => &["10", "10.00", "9.99", "-1", "-0", "3600", "x", "", "99999999999999999999.5"],
        ValueType::Date => &[
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "1704067200",
            "1704067199",
            "2024-01-01t00:00:00.500z",
            "2024-06-30T12:00:00-08:00",
            "soon",
        ],
        ValueType::Bool => &["true", "false", "TRUE", "yes"],
        ValueType::Binary => &["aGk=", "YWI=", "", "!"],
        ValueType::IpAddress => {
            &["10.1.2.3", "10.9.9.9", "203.0.113.5", "2001:db8::1", "::ffff:10.1.2.3", "fe80::1%eth0", "home"]
        }
    }
}
