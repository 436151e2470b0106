//! What the policies of an organisation say, as text.

use super::super::directed::Choices;
use super::{ACCOUNTS, OUTSIDE, ROLES, USERS, bucket, unique_id};

/// An identity policy: one to three Allows, sometimes a Deny.
pub(super) fn identity(account: &str, choices: &mut Choices) -> String {
    let data = bucket(account);
    let other = ACCOUNTS[choices.below(ACCOUNTS.len())];
    let other_data = bucket(other);
    let allows = [
        r#""Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*""#.to_owned(),
        format!(r#""Action": "s3:*", "Resource": ["arn:aws:s3:::{data}/*", "arn:aws:s3:::{other_data}/open/*"]"#),
        format!(r#""Action": "s3:PutObject", "Resource": "arn:aws:s3:::{data}/${{aws:PrincipalTag/team}}/*""#),
        r#""Action": "imagebuilder:*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#.to_owned(),
        r#""Action": ["imagebuilder:Get*", "sqs:*"], "Resource": "*""#.to_owned(),
        format!(r#""Action": "sts:AssumeRole", "Resource": ["arn:aws:iam::{other}:role/*", "arn:aws:iam::{account}:role/ci/*"]"#),
        r#""Action": ["kms:Decrypt", "sts:*"], "Resource": "*""#.to_owned(),
        r#""NotAction": ["iam:*", "kms:*"], "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#.to_owned(),
        format!(r#""Action": "*", "Resource": "arn:aws:*:*:{account}:*""#),
    ];
    let denies = [
        format!(r#""Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::{data}/locked/*""#),
        r#""Action": "imagebuilder:Delete*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/stage": "released"}}"#.to_owned(),
        r#""Action": ["sqs:PurgeQueue", "kms:*"], "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#.to_owned(),
        r#""NotAction": "s3:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}"#.to_owned(),
    ];
    statements(&allows, 1 + choices.below(3), &denies, choices.below(3), None, choices)
}

/// A boundary lets much pass.
pub(super) fn boundary(choices: &mut Choices) -> String {
    let allows = [
        r#""Action": "*", "Resource": "*""#,
        r#""Action": ["s3:*", "imagebuilder:*", "sts:AssumeRole"], "Resource": "*""#,
        r#""Action": ["s3:Get*", "sqs:*", "kms:*"], "Resource": "*""#,
    ];
    let denies = [
        r#""Action": ["imagebuilder:Delete*", "s3:DeleteObject"], "Resource": "*""#,
        r#""Action": "sqs:PurgeQueue", "Resource": "*""#,
    ];
    statements(&allows, 1, &denies, usize::from(!choices.once_in(3)), None, choices)
}

/// A session policy, which narrows.
pub(super) fn session(choices: &mut Choices) -> String {
    boundary(choices)
}

pub(super) fn scp(choices: &mut Choices) -> String {
    let everything = r#""Action": "*", "Resource": "*""#;
    let allows = [everything, everything, r#""Action": ["s3:*", "sqs:*", "sts:*", "imagebuilder:*"], "Resource": "*""#];
    let denies = [
        r#""Action": ["s3:DeleteObject", "sqs:PurgeQueue"], "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}}"#,
        r#""NotAction": ["s3:*", "sts:*"], "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}"#,
        r#""Action": "imagebuilder:Delete*", "Resource": "*""#,
    ];
    statements(&allows, 1, &denies, usize::from(!choices.once_in(3)), None, choices)
}

pub(super) fn rcp(choices: &mut Choices) -> String {
    let allows = [r#""Action": "*", "Resource": "*""#];
    let denies = [
        r#""Action": ["s3:*", "kms:*"], "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#,
        r#""Action": "sqs:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
    ];
    let mut everyone = || Some(r#""*""#.to_owned());
    statements(&allows, 1, &denies, choices.below(2), Some(&mut everyone), choices)
}

pub(super) fn endpoint(choices: &mut Choices) -> String {
    let allows = [
        r#""Action": "*", "Resource": "*""#,
        r#""Action": ["s3:*", "sts:*", "imagebuilder:*"], "Resource": "*""#,
        r#""Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
    ];
    let denies = [r#""Action": ["s3:PutObject", "sqs:*"], "Resource": "*""#];
    let mut everyone = || Some(r#""*""#.to_owned());
    statements(&allows, 1, &denies, usize::from(choices.once_in(3)), Some(&mut everyone), choices)
}

/// A policy of a bucket, queue, key or pipeline: Allows for somebody, sometimes a Deny for many.
pub(super) fn resource(account: &str, choices: &mut Choices) -> String {
    let allows = [
        r#""Action": ["s3:GetObject", "sqs:SendMessage", "kms:Decrypt", "imagebuilder:GetImagePipeline"], "Resource": "*""#,
        r#""Action": ["s3:*", "sqs:*", "kms:*", "imagebuilder:*"], "Resource": "*""#,
        r#""Action": ["s3:PutObject", "sqs:*"], "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
    ];
    let denies = [
        r#""Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
        r#""Action": ["s3:Delete*", "sqs:PurgeQueue", "imagebuilder:Delete*"], "Resource": "*""#,
    ];
    let mut draws = Choices::new((0..8).map(|_| choices.below(1 << 15) as u16).collect());
    let mut principal = || Some(principal(account, &mut draws));
    statements(&allows, 1 + choices.below(2), &denies, choices.below(2), Some(&mut principal), choices)
}

pub(super) fn trust(account: &str, choices: &mut Choices) -> String {
    let providers = [
        r#""Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity""#.to_owned(),
        r#""Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole""#.to_owned(),
        format!(
            r#""Principal": {{"AWS": "{account}"}}, "Action": "sts:AssumeRole", "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}"#
        ),
    ];
    let provider = &providers[choices.below(3)];
    let principal = principal(account, choices);
    let denied = if choices.once_in(4) {
        r#", {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}"#
    } else {
        ""
    };
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {provider}}}, {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}{denied}]}}"#
    )
}

/// Somebody whom a resource policy names, of the own account mostly, in one of the ways there are.
fn principal(account: &str, choices: &mut Choices) -> String {
    let owner = if choices.below(3) > 0 { account } else { ACCOUNTS[choices.below(ACCOUNTS.len())] };
    let user = choices.below(USERS.len());
    let role = choices.below(ROLES.len());
    let role_name = ROLES[role].rsplit('/').next().expect("not empty");
    match choices.below(9) {
        0 => r#""*""#.to_owned(),
        1 => format!(r#"{{"AWS": "{owner}"}}"#),
        2 => format!(r#"{{"AWS": ["arn:aws:iam::{owner}:root", "{OUTSIDE}"]}}"#),
        3 => format!(r#"{{"AWS": "arn:aws:iam::{owner}:user/{}"}}"#, USERS[user]),
        4 => format!(r#"{{"AWS": "arn:aws:iam::{owner}:role/{}"}}"#, ROLES[role]),
        5 => format!(r#"{{"AWS": "arn:aws:sts::{owner}:assumed-role/{role_name}/s1"}}"#),
        6 => format!(r#"{{"AWS": ["{}", "{}"]}}"#, unique_id(owner, user), unique_id(owner, USERS.len() + role)),
        7 => format!(r#"{{"AWS": "arn:aws:sts::{owner}:federated-user/guest"}}"#),
        _ => r#"{"Service": ["imagebuilder.amazonaws.com", "sns.amazonaws.com"]}"#.to_owned(),
    }
}

/// A policy of some Allows and some Denies; each with a principal, where the policy has them.
fn statements<T: AsRef<str>>(
    allows: &[T],
    allow_count: usize,
    denies: &[T],
    deny_count: usize,
    mut principal: Option<&mut dyn FnMut() -> Option<String>>,
    choices: &mut Choices,
) -> String {
    let mut list = Vec::new();
    let drawn = (0..allow_count).map(|_| ("Allow", &allows[choices.below(allows.len())])).collect::<Vec<_>>();
    let denied = (0..deny_count).map(|_| ("Deny", &denies[choices.below(denies.len())])).collect::<Vec<_>>();
    for (effect, rest) in drawn.into_iter().chain(denied) {
        let principal = principal.as_mut().and_then(|draw| draw()).map(|name| format!(r#""Principal": {name}, "#));
        list.push(format!(r#"{{"Effect": "{effect}", {}{}}}"#, principal.unwrap_or_default(), rest.as_ref()));
    }
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, list.join(", "))
}
