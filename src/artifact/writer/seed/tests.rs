use super::*;
use crate::artifact::writer::write_under;
use crate::artifact::{Artifact, access_key, slots};
use crate::bundle::{Bundle, PrincipalEntry};
use crate::compile::Options;
use crate::engine::Engine;
use crate::hash::{hash, name_hash};
use crate::iam::{Decision, PolicyKind, Principal};
use crate::lower::lower;
use crate::name_ends::NameEnds;
use crate::request::{Context, ContextEntry, ContextValue, Request};
use crate::source::SourceMap;
use crate::syntax::testing::policy_of;
use std::borrow::Cow;
use std::num::NonZeroUsize;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const CRAFTED_COUNT: usize = 200;
/// Of a larger table than any here: what has one home there has one in a smaller one, too.
const MASK: usize = 0xfff;

fn home_of(hash: u64) -> usize {
    slots::home(hash) & MASK
}

/// Names that have one home.
fn crafted(name: impl Fn(usize) -> String, home: impl Fn(&str) -> usize) -> Vec<String> {
    let wanted = home(&name(0));
    (0..).map(name).filter(|name| home(name) == wanted).take(CRAFTED_COUNT).collect()
}

/// What one name is asked with.
type Question<'q> = (&'q str, &'q str, &'q str);

/// Builds a policy of these statements, attached to these users, of which the first seed must make long probes, and asks it about
/// each crafted name, which must be allowed, and about another one.
#[track_caller]
fn check(statements: &[String], users: &[&str], names: &[String], question: impl Fn(&str) -> Question<'_>, other: &str) {
    let mut sources = SourceMap::new();
    let policy = policy_of(&mut sources, PolicyKind::Identity, statements);
    let mut bundle = Bundle::default();
    let id = bundle.add_policy("policy".to_owned(), policy);
    for &user in users {
        let mut principal = PrincipalEntry { arn: user.to_owned(), ..PrincipalEntry::default() };
        principal.attachment.identity.push(id);
        bundle.principals.push(principal);
    }
    let (program, options) = (lower(Cow::Borrowed(&bundle)), Options::default());
    let under = |seed| write_under(seed, NonZeroUsize::MIN, &program, &sources, &options);

    let probed_slots = under(FIRST).expect("it fits").probed_slots;
    assert!(probed_slots > CRAFTED_COUNT, "{probed_slots}");
    let engine = Engine::new(Artifact::from_bytes(write(under).expect("it fits").0).expect("an artifact"));
    if !cfg!(feature = "colliding-hash") {
        let seed = engine.artifact().view().seed();
        assert_ne!(seed, FIRST);
        let again = under(seed).expect("it fits");
        assert!(again.probed_slots <= MAX_PROBED_SLOTS, "{}", again.probed_slots);
        assert_eq!(again.bytes, engine.artifact().as_bytes());
    }

    let mut scratch = engine.scratch();
    let mut decide = |(user, action, team): Question<'_>| {
        let entries = [ContextEntry { key: "aws:ResourceTag/team", value: ContextValue::Single(team) }];
        let principal = Principal::parse(user).expect("a user");
        let context = Context::new(&entries);
        let request = Request { context, ..Request::new(principal, action, "arn:aws:s3:::bucket/key") };
        engine.decide(&request, &mut scratch).decision
    };
    for name in names {
        assert_eq!(decide(question(name)), Decision::Allow, "{name}");
    }
    assert_eq!(decide(question(other)), Decision::ImplicitDeny, "{other}");
}

fn of_team(team: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {{"StringEquals": {{"aws:ResourceTag/team": "{team}"}}}}}}"#
    )
}

#[test]
fn access_keys_crafted_for_one_slot_are_spread() {
    let home = |team: &str| home_of(access_key::slot_hash(0, hash(FIRST, team.as_bytes())));
    let teams = crafted(|number| format!("team-{number}"), home);
    let statements: Vec<String> = teams.iter().map(|team| of_team(team)).collect();
    check(&statements, &[ALICE], &teams, |team| (ALICE, "s3:GetObject", team), "team");
}

#[test]
fn principals_crafted_for_one_slot_are_spread() {
    let home = |user: &str| home_of(hash(FIRST, user.as_bytes()));
    let users = crafted(|number| format!("{ALICE}-{number}"), home);
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    check(&[of_team("red")], &names, &users, |user| (user, "s3:GetObject", "red"), ALICE);
}

#[test]
fn actions_crafted_for_one_slot_are_spread() {
    let home = |action: &str| home_of(name_hash(FIRST, NameEnds::of(action.as_bytes()), action.as_bytes()));
    let actions = crafted(|number| format!("s3:Craft{number}"), home);
    let list: Vec<String> = actions.iter().map(|action| format!("\"{action}\"")).collect();
    let statement = format!(r#"{{"Effect": "Allow", "Action": [{}], "Resource": "*"}}"#, list.join(", "));
    check(&[statement], &[ALICE], &actions, |action| (ALICE, action, "red"), "s3:Craft");
}

#[test]
fn a_hash_that_collides_under_every_seed_ends_all_the_same() {
    let seeds_tried = |first_good: u64| {
        let mut seeds = Vec::new();
        let bytes = write(|seed| {
            seeds.push(seed);
            let number = seeds.len() as u64;
            let probed_slots = MAX_PROBED_SLOTS + usize::from(number < first_good);
            Ok(Attempt { bytes: vec![number as u8], checksum: number, probed_slots, worst_case: WorstCase::default() })
        });
        assert_eq!(bytes.expect("it fits").0, [seeds.len() as u8], "the last attempt counts");
        seeds
    };
    assert_eq!(seeds_tried(1), [FIRST]);
    assert_eq!(seeds_tried(2), [FIRST, 1]);
    assert_eq!(seeds_tried(u64::MAX), [FIRST, 1, 2, 3]);
}

#[test]
fn probes_go_round_the_ring() {
    let check = |slots: &str, expected| assert_eq!(probed_slots(slots.bytes().map(|slot| slot == b'x')), expected, "{slots}");
    check(".", 1);
    check("....", 1);
    check(".x..", 2);
    check("..xx", 3);
    check("x.xx", 4);
    check("xx.x.xx.", 3);
    check("xx.x..xx", 5);
}
