//! An account as `aws iam get-account-authorization-details` describes it: roles that share managed policies.

use serde_json::json;

use crate::request::Draft;
use crate::{ACCOUNT, Operator, Random, RequestSet, Statement, decide};

/// How many roles and managed policies an account has. A role has ten policies: five that all roles have, four of its team,
/// and one that few others have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// How many roles.
    pub role_count: usize,
    /// How many managed policies; at least 20.
    pub managed_count: usize,
}

/// Managed policies of one role.
pub const ATTACHED_COUNT: usize = COMMON_COUNT + TEAM_COUNT + 1;
/// Statements of one managed policy.
pub const STATEMENTS_PER_POLICY: usize = 3;

const COMMON_COUNT: usize = 5;
const TEAM_COUNT: usize = 4;

impl Account {
    /// How many teams there are: a fifth of the policies are teams' policies.
    #[must_use]
    pub fn team_count(&self) -> usize {
        self.managed_count / 5 / TEAM_COUNT
    }

    /// How many policies are neither common nor a team's.
    #[must_use]
    pub fn own_count(&self) -> usize {
        self.managed_count - COMMON_COUNT - self.team_count() * TEAM_COUNT
    }

    /// The managed policies of a role.
    #[must_use]
    pub fn policies_of(&self, role: usize) -> Vec<usize> {
        let first_of_team = COMMON_COUNT + role % self.team_count() * TEAM_COUNT;
        let own = self.managed_count - self.own_count() + role % self.own_count();
        (0..COMMON_COUNT).chain(first_of_team..first_of_team + TEAM_COUNT).chain([own]).collect()
    }

    /// What a managed policy says. Its bucket and its pipelines are its own.
    fn statements(policy: usize) -> [Statement; STATEMENTS_PER_POLICY] {
        [
            Statement::allow(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], format!("arn:aws:s3:::bucket-{policy}/*")),
            Statement::deny(&["s3:DeleteObject"], format!("arn:aws:s3:::bucket-{policy}/locked/*")),
            Statement::allow(
                &["imagebuilder:Start*", "imagebuilder:GetImagePipeline"],
                format!("arn:aws:imagebuilder:*:{ACCOUNT}:image-pipeline/line-{policy}-*"),
            )
            .when(Operator::StringEquals, "aws:ResourceTag/stage", ["dev", "test"]),
        ]
    }

    /// The dump.
    #[must_use]
    pub fn dump(&self) -> String {
        let roles: Vec<String> = (0..self.role_count).map(|role| self.role_entry(role)).collect();
        let policies: Vec<String> = (0..self.managed_count).map(policy_entry).collect();
        format!(
            "{{\"UserDetailList\": [],\n\"GroupDetailList\": [],\n\"RoleDetailList\": [\n{}],\n\"Policies\": [\n{}],\n\"IsTruncated\": false}}\n",
            roles.join(",\n"),
            policies.join(",\n")
        )
    }

    fn role_entry(&self, role: usize) -> String {
        let attached = self
            .policies_of(role)
            .into_iter()
            .map(|policy| json!({"PolicyName": format!("policy-{policy}"), "PolicyArn": policy_arn(policy)}));
        let trust = json!({"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        json!({
            "Path": path(role), "RoleName": format!("role-{role}"), "RoleId": format!("AROA{role:017}"),
            "Arn": format!("arn:aws:iam::{ACCOUNT}:role{}role-{role}", path(role)),
            "AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "RolePolicyList": [],
            "AttachedManagedPolicies": attached.collect::<Vec<_>>(),
            "Tags": [{"Key": "team", "Value": format!("team-{}", role % self.team_count())}],
        })
        .to_string()
    }

    /// Requests of the roles' sessions, some about buckets and pipelines of policies that the role does not have.
    #[must_use]
    pub fn requests(&self, seed: u64, count: usize) -> RequestSet {
        let mut requests = RequestSet::default();
        for index in 0..count {
            let random = &mut Random::at(seed, REQUESTS, index as u64);
            let role = random.below(self.role_count);
            let policies = self.policies_of(role);
            let policy = if random.once_in(4) { random.below(self.managed_count) } else { random.choose(&policies) };
            let (action, resource) = match random.below(4) {
                0 => ("s3:GetObject", format!("arn:aws:s3:::bucket-{policy}/reports/{index}")),
                1 => ("s3:DeleteObject", format!("arn:aws:s3:::bucket-{policy}/reports/{index}")),
                2 => ("s3:DeleteObject", format!("arn:aws:s3:::bucket-{policy}/locked/{index}")),
                _ => (
                    "imagebuilder:StartImagePipelineExecution",
                    format!("arn:aws:imagebuilder:eu-west-1:{ACCOUNT}:image-pipeline/line-{policy}-{index}"),
                ),
            };
            let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/role-{role}/session");
            let mut draft = Draft::new(action, resource).by(session);
            draft.push("aws:ResourceTag/stage", random.choose(&["dev", "test", "prod"]));
            let statements: Vec<Statement> = policies.into_iter().flat_map(Account::statements).collect();
            draft.with_text(|request| requests.push(request, Some(decide(&statements, request))));
        }
        requests
    }
}

fn policy_entry(policy: usize) -> String {
    let statements: Vec<_> = Account::statements(policy).iter().map(Statement::to_json).collect();
    let version = |id: &str, is_default: bool, document: serde_json::Value| json!({"Document": document, "VersionId": id, "IsDefaultVersion": is_default});
    let old = json!({"Version": "2012-10-17", "Statement": []});
    json!({
        "PolicyName": format!("policy-{policy}"), "PolicyId": format!("ANPA{policy:017}"), "Arn": policy_arn(policy),
        "Path": "/", "DefaultVersionId": "v2",
        "PolicyVersionList": [
            version("v2", true, json!({"Version": "2012-10-17", "Statement": statements})),
            version("v1", false, old),
        ],
    })
    .to_string()
}

fn policy_arn(policy: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/policy-{policy}")
}

fn path(role: usize) -> String {
    format!("/unit-{}/", role % 7)
}

const REQUESTS: u64 = 41;
