//! Policies whose statements are filed under one part of a request, drawer by drawer: each has a text of its own there, in one of
//! the forms that mean the same or nearly so, and requests are about one of these texts, in whichever form.

use ibc::bundle::{Bundle, PrincipalEntry};
use ibc::iam::{
    BaseOperator, ConditionKey, ConditionOperator, Effect, PolicyKind, PrincipalKind, PrincipalPattern, SetOperator, Version,
};
use ibc::source::Span;
use ibc::syntax::ast::{Condition, Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, placeless, policy_of};
use super::request::{self, Caller, RequestCase, Value};
use super::scenario::bundle_around;
use super::text;

/// A policy of one drawer, and requests for it.
#[derive(Debug, Clone)]
pub(crate) struct Cabinet {
    pub(crate) drawer: &'static Drawer,
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
}

/// What the statements of a policy test, and what requests have there. `{n}` is a number of a few digits, `{h}` the same as a
/// hexadecimal digit.
#[derive(Debug)]
pub(crate) struct Drawer {
    /// What a plan calls parts of this drawer.
    pub(crate) part: &'static str,
    tested: Tested,
    policy_texts: &'static [&'static str],
    request_texts: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
enum Tested {
    /// The value of a key.
    Key(BaseOperator),
    /// All values of a key that is there, or, here and there, of one that is absent.
    AllValues,
    Resource,
    /// The resource, where every statement also lists one that all have in common.
    ResourceOrShared(&'static str),
    /// The value of a key, where every statement also lists a pattern that all have in common.
    LikeOrShared(&'static str),
    /// The value of a key that may be absent, or all values.
    LikeIfThere,
    /// The value of a key, where every statement also accepts that of another key.
    OrSameAsOther,
    /// Who asks. The policy is one of the resource then.
    Principal,
    /// Keys of which there are more than kinds.
    AnyKey,
}

impl Tested {
    fn policy_kind(self) -> PolicyKind {
        if matches!(self, Tested::Principal) { PolicyKind::Resource } else { PolicyKind::Identity }
    }
}

/// The key that the statements test.
const KEY: &str = "test:Key";
/// The key whose value a variable stands for.
const OTHER_KEY: &str = "test:Other";

/// All drawers.
pub(crate) static DRAWERS: [Drawer; 23] = [
    Drawer {
        part: "IPv4",
        tested: Tested::Key(BaseOperator::IpAddress),
        policy_texts: &["10.{n}.0.0/16", "10.0.{n}.0/24", "10.0.{n}.128/25", "10.0.0.{n}", "10.{n}.1.1/12"],
        request_texts: &["10.{n}.7.7", "10.0.{n}.7", "10.0.{n}.200", "10.0.0.{n}", "::ffff:10.0.0.{n}", "10.0.0.{n}/32", "x"],
    },
    Drawer {
        part: "IPv6",
        tested: Tested::Key(BaseOperator::IpAddress),
        policy_texts: &["2001:db8:{h}::/48", "2001:db8:0:{h}::/64", "2001:db8::{h}", "2001:db8:{h}::/44"],
        request_texts: &["2001:db8:{h}::1", "2001:DB8:0:{h}::1", "2001:db8:0:0:0:0:0:{h}", "2001:db8:{h}0::", "10.0.0.{n}"],
    },
    Drawer {
        part: "number of",
        tested: Tested::Key(BaseOperator::NumericEquals),
        policy_texts: &["{n}", "{n}.0", "+{n}", "-{n}", "0{n}.50"],
        request_texts: &["{n}", "00{n}.", "{n}.00", "+{n}.5", "-{n}", "-0", "{n}.5", "x{n}", "{n}e0"],
    },
    Drawer {
        part: "date of",
        tested: Tested::Key(BaseOperator::DateEquals),
        policy_texts: &["2024-01-01T0{h}:00:00Z", "2024-01-01T10:{n}:00+01:00", "17000000{n}", "2024-01-1{h}"],
        request_texts: &[
            "2024-01-01T0{h}:00:00+00:00",
            "2024-01-01T09:{n}:00Z",
            "17000000{n}",
            "2024-01-1{h}T00:00Z",
            "{n}",
            "x",
        ],
    },
    Drawer {
        part: "in any letter case",
        tested: Tested::Key(BaseOperator::StringEqualsIgnoreCase),
        policy_texts: &["Team-{n}", "ÉTÉ-{n}", "\u{212a}-{n}", "a-text-of-more-than-sixteen-bytes-{n}"],
        request_texts: &["team-{n}", "TEAM-{n}", "été-{n}", "k-{n}", "K-{n}", "A-text-of-MORE-than-sixteen-bytes-{n}", "{n}"],
    },
    Drawer {
        // With a variable, a test of equality is one of a pattern.
        part: "bytes of test:Key in any letter case",
        tested: Tested::Key(BaseOperator::StringEqualsIgnoreCase),
        policy_texts: &[
            "Team-{n}-${test:Other, 'ÉTÉ'}",
            "\u{212a}elvin-{n}-${test:Other, 'x'}",
            "${test:Other, 'x'}-Team-{n}",
            "${test:Other, 'é'}-a-\u{212a}-{n}",
        ],
        request_texts: &[
            "TEAM-{n}-été",
            "kelvin-{n}-X",
            "\u{212a}ELVIN-{n}-x",
            "X-team-{n}",
            "É-A-k-{n}",
            "é-a-\u{212a}-{n}",
            "team-{n}",
            "-{n}",
            "",
        ],
    },
    Drawer {
        part: "last",
        tested: Tested::Key(BaseOperator::StringLike),
        policy_texts: &["*-of-team-{n}", "*-{n}", "?team-{n}"],
        request_texts: &["part-of-team-{n}", "-{n}", "team-{n}", "{n}", ""],
    },
    Drawer {
        part: "value of",
        tested: Tested::AllValues,
        policy_texts: &["k{n}", "key-{n}"],
        request_texts: &["k{n}", "key-{n}", "K{n}"],
    },
    Drawer {
        part: "of the name in test:Key",
        tested: Tested::Key(BaseOperator::ArnLike),
        policy_texts: &["arn:aws:iam::*:role/team-{n}-*", "arn:aws:iam:e?::role/team-{n}/*", "arn:a*:iam:::role/team-{n}-x:*"],
        request_texts: &[
            "arn:aws:iam::1:role/team-{n}-x",
            "arn:aws:iam:eu::role/team-{n}/x:y",
            "arn:aws-cn:iam:::role/team-{n}-x:team-{n}-",
            "arn:aws:iam::1:2:role/team-{n}-x",
            "arn:aws:iam::1:role/team-{n}",
            "role/team-{n}-x",
        ],
    },
    Drawer {
        part: "in test:Key, behind any colon",
        tested: Tested::Key(BaseOperator::StringLike),
        policy_texts: &["arn:aws*:iam::*:role/team-{n}-*", "arn:aws:*:::role/team-{n}/*", "arn:?ws:iam:::role/team-{n}-x:*"],
        request_texts: &[
            "arn:aws:iam::1:role/team-{n}-x",
            "arn:aws:iam::1:x:role/team-{n}-x",
            "arn:aws:x:::y:::role/team-{n}/",
            "arn:aws:iam:::role/team-{n}-x:role/team-{n}-",
            "arn:aws:iam::1:role/team-{n}",
            "",
        ],
    },
    Drawer {
        part: "partition of",
        tested: Tested::Resource,
        policy_texts: &["arn:aws{n}:*:*:*:*", "arn:aws{n}:s*:*:*:type/*", "arn:aws{n}:s?c:eu:1:*"],
        request_texts: &[
            "arn:aws{n}:svc:eu:1:type/x",
            "arn:aws{n}:svc:eu:1:x:type/x",
            "arn:x:aws{n}:svc:eu:1:type/x",
            "arn:aws:aws{n}:eu:1:type/x",
        ],
    },
    Drawer {
        part: "service of",
        tested: Tested::Resource,
        policy_texts: &["arn:aws:svc{n}:*:*:*", "arn:*:svc{n}:*:*:type/*", "arn:a?s:svc{n}:e*:1:*"],
        request_texts: &[
            "arn:aws:svc{n}:eu:1:type/x",
            "arn:aws:x:svc{n}:eu:1:type/x",
            "arn:aws:eu:svc{n}:1:type/x:y:z",
            "arn:svc{n}:svc:eu:1:type/x",
            "arn:aws:svc{n}:eu:1:x",
        ],
    },
    Drawer {
        part: "Region of",
        tested: Tested::Resource,
        policy_texts: &["arn:aws:svc:r-{n}:*:*", "arn:*:*:r-{n}:1:type/*", "arn:aws:s*:r-{n}:*:*"],
        request_texts: &[
            "arn:aws:svc:r-{n}:1:type/x",
            "arn:aws:svc:x:r-{n}:1:type/x",
            "arn:aws:svc:eu:r-{n}:1:x",
            "arn:aws:x:y:z:r-{n}:1:type/:",
            "arn:aws:svc:eu:1:r-{n}",
        ],
    },
    Drawer {
        part: "account of",
        tested: Tested::Resource,
        policy_texts: &["arn:aws:svc:*:{n}:type/*", "arn:aws:*:*:{n}:*", "arn:aws:svc:e?:{n}:*", "arn:a*s:svc:*:{n}:type/{n}*"],
        request_texts: &[
            "arn:aws:svc:eu:{n}:type/{n}",
            "arn:aws:svc:eu:1:x:{n}:type/{n}",
            "arn:aws:svc:eu:1:{n}:type/{n}",
            "arn:aws:svc:eu:{n}:1:type/{n}:x:",
            "arn:aws:svc:{n}:",
            "arn:aws:svc:eu:1:x:{n}",
            "*",
        ],
    },
    Drawer {
        part: "behind any colon",
        tested: Tested::Resource,
        policy_texts: &["arn:aws*:s3:::bucket-{n}/*", "arn:*:s3:::bucket-{n}/a/*", "arn:aws:s*:::bucket-{n}/*"],
        request_texts: &[
            "arn:aws:s3:::bucket-{n}/a/b",
            "arn:aws-cn:s3:::bucket-{n}/",
            "arn:aws:x:s3:::bucket-{n}/a/",
            "arn:aws:s3:::x:::bucket-{n}/:",
            "arn:aws:s3:::bucket-{n}",
        ],
    },
    Drawer {
        part: "bytes of the resource",
        tested: Tested::Resource,
        policy_texts: &["arn:aws:s3:::*-a{n}", "arn:aws:s3:::*/team-{n}", "arn:aws:s3:::?*-x-{n}", "arn:aws:s*:::*/b{n}"],
        request_texts: &["arn:aws:s3:::a-a{n}", "arn:aws:s3:::b/team-{n}", "arn:aws:s3:::y-x-{n}", "arn:aws:s3::x:a/b{n}", "{n}"],
    },
    Drawer {
        part: "of the resource's name",
        tested: Tested::Resource,
        policy_texts: &["arn:aws:s3:::*-{n}-x/*", "arn:aws:s3:::?*team-{n}/*", "arn:aws:s*:*:*:*/team-{n}/*"],
        request_texts: &[
            "arn:aws:s3:::a-{n}-x/k",
            "arn:aws:s3:::a-team-{n}/k",
            "arn:aws:s3::1:x:y/team-{n}/",
            "arn:aws:s3:::{n}",
        ],
    },
    Drawer {
        // The shared pattern has no second part: each pattern is filed for itself.
        part: "first 2 parts of the resource",
        tested: Tested::ResourceOrShared("arn:aws:ec2:*:1:volume/*"),
        policy_texts: &["arn:aws:s3:::bucket-{n}/x*", "arn:aws:s3:::bucket-{n}/*"],
        request_texts: &[
            "arn:aws:s3:::bucket-{n}/x/y",
            "arn:aws:s3:::bucket-{n}/",
            "arn:aws:ec2:eu:1:volume/{n}",
            "arn:aws:ec2:eu:2:1:volume/{n}",
            "arn:aws:ec2:eu:2:volume/{n}",
            "arn:aws:ec2:eu:1:volume",
        ],
    },
    Drawer {
        part: "bytes of test:Key",
        tested: Tested::LikeOrShared("shared-*"),
        policy_texts: &["own-{n}-*", "own-{n}-x*"],
        request_texts: &["own-{n}-x", "own-{n}-", "shared-{n}", "shared", "x"],
    },
    Drawer {
        part: "of the caller",
        tested: Tested::Principal,
        policy_texts: &[
            "1000{n}",
            "arn:aws:iam::1000{n}:root",
            "arn:aws:iam::1111:user/ann-{n}",
            "arn:aws:iam::1111:user/team/ann-{n}",
            "arn:aws:iam::1111:role/build-{n}",
            "arn:aws:iam::1111:role/team/build-{n}",
            "arn:aws:sts::1111:assumed-role/build-{n}/s",
            "arn:aws:sts::1111:assumed-role/build/s{n}",
            "arn:aws:sts::1111:federated-user/guest-{n}",
            "AIDAID{n}",
            "canonical-{n}",
            "svc-{n}.amazonaws.com",
        ],
        request_texts: &[
            "arn:aws:iam::1000{n}:user/ann",
            "arn:aws:iam::1000{n}:root",
            "arn:aws-cn:iam::1000{n}:root",
            "arn:aws:iam::1111:user/ann-{n}",
            "arn:aws:iam::1111:user/team/ann-{n}",
            "arn:aws:iam::1111:role/team/build-{n}",
            "arn:aws:sts::1111:assumed-role/build-{n}/s",
            "arn:aws:sts::1111:assumed-role/build/s{n}",
            "arn:aws:sts::1111:federated-user/guest-{n}",
            "svc-{n}.amazonaws.com",
        ],
    },
    Drawer {
        part: "is absent",
        tested: Tested::LikeIfThere,
        policy_texts: &["*-team-{n}-*", "*own?{n}-*", "{n}-*-{n}"],
        request_texts: &["a-team-{n}-b", "-own-{n}-", "{n}-x-{n}", "team-{n}", "", "{n}-x-{n}-team-{n}-x"],
    },
    Drawer {
        part: "is that of",
        tested: Tested::OrSameAsOther,
        policy_texts: &["own-{n}", "{n}", "own-{n}-*"],
        request_texts: &["own-{n}", "{n}", "own-{n}-x", "OWN-{n}", ""],
    },
    Drawer {
        part: "any context key",
        tested: Tested::AnyKey,
        policy_texts: &["test:Key{n}", "test:kEY{n}", "aws:PrincipalTag/p{n}", "aws:ResourceTag/É{n}", "aws:username"],
        request_texts: &["test:Key{n}", "TEST:key{n}", "aws:principaltag/P{n}", "aws:ResourceTag/é{n}"],
    },
];

impl Cabinet {
    /// The policy, attached, and the tags of who mostly asks.
    pub(crate) fn bundle(&self) -> Bundle {
        let mut bundle = bundle_around(self.policy.clone());
        let tags = [0, 5].map(|n| (format!("P{n}"), value(n)));
        bundle.principals.push(PrincipalEntry {
            arn: request::plain().caller.name,
            tags: tags.into(),
            ..PrincipalEntry::default()
        });
        bundle
    }
}

/// Random cabinets, each of one drawer, with a few statements of any other.
pub(crate) fn cabinets() -> impl Strategy<Value = Cabinet> {
    select(DRAWERS.iter().collect::<Vec<_>>()).prop_flat_map(|drawer| {
        let is_suited =
            |other: &&Drawer| drawer.tested.policy_kind().has_principal() || !other.tested.policy_kind().has_principal();
        let others = select(DRAWERS.iter().filter(is_suited).collect::<Vec<_>>()).prop_flat_map(statements);
        let policy = (vec(statements(drawer), 12..=40), vec(others, 0..=4));
        (policy, vec(requests(drawer), 12)).prop_map(move |((own, others), requests)| {
            let kind = drawer.tested.policy_kind();
            let statements = own.into_iter().chain(others).map(|statement: Statement| Statement {
                principal: statement.principal.or(kind.has_principal().then(|| element(false, [PrincipalPattern::Everyone]))),
                ..statement
            });
            Cabinet { drawer, policy: policy_of(kind, Some(Version::V2012), statements.collect()), requests }
        })
    })
}

fn statements(drawer: &'static Drawer) -> impl Strategy<Value = Statement> {
    let texts = vec((select(drawer.policy_texts), 0..NUMBERS), 1..=2);
    let effect = prop_oneof![1 => Just(Effect::Allow), 2 => Just(Effect::Deny)];
    let absent = select(&["false", "false", "false", "true"]);
    (texts, effect, prop::bool::weighted(0.1), absent).prop_map(move |(texts, effect, is_quantified, absent)| {
        let templates = texts.iter().map(|&(text, n)| text::template(&filled(text, n), Version::V2012));
        let condition = |base, set, values: Vec<_>| Condition {
            operator: placeless(ConditionOperator { set, base, if_exists: false }),
            key: placeless(ConditionKey::new(KEY)),
            values: values.into_iter().map(placeless).collect(),
        };
        // A `NotPrincipal` is about nearly everyone: more than a few, and no other statement would matter.
        let is_negated = is_quantified && texts[0].1 == 0;
        let principals = texts.iter().map(|&(text, n)| principal(&filled(text, n)));
        let (resources, conditions) = match drawer.tested {
            Tested::Principal => (Vec::new(), Vec::new()),
            Tested::AnyKey => {
                let key = filled(texts[0].0, texts[0].1);
                let values = texts.iter().map(|&(_, n)| text::template(&value(n), Version::V2012));
                let test = match (is_quantified, absent) {
                    (true, _) => condition(BaseOperator::Null, None, vec![text::template("false", Version::V2012)]),
                    (_, "true") => condition(BaseOperator::StringLike, None, vec![text::template("v?", Version::V2012)]),
                    _ => condition(BaseOperator::StringEquals, None, values.collect()),
                };
                (Vec::new(), vec![Condition { key: placeless(ConditionKey::new(&*key)), ..test }])
            }
            Tested::Resource => (templates.collect(), Vec::new()),
            Tested::ResourceOrShared(shared) => (templates.chain([text::template(shared, Version::V2012)]).collect(), Vec::new()),
            Tested::LikeOrShared(shared) => {
                let values = templates.chain([text::template(shared, Version::V2012)]).collect();
                let set = is_quantified.then_some(SetOperator::ForAnyValue);
                (Vec::new(), vec![condition(BaseOperator::StringLike, set, values)])
            }
            Tested::LikeIfThere => {
                let test = condition(BaseOperator::StringLike, None, templates.collect());
                let set = is_quantified.then_some(SetOperator::ForAllValues);
                let operator = ConditionOperator { set, base: BaseOperator::StringLike, if_exists: !is_quantified };
                (Vec::new(), vec![Condition { operator: placeless(operator), ..test }])
            }
            Tested::OrSameAsOther => {
                let variable = if absent == "true" { "${test:Other, 'own-1'}" } else { "${test:Other}" };
                let values = templates.chain([text::template(variable, Version::V2012)]).collect();
                let set = is_quantified.then_some(SetOperator::ForAnyValue);
                (Vec::new(), vec![condition(BaseOperator::StringLike, set, values)])
            }
            Tested::Key(base) => {
                let set = is_quantified.then_some(SetOperator::ForAnyValue);
                (Vec::new(), vec![condition(base, set, templates.collect())])
            }
            Tested::AllValues => {
                let listed = condition(BaseOperator::StringEquals, Some(SetOperator::ForAllValues), templates.collect());
                let there = condition(BaseOperator::Null, None, vec![text::template(absent, Version::V2012)]);
                // Without the other one, an absent key passes.
                (Vec::new(), if is_quantified { vec![listed] } else { vec![listed, there] })
            }
        };
        let any = || vec![text::template("*", Version::V2012)];
        Statement {
            span: Span::default(),
            sid: None,
            effect: placeless(effect),
            principal: drawer.tested.policy_kind().has_principal().then(|| element(is_negated, principals)),
            action: element(false, [text::action("svc:*")]),
            resource: Some(element(false, if resources.is_empty() { any() } else { resources })),
            conditions,
        }
    })
}

fn requests(drawer: &'static Drawer) -> impl Strategy<Value = RequestCase> {
    let texts = vec((select(drawer.request_texts), 0..NUMBERS), 1..=3);
    (texts, prop::bool::weighted(0.7)).prop_map(move |(texts, is_single)| {
        let last_number = texts.last().map(|&(_, n)| n);
        let mut texts: Vec<String> = texts.iter().map(|&(text, n)| filled(text, n)).collect();
        let mut request = RequestCase { action: "svc:Act".to_owned(), ..request::plain() };
        match drawer.tested {
            Tested::Principal => {
                request.resource_account = Some("1111".to_owned());
                request.caller = caller(&texts[0], last_number.filter(|_| !is_single));
            }
            Tested::AnyKey => {
                for (name, n) in texts.iter().zip(last_number.into_iter().cycle()) {
                    let values = if is_single { Value::Single(value(n)) } else { Value::Multi(vec![value(n + 1), value(n)]) };
                    request.set(name, Some(values));
                }
            }
            Tested::Resource | Tested::ResourceOrShared(_) => request.resource = texts.remove(0),
            Tested::AllValues if is_single && texts[0].starts_with('K') => {}
            Tested::LikeIfThere if texts[0].is_empty() => {}
            Tested::OrSameAsOther => {
                let other = if is_single { texts.pop() } else { texts.first().cloned() };
                request.set(OTHER_KEY, other.map(Value::Single));
                let own = if is_single { texts.pop().map(Value::Single) } else { Some(Value::Multi(texts)) };
                request.set(KEY, own);
            }
            _ if is_single => request.set(KEY, Some(Value::Single(texts.remove(0)))),
            _ => request.set(KEY, Some(Value::Multi(texts))),
        }
        request
    })
}

/// What keys have that are named by a number.
fn value(n: u32) -> String {
    format!("v{}", n % 3)
}

/// The caller of this name; with a number, all that a request can say of it.
fn caller(name: &str, n: Option<u32>) -> Caller {
    let caller = Caller::parse(name).expect("the drawer names callers");
    let Some(n) = n else { return caller };
    let known = |kind, text: &str| (caller.kind == kind).then(|| filled(text, n));
    Caller {
        unique_id: Some(format!("AIDAID{n}")),
        canonical_user: Some(format!("canonical-{n}")),
        role_arn: caller.role_arn.clone().or(known(PrincipalKind::RoleSession, "arn:aws:iam::1111:role/team/build-{n}")),
        user_arn: known(PrincipalKind::FederatedUser, "arn:aws:iam::1111:user/ann-{n}"),
        ..caller
    }
}

fn principal(text: &str) -> PrincipalPattern {
    let account = |text: &str, partition: Option<&str>| PrincipalPattern::Account {
        account: text.into(),
        partition: partition.map(Box::from),
    };
    match text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")) {
        Some(number) => account(number, Some("aws")),
        None if text.starts_with("arn:") => PrincipalPattern::Arn(text.into()),
        None if text.starts_with("AIDA") => PrincipalPattern::UniqueId(text.into()),
        None if text.starts_with("canonical") => PrincipalPattern::CanonicalUser(text.into()),
        None if text.ends_with(".com") => PrincipalPattern::Service(text.into()),
        None => account(text, None),
    }
}

/// How many numbers there are.
const NUMBERS: u32 = 16;

fn filled(text: &str, n: u32) -> String {
    text.replace("{n}", &n.to_string()).replace("{h}", &format!("{n:x}"))
}
