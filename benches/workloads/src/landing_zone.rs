//! An organisation as they are: SCPs that organisations have published, on three levels, over roles with managed policies of AWS.
//!
//! Everything is of the corpus. A role has ten of 200 managed policies, so nearly every role has a set of its own.

use std::fs;

use serde_json::Value as Json;

use crate::managed::{Asking, Choice, Policy, draw, files, is_about_nearly_everything, list, policies};
use crate::{ACCOUNT, Attachments, Document, Random, Workload};

/// The workload; `None` if the corpus is not there.
///
/// Three of ten requests are drawn from the words of an SCP, the others from those of a policy of their role, as
/// [`managed`](crate::managed::workload) draws them; all in a region that the SCPs approve of. What a request gets is for the
/// reference evaluator to say.
#[must_use]
pub fn workload(seed: u64, role_count: usize, request_count: usize) -> Option<Workload> {
    let mut random = Random::at(seed, ATTACHMENTS, 0);
    let mut managed = policies(Choice::Selective)?;
    random.shuffle(&mut managed);
    managed.truncate(MANAGED_COUNT);
    let levels: Vec<Vec<Policy>> = LEVELS.iter().map(|folders| scps(folders)).collect::<Option<_>>()?;
    let roles: Vec<Vec<usize>> = (0..role_count).map(|_| some_of(managed.len(), &mut random)).collect();

    let statements: Vec<&Json> = managed.iter().chain(levels.iter().flatten()).flat_map(|policy| &policy.statements).collect();
    let denials: Vec<&Json> = levels.iter().flatten().flat_map(|policy| &policy.statements).filter(is_deny).collect();
    let requests = draw(seed, &statements, request_count, |kind, random| {
        let role = random.below(role_count);
        let own: Vec<&Json> = managed[random.choose(&roles[role])].statements.iter().collect();
        let statement = random.choose(if kind < 3 { &denials } else { &own });
        let caller = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/session-{kind}", role_name(role));
        Asking { caller, region: Some(REGIONS[0]), statement }
    });

    let mut documents: Vec<Document> = managed.iter().map(|policy| policy.document.clone()).collect();
    let mut scp = Vec::new();
    for level in &levels {
        let first = documents.len();
        documents.extend(level.iter().map(|policy| policy.document.clone()));
        scp.push((first..documents.len()).collect());
    }
    let role_arn = |role| format!("arn:aws:iam::{ACCOUNT}:role/{}", role_name(role));
    let roles = roles.into_iter().enumerate().map(|(role, policies)| (role_arn(role), policies)).collect();
    Some(Workload {
        name: format!("landing-zone-{role_count}"),
        statement_count: statements.len(),
        attachments: Attachments { roles, scp, ..Attachments::default() },
        documents,
        requests,
    })
}

/// What a role is called: as people, pipelines and deployment tools name them.
fn role_name(role: usize) -> String {
    let [team, kind] = [["payments", "search", "media", "data", "web"], ["deploy", "build", "read-only", "admin", "lambda"]];
    format!("{}-{}-{role}", team[role % 5], kind[role / 5 % 5])
}

/// Some policies of so many, ascending.
fn some_of(count: usize, random: &mut Random) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    random.shuffle(&mut places);
    places.truncate(POLICIES_PER_ROLE);
    places.sort_unstable();
    places
}

/// The SCPs of some folders, with one that allows everything before them.
fn scps(folders: &[&str]) -> Option<Vec<Policy>> {
    let mut policies = vec![Policy::new("FullAWSAccess.json".to_owned(), FULL_ACCESS.to_owned())?];
    for folder in folders {
        for path in files(folder)? {
            let name = format!("{folder}/{}", path.file_name()?.to_string_lossy());
            let Ok(mut policy) = serde_json::from_str(&without_placeholders(&fs::read_to_string(&path).ok()?)) else { continue };
            approve_regions(&mut policy);
            policies.extend(Policy::new(name, policy.to_string()).filter(|policy| policy.statements.iter().all(is_scp)));
        }
    }
    Some(policies)
}

/// Gives templates the account of the workload, and its other placeholders their own names.
fn without_placeholders(text: &str) -> String {
    let mut parts = text.split("${");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) if name.to_lowercase().ends_with("account") => plain.extend([ACCOUNT, rest]),
            Some((name, rest)) if !name.contains(':') => plain.extend([name, rest]),
            _ => plain.extend(["${", part]),
        }
    }
    plain
}

/// Lets all policies approve of the same regions: each has its own.
fn approve_regions(json: &mut Json) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                match name.eq_ignore_ascii_case("aws:RequestedRegion") {
                    true => *value = REGIONS.into(),
                    false => approve_regions(value),
                }
            }
        }
        Json::Array(elements) => elements.iter_mut().for_each(approve_regions),
        _ => {}
    }
}

/// Whether a statement can be one of an SCP in force: it denies, not nearly everything unless by region or to root users, and has no
/// blanks to fill in.
fn is_scp(statement: &Json) -> bool {
    let condition = statement["Condition"].to_string().to_lowercase();
    let is_selective = condition.contains("aws:requestedregion") || condition.contains(":root");
    let has_principal = statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some();
    let is_complete = !statement.to_string().contains('<');
    is_deny(&statement) && !has_principal && is_complete && (is_selective || !is_about_nearly_everything(statement))
}

fn is_deny(statement: &&Json) -> bool {
    list(&statement["Effect"]).any(|effect| effect == "Deny")
}

/// Root, organisational unit, account.
const LEVELS: [&[&str]; 3] = [&["scp-examples", "sandbox-scp"], &["primeharbor-scp"], &["asea", "data-perimeter"]];
/// What the SCPs approve of.
const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];
const FULL_ACCESS: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
const MANAGED_COUNT: usize = 200;
const POLICIES_PER_ROLE: usize = 10;
const ATTACHMENTS: u64 = 32;
