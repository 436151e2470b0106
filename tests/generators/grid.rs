//! Policies of many statements that differ in one text of their resources, behind wildcards: long enough for blocks with dimensions
//! of these texts, and requests about them, also where the text stands elsewhere in the resource.

use ibc::iam::{Effect, PolicyKind, Version};
use ibc::syntax::ast::{Policy, Statement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::policy::{element, policy_of, statement_about_all};
use super::request::{self, RequestCase};
use super::text;

/// A policy, what tells most of its statements apart, and requests.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) axis: &'static Axis,
    pub(crate) policy: Policy,
    pub(crate) requests: Vec<RequestCase>,
}

/// A text of resources. `{n}` is a number.
#[derive(Debug)]
pub(crate) struct Axis {
    /// What a plan calls it.
    pub(crate) texts: &'static str,
    patterns: &'static [&'static str],
    resources: &'static [&'static str],
}

/// All texts that have dimensions.
pub(crate) static AXES: [Axis; 7] = [
    Axis {
        texts: "how the resource begins",
        patterns: &["arn:aws:svc:r-{n}-*", "arn:aws:svc:r-{n}-*:1:*", "arn:aws:svc:r-{n}-a:1:x"],
        resources: &["arn:aws:svc:r-{n}-a:1:x", "arn:aws:svc:r-{n}-:2:x", "arn:aws:svc:r-{n}-a:1:x:1:y", "arn:aws:svc:r-{n}:1:x"],
    },
    Axis {
        texts: "how the resource ends",
        patterns: &["arn:aws:svc:*:*:*/app-{n}", "arn:aws:s?c:*:*:*-{n}", "arn:aws:svc:eu:*:app-{n}"],
        resources: &["arn:aws:svc:eu:1:t/app-{n}", "arn:aws:svc:eu:1:app-{n}", "arn:aws:svc:eu:1:t/app-{n}x", "t/app-{n}"],
    },
    Axis {
        texts: "goes on from its service",
        patterns: &["arn:*:svc{n}:*:*:*", "arn:a?s:svc{n}:e*:1:*", "arn:*:svc{n}:eu:1:type/x*"],
        resources: &[
            "arn:aws:svc{n}:eu:1:type/x",
            "arn:aws:x:svc{n}:eu:1:type/xyz",
            "arn:x:aws:svc{n}:eu:1:type/x:y",
            "arn:svc{n}:svc:eu:1:type/x",
        ],
    },
    Axis {
        texts: "goes on from its Region",
        patterns: &["arn:*:s*:r-{n}:*:*", "arn:*:*:r-{n}-*:*:*", "arn:*:svc:r-{n}-*:1:*", "arn:*:svc:r-{n}:1:type/x"],
        resources: &[
            "arn:aws:svc:r-{n}:1:type/x",
            "arn:aws:svc:r-{n}-:1:type/x",
            "arn:aws:x:svc:r-{n}:1:type/x",
            "arn:aws:svc:x:r-{n}-:1:1:r-{n}:1:type/x",
        ],
    },
    Axis {
        texts: "goes on from its account",
        patterns: &["arn:aws:svc:*:1{n}:*", "arn:*:svc:*:1{n}:type/*", "arn:aws:svc:*:1{n}:type/x", "arn:aws:svc:e?:1{n}:*/y"],
        resources: &[
            "arn:aws:svc:eu:1{n}:type/x",
            "arn:aws:svc:eu:1:1{n}:type/x/y",
            "arn:aws:svc:eu:x:1{n}:",
            "arn:aws:svc:1{n}:eu:x",
        ],
    },
    Axis {
        texts: "goes on from its name",
        patterns: &[
            "arn:aws:svc:*:*:type/app-{n}-*",
            "arn:aws:svc:*:*:type/app-{n}",
            "arn:aws:*:*:1:type/app-{n}*",
            "arn:aws:svc:e?:1:type:app-{n}*",
            "arn:aws:svc:*:*:type/app-{n}-${aws:username}",
        ],
        resources: &[
            "arn:aws:svc:eu:1:type/app-{n}-x",
            "arn:aws:svc:eu:1:type/app-{n}",
            "arn:aws:svc:eu:1:x:type/app-{n}-x:y",
            "arn:aws:svc:eu:1:type:app-{n}:type/app-{n}",
            "arn:aws:svc:eu:1:type/app-{n}-bob",
        ],
    },
    Axis {
        texts: "behind a slash",
        patterns: &[
            "arn:aws:svc:::b-*/team-{n}/*",
            "arn:aws:svc:::b-*/x/team-{n}/y",
            "arn:aws:svc:*:*:*/team-{n}*",
            "arn:aws:svc:::b*-z/team-{n}/*",
        ],
        resources: &[
            "arn:aws:svc:::b-1/team-{n}/x",
            "arn:aws:svc:::b-1/x/team-{n}/y",
            "arn:aws:svc:::b-z/team-{n}/team-{n}//",
            "arn:aws:svc:::team-{n}/y",
            "b/team-{n}",
        ],
    },
];

/// Random grids. Every policy has two statements about each of many numbers, in the mean.
pub(crate) fn grids() -> impl Strategy<Value = Grid> {
    (select(AXES.iter().collect::<Vec<_>>()), select(vec![50_u32, 129, 200])).prop_flat_map(|(axis, size)| {
        let count = size / 2;
        let pattern = move |domain: &'static [&'static str]| (select(domain), 0..count).prop_map(|(text, n)| numbered(text, n));
        // Some statements are about what others are, about everything, or about everything else.
        let patterns = prop_oneof![
            30 => vec(pattern(axis.patterns), 1..=3),
            1 => (select(AXES.iter().collect::<Vec<_>>()), 0..count).prop_map(|(axis, n)| vec![numbered(axis.patterns[0], n)]),
            1 => select(SHARED).prop_map(|text| vec![text.to_owned()]),
        ];
        let statements = vec((prop::bool::weighted(0.03), patterns), size as usize);
        let requests = vec((pattern(axis.resources), prop::bool::weighted(0.1)), 12);
        (statements, requests).prop_map(move |(statements, requests)| {
            let statements = statements.into_iter().map(|(negated, patterns)| denying(negated, &patterns)).collect();
            let policy = policy_of(PolicyKind::Identity, Some(Version::V2012), statements);
            let requests = requests.into_iter().map(|(resource, is_other)| {
                let resource = if is_other { resource.replace('-', "/:") } else { resource };
                RequestCase { resource, ..request::plain() }
            });
            Grid { axis, policy, requests: requests.collect() }
        })
    })
}

const SHARED: &[&str] = &["arn:aws:svc:*:*:type/*", "arn:aws:svc:*", "arn:aws:svc:*:1:t*", "arn:*/x"];

fn numbered(text: &str, n: u32) -> String {
    text.replace("{n}", &n.to_string())
}

/// Denying, since an Allow would say nothing about resources of other partitions than the caller's.
fn denying(negated: bool, patterns: &[String]) -> Statement {
    let patterns = patterns.iter().map(|pattern| text::template(pattern, Version::V2012));
    Statement { resource: Some(element(negated, patterns)), ..statement_about_all(PolicyKind::Identity, Effect::Deny) }
}
