//! Random bundles with many entries: what is attached to whom must be found among others.

use ibc::bundle::{
    AccountEntry, Attachment, Boundary, Bundle, EndpointEntry, Guardrails, PolicyId, PolicyIds, PrincipalEntry, ResourceEntry,
};
use ibc::iam::PolicyKind;
use proptest::collection::vec;
use proptest::prelude::*;

use super::directed::{self, Choices, choices};
use super::policy::policies;
use super::request::{self, RequestCase};
use super::settings::Settings;
use super::words::{AWAY, HOME};

/// A bundle and requests to ask of it.
#[derive(Debug, Clone)]
pub(crate) struct BundleCase {
    pub(crate) bundle: Bundle,
    pub(crate) requests: Vec<RequestCase>,
}

/// Random bundles. Policies are small: here it matters which take part.
pub(crate) fn bundles() -> impl Strategy<Value = BundleCase> {
    let settings = Settings { max_statements: 1, max_conditions: 1, ..Settings::DIRECTED };
    let pool = KINDS.map(|kind| vec(policies(kind, settings), 3..=3));
    let requests = vec((request::requests(), choices()), 8);
    (pool, vec(any::<u16>(), 200), requests).prop_map(|(pool, numbers, drawn)| {
        let bundle = assemble(pool.concat(), &mut Choices::new(numbers));
        let statements: Vec<_> = bundle.policies.iter().flat_map(|policy| &policy.policy.statements).collect();
        let requests = drawn.into_iter().map(|(mut request, mut choices)| {
            if choices.once_in(2) {
                directed::direct(&mut request, &statements, &mut choices);
            }
            request.caller_in_management_account &= request.caller.kind.has_account();
            request.endpoint =
                choices.pick(&[None, Some("vpce-1"), Some("vpce-2"), Some("vpce-3")]).copied().flatten().map(Into::into);
            request
        });
        let requests = requests.collect();
        BundleCase { bundle, requests }
    })
}

/// The kinds of the pool, three policies of each in this order.
const KINDS: [PolicyKind; 6] =
    [PolicyKind::Identity, PolicyKind::Boundary, PolicyKind::Scp, PolicyKind::Rcp, PolicyKind::Resource, PolicyKind::Endpoint];

fn assemble(pool: Vec<ibc::syntax::ast::Policy>, choices: &mut Choices) -> Bundle {
    let mut bundle = Bundle::default();
    for policy in pool {
        bundle.add_policy("pool", policy);
    }
    bundle.everyone = attachment(choices);
    for arn in PRINCIPALS.iter().filter(|_| choices.once_in(2)).collect::<Vec<_>>() {
        let unique_id = choices.once_in(2).then(|| ["AIDAALICE", "AROABUILDER", "AIDACAROL"][choices.below(3)].to_owned());
        let tags =
            if choices.once_in(2) { vec![("Team".to_owned(), ["red", "blue", ""][choices.below(3)].to_owned())] } else { vec![] };
        bundle.principals.push(PrincipalEntry { arn: (*arn).to_owned(), unique_id, attachment: attachment(choices), tags });
    }
    bundle.any_account = guardrails(choices);
    for id in [HOME, AWAY, "9"] {
        if choices.once_in(2) {
            let (management, guardrails) = (choices.once_in(6), guardrails(choices));
            bundle.accounts.push(AccountEntry { id: id.to_owned(), management, guardrails });
        }
    }
    for _ in 0..choices.below(5) {
        let pattern = choices.pick(RESOURCES).expect("not empty");
        let policy = of_kind(PolicyKind::Resource, choices);
        bundle.resources.push(ResourceEntry { pattern: (*pattern).to_owned(), policy });
    }
    for id in ["vpce-1", "vpce-2"] {
        if choices.once_in(2) {
            bundle.endpoints.push(EndpointEntry { id: id.to_owned(), policies: set_of(PolicyKind::Endpoint, choices) });
        }
    }
    bundle
}

fn of_kind(kind: PolicyKind, choices: &mut Choices) -> PolicyId {
    let first = 3 * KINDS.iter().position(|&known| known == kind).expect("a kind of the pool");
    PolicyId((first + choices.below(3)) as u32)
}

fn set_of(kind: PolicyKind, choices: &mut Choices) -> PolicyIds {
    (0..choices.below(3)).map(|_| of_kind(kind, choices)).collect()
}

fn attachment(choices: &mut Choices) -> Attachment {
    let boundary = match choices.below(8) {
        0 => Some(Boundary::Unresolved),
        1 | 2 => Some(Boundary::Policy(of_kind(PolicyKind::Boundary, choices))),
        _ => None,
    };
    Attachment { identity: set_of(PolicyKind::Identity, choices), boundary }
}

fn guardrails(choices: &mut Choices) -> Guardrails {
    let mut levels = |kind| (0..choices.below(3)).map(|_| set_of(kind, choices)).collect();
    Guardrails { scp: levels(PolicyKind::Scp), rcp: levels(PolicyKind::Rcp) }
}

const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111111111111:user/alice",
    "arn:aws:iam::111111111111:user/team/bob",
    "arn:aws:iam::222222222222:user/carol",
    "arn:aws-cn:iam::111111111111:user/alice",
    "arn:aws:iam::111111111111:role/builder",
    "arn:aws:iam::222222222222:role/builder",
    "arn:aws:iam::222222222222:role/team/deploy",
    "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    "arn:aws:iam::111111111111:root",
];

const RESOURCES: &[&str] = &[
    "*",
    "?*",
    "arn:*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/a",
    "arn:aws:s3:::bucket/?",
    "arn:aws:s3:::bucket/re*/a",
    "arn:aws:s3:::*a",
    "*/a",
    "arn:aws:s3:::bucket/${aws:username}",
    "arn:aws:iam::*:role/*",
    "arn:aws:kms:*",
    "arn:aws:imagebuilder:us-east-1:*:image/web/1",
];
