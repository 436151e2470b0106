//! Seven layers of one organisation: identity, boundary, three SCP levels, resource policy, and RCP.

use crate::population::{LOCKED, Own, draw_requests};
use crate::request::{Draft, Value};
use crate::{
    ACCOUNT, Answer, Attachments, Document, Operator, Population, Random, RequestSet, RequestText, Statement, Workload, decide,
};

/// The identity policies are those of `flat`; every other layer lets most requests pass and denies some.
///
/// The resource policies name the account, so they deny, and leave the granting to the identity policies (EV-8 of the
/// semantics). The requests are drawn as those of `flat`, with region, transport and organisation, one in ten of them changed to
/// offend one layer. Twice as many are drawn as are taken, so that as many can be allowed as in `flat`.
#[must_use]
pub fn workload(seed: u64, identity_count: usize, request_count: usize) -> Workload {
    let population = Population::new(seed, identity_count);
    let identity: Vec<Statement> = (0..identity_count).map(|i| population.statement(i)).collect();
    let layers = Layers::new(identity);
    let principal = format!("arn:aws:sts::{ACCOUNT}:assumed-role/builder/alice");
    let plain = draw_requests(&population, seed, 2 * request_count, |_, random| {
        (random.below(identity_count), Own::All, principal.clone().into())
    });

    let mut requests = RequestSet::default();
    let mut wanted = [
        (Answer::Allow, request_count / 2),
        (Answer::ExplicitDeny, request_count / 4),
        (Answer::ImplicitDeny, request_count - request_count / 2 - request_count / 4),
    ];
    plain.with_texts(usize::MAX, |texts| {
        for (r, request) in texts.iter().enumerate() {
            let draft = in_organisation(request, &mut Random::at(seed, OFFENCES, r as u64));
            let answer = draft.with_text(|request| layers.decide(request));
            match wanted.iter_mut().find(|(wanted, _)| *wanted == answer) {
                Some((_, left)) if *left > 0 => *left -= 1,
                _ => continue,
            }
            draft.with_text(|request| requests.push(request, Some(answer)));
        }
    });

    let mut documents = Vec::new();
    let mut add = |name: &str, statements: &[Statement]| {
        documents.push(Document::new(name, statements));
        documents.len() - 1
    };
    let attachments = Attachments {
        everyone: vec![add("identity.json", &layers.identity)],
        roles: Vec::new(),
        boundary: Some(add("boundary.json", &layers.boundary)),
        scp: layers.scp.iter().enumerate().map(|(level, scp)| vec![add(&format!("scp-{level}.json"), scp)]).collect(),
        rcp: vec![vec![add("rcp.json", &layers.rcp)]],
        resources: vec![(format!("arn:aws:imagebuilder:us-east-1:{ACCOUNT}:*"), add("resource.json", &layers.resource))],
    };
    Workload {
        name: "organisation".to_owned(),
        statement_count: documents.iter().map(|document| document.statement_count).sum(),
        documents,
        attachments,
        requests,
    }
}

#[derive(Debug)]
struct Layers {
    identity: Vec<Statement>,
    boundary: Vec<Statement>,
    scp: [Vec<Statement>; 3],
    resource: Vec<Statement>,
    rcp: Vec<Statement>,
}

impl Layers {
    fn new(identity: Vec<Statement>) -> Layers {
        let full_access = || Statement::allow(&["*"], "*");
        Layers {
            identity,
            boundary: vec![
                Statement::allow(&["imagebuilder:*", "ec2:Describe*", "s3:Get*", "s3:List*", "logs:*"], "*"),
                Statement::deny(&["imagebuilder:Put*Policy", "iam:*", "organizations:*"], "*"),
            ],
            scp: [
                vec![
                    full_access(),
                    Statement::deny(&["iam:*", "sts:*", "organizations:*", "support:*"], "*").on_other_actions().when(
                        Operator::StringNotEquals,
                        REGION,
                        ["us-east-1", "eu-west-1"],
                    ),
                    Statement::deny(&["organizations:LeaveOrganization", "account:CloseAccount"], "*"),
                ],
                vec![
                    full_access(),
                    Statement::deny(&["imagebuilder:CreateComponent"], "*").when(Operator::Null, "aws:RequestTag/env", ["true"]),
                    Statement::deny(&["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "config:*"], "*"),
                ],
                vec![
                    Statement::allow(&["imagebuilder:*", "ec2:*", "s3:*", "logs:*", "ssm:*", "sns:*", "kms:*"], "*"),
                    Statement::deny(&["imagebuilder:Delete*"], "*").when(Operator::StringEquals, LOCKED, ["true"]),
                ],
            ],
            resource: vec![
                Statement::deny(&["imagebuilder:*"], "*").to("*").when(Operator::Bool, TRANSPORT, ["false"]),
                Statement::allow(&["imagebuilder:*"], "*").to(format!("arn:aws:iam::{ACCOUNT}:root")),
            ],
            rcp: vec![
                full_access().to("*"),
                Statement::deny(&["imagebuilder:*", "s3:*", "sts:*"], "*").to("*").when(
                    Operator::StringNotEquals,
                    ORGANISATION,
                    ["o-a1b2c3d4e5"],
                ),
            ],
        }
    }

    /// Any Deny denies; else identity, boundary and every level of the guard rails must allow.
    fn decide(&self, request: &RequestText<'_>) -> Answer {
        let layers = [&self.identity, &self.boundary, &self.scp[0], &self.scp[1], &self.scp[2], &self.rcp];
        let answers = layers.map(|layer| decide(layer, request));
        let resource = decide(&self.resource, request);
        if answers.contains(&Answer::ExplicitDeny) || resource == Answer::ExplicitDeny {
            Answer::ExplicitDeny
        } else if answers.iter().all(|&answer| answer == Answer::Allow) {
            Answer::Allow
        } else {
            Answer::ImplicitDeny
        }
    }
}

fn in_organisation(request: &RequestText<'_>, random: &mut Random) -> Draft {
    let mut draft = Draft::new(request.action, request.resource).by(request.principal.to_owned());
    for (key, value) in request.context {
        match value {
            Value::Single(value) => draft.push((*key).to_owned(), (*value).to_owned()),
            Value::Multi(values) => draft.push_list((*key).to_owned(), values.iter().map(|value| value.to_string())),
        }
    }
    let offence = if random.once_in(10) { random.below(3) } else { usize::MAX };
    draft.push(REGION, if offence == 0 { "ap-south-1" } else { "us-east-1" });
    draft.push(TRANSPORT, if offence == 1 { "false" } else { "true" });
    draft.push(ORGANISATION, if offence == 2 { "o-somebodyelse" } else { "o-a1b2c3d4e5" });
    draft
}

const REGION: &str = "aws:RequestedRegion";
const TRANSPORT: &str = "aws:SecureTransport";
const ORGANISATION: &str = "aws:PrincipalOrgID";

const OFFENCES: u64 = 21;
