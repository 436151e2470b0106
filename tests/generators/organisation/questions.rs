//! Who asks what of an organisation.

use ibc::bundle::PolicyId;
use ibc::iam::{Effect, PolicyKind};
use ibc::syntax::ast::{Policy, Statement};

use super::super::directed::{self, Choices};
use super::super::request::{Caller, RequestCase, Value};
use super::{ACCOUNTS, ENDPOINTS, MANAGEMENT, OUTSIDE, Organisation, ROLES, USERS, bucket, policies, policy};

/// A request and the policies that travel with it.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) request: RequestCase,
    pub(crate) session: Option<Vec<Policy>>,
    pub(crate) endpoint: Option<Vec<Policy>>,
}

/// A question of somebody in the organisation, or around it; two in three are about something that the caller's own policies or
/// the resource's are about.
pub(super) fn question(organisation: &Organisation, choices: &mut Choices) -> Question {
    let account = ACCOUNTS[choices.below(ACCOUNTS.len())];
    let owner = if choices.below(4) > 0 { account } else { ACCOUNTS[choices.below(ACCOUNTS.len())] };
    let action_and_resource = action_and_resource(owner, choices);
    let mut request = RequestCase {
        caller: caller(account, choices),
        action: action_and_resource.0.to_owned(),
        resource: action_and_resource.1,
        resource_account: Some(owner.to_owned()),
        context: context(account, choices),
        derive: true,
        caller_in_management_account: false,
        resource_in_management_account: false,
        grant_allows: choices.once_in(40),
        endpoint: None,
    };
    if choices.below(3) > 0 {
        fit(organisation, &mut request, choices);
    }
    // Only a bucket's ARN leaves the owner open.
    if !request.resource.contains(":s3:::") && !choices.once_in(10) {
        request.resource_account = None;
    }
    let mut endpoint = None;
    match choices.below(12) {
        0 => request.endpoint = Some(ENDPOINTS[choices.below(2)].to_owned()),
        1 => request.endpoint = Some("vpce-unknown".to_owned()),
        2 => endpoint = Some(vec![policy(PolicyKind::Endpoint, policies::endpoint(choices))]),
        _ => {}
    }
    let session = match choices.below(6) {
        // A stack: policies of one session are OR-ed (EV-4).
        count @ (1 | 2) => Some((0..count).map(|_| policy(PolicyKind::Session, policies::session(choices))).collect()),
        _ => None,
    };
    Question { request, session, endpoint }
}

/// Moves the request towards a statement of the caller's policies, or of a policy of some resource.
fn fit(organisation: &Organisation, request: &mut RequestCase, choices: &mut Choices) {
    let bundle = &organisation.bundle;
    let entity = request.caller.entity_arn();
    let own = bundle.principals.iter().find(|entry| Some(&entry.arn) == entity.as_ref());
    let policy = match own {
        Some(entry) if choices.below(3) > 0 => choices.pick(&entry.attachment.identity).copied(),
        _ => choices.pick(&bundle.resources).map(|entry| {
            request.resource = entry.pattern.replace('*', ["a", "red/a", "open/a"][choices.below(3)]);
            entry.policy
        }),
    };
    // Denies are fewer and narrower than Allows, and as interesting.
    let statements = policy.map_or(&[][..], |id: PolicyId| &bundle.policy(id).statements);
    let denial = statements.iter().find(|statement| statement.effect.value == Effect::Deny);
    let statement = denial.filter(|_| choices.below(3) > 0).or_else(|| choices.pick(statements));
    if let Some(statement) = statement {
        let resource = request.resource.clone();
        directed::fit(request, statement, choices);
        if names_all_resources(statement) {
            request.resource = resource;
        }
    }
}

fn names_all_resources(statement: &Statement) -> bool {
    let Some(resource) = &statement.resource else { return true };
    resource.patterns.iter().any(|pattern| directed::is_any(&pattern.value))
}

/// Somebody of the account, as a gateway names them.
fn caller(account: &str, choices: &mut Choices) -> Caller {
    let user = USERS[choices.below(USERS.len())];
    let role = ROLES[choices.below(ROLES.len())];
    let role_name = role.rsplit('/').next().expect("not empty");
    let name = match choices.below(14) {
        0..=3 => format!("arn:aws:iam::{account}:user/{user}"),
        4..=6 => format!("arn:aws:sts::{account}:assumed-role/{role_name}/s{}", choices.below(2)),
        7 => format!("arn:aws:iam::{account}:role/{role}"),
        8 => format!("arn:aws:iam::{account}:root"),
        9 => format!("arn:aws:sts::{account}:federated-user/guest"),
        10 => ["imagebuilder.amazonaws.com", "sns.amazonaws.com"][choices.below(2)].to_owned(),
        11 => ["*", "accounts.google.com"][choices.below(2)].to_owned(),
        12 => format!("arn:aws:sts::{account}:assumed-role/nobody/s1"),
        _ => format!("arn:aws:iam::{account}:user/nobody"),
    };
    let mut caller = Caller::parse(&name).expect("a principal");
    if name.contains("federated-user") {
        caller.user_arn =
            [Some(format!("arn:aws:iam::{account}:user/{user}")), Some(format!("arn:aws:iam::{account}:root")), None]
                [choices.below(3)]
            .clone();
    }
    // Some gateways know the role's path, most leave it to the build.
    if name.contains(":assumed-role/") && !name.contains("nobody") && choices.once_in(4) {
        let role_arn = format!("arn:aws:iam::{account}:role/{role}");
        caller.service_linked = ibc::iam::is_service_linked_role(&role_arn);
        caller.role_arn = Some(role_arn);
    }
    caller
}

fn action_and_resource(account: &str, choices: &mut Choices) -> (&'static str, String) {
    let data = bucket(account);
    let folder = ["a", "open/a", "locked/a", "red/a"][choices.below(4)];
    match choices.below(8) {
        0..=2 => (["s3:GetObject", "s3:PutObject", "s3:DeleteObject"][choices.below(3)], format!("arn:aws:s3:::{data}/{folder}")),
        3 => (["sqs:SendMessage", "sqs:PurgeQueue"][choices.below(2)], format!("arn:aws:sqs:us-east-1:{account}:jobs")),
        4 => (["kms:Decrypt", "kms:RetireGrant"][choices.below(2)], format!("arn:aws:kms:us-east-1:{account}:key/1")),
        5 => {
            let action = ["sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "iam:GetRole"][choices.below(4)];
            (action, format!("arn:aws:iam::{account}:role/{}", ROLES[choices.below(ROLES.len())]))
        }
        _ => (
            ["imagebuilder:GetImagePipeline", "imagebuilder:DeleteImagePipeline"][choices.below(2)],
            format!("arn:aws:imagebuilder:us-east-1:{account}:image-pipeline/nightly"),
        ),
    }
}

/// What a gateway knows: region, transport, organisation, second factor, tags of resource and session.
fn context(account: &str, choices: &mut Choices) -> Vec<(String, Value)> {
    let single = |key: &str, text: &str| (key.to_owned(), Value::Single(text.to_owned()));
    let organisation = if account == OUTSIDE { "o-2" } else { "o-1" };
    let mut context = vec![
        single("aws:RequestedRegion", if choices.once_in(10) { "ap-south-1" } else { "us-east-1" }),
        single("aws:SecureTransport", if choices.once_in(12) { "false" } else { "true" }),
        single("aws:ResourceTag/team", ["red", "blue"][choices.below(2)]),
    ];
    if !choices.once_in(12) {
        context.push(single("aws:PrincipalOrgID", organisation));
    }
    if choices.once_in(2) {
        context.push(single("aws:MultiFactorAuthPresent", if choices.once_in(3) { "false" } else { "true" }));
    }
    if choices.once_in(4) {
        context.push(single("aws:ResourceTag/stage", "released"));
    }
    // A session tag takes the place of the role's, whatever the letter case (TG-8).
    if choices.once_in(4) {
        context.push(single("aws:PrincipalTag/TEAM", ["red", "blue"][choices.below(2)]));
    }
    if account == MANAGEMENT && choices.once_in(4) {
        context.push(single("aws:PrincipalTag/role", "owner"));
    }
    context
}
