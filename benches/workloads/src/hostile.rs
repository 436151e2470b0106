//! Policies and requests that indexes find hard.

use crate::population::{LOCKED, ROLE, TEAM};
use crate::request::Draft;
use crate::{ACCOUNT, Answer, Attachments, Document, Operator, Random, RequestSet, Statement, Workload, decide, flat};

/// `count` Allows that differ in one `StringLike` glob on the same key: prefixes, suffixes, inner literals, and several pieces.
#[must_use]
pub fn globs(seed: u64, count: usize, request_count: usize) -> Workload {
    let glob = |i: usize| match i % 4 {
        0 => format!("svc-{i}-*"),
        1 => format!("*-{i}.internal"),
        2 => format!("*-{i}-blue-*"),
        _ => format!("s?c*-{i}-*.int?rnal"),
    };
    let statements: Vec<Statement> = (0..count)
        .map(|i| Statement::allow(&["imagebuilder:*"], image("*")).when(Operator::StringLike, NAME, [glob(i)]))
        .collect();
    let draw = |r: usize, random: &mut Random| {
        let i = random.below(count);
        // Three of four names are made for the statement's form of glob; one looks like all of them and matches none.
        let name = match (r.is_multiple_of(2), i % 4) {
            (false, _) => format!("svc-x{i}-green-{r}.external"),
            (true, 0) => format!("svc-{i}-{r}"),
            (true, 1) => format!("web-{r}x-{i}.internal"),
            (true, 2) => format!("web-{i}-blue-{r}x"),
            (true, _) => format!("sec-{r}x-{i}-y.int3rnal"),
        };
        let mut draft = Draft::new("imagebuilder:GetImage", image(&format!("app-{r}"))).by(caller());
        draft.push(NAME, name);
        draft.push(ROLE, "developer");
        draft.push(SOURCE_IP, "10.1.2.3");
        draft
    };
    workload("hostile-globs", statements, &requests(seed, request_count, draw))
}

/// `count` statements with `NotAction`: half Allows by team, half Denies by the absence of a region.
#[must_use]
pub fn not_action(seed: u64, count: usize, request_count: usize) -> Workload {
    let statements: Vec<Statement> = (0..count)
        .map(|i| {
            if i.is_multiple_of(2) {
                let mut allow = Statement::allow(&["iam:*", "imagebuilder:Delete*"], "*").on_other_actions();
                allow.actions.push(format!("imagebuilder:Special{i}").into());
                allow.when(Operator::StringEquals, TEAM, [format!("team-{i}")])
            } else {
                let mut deny = Statement::deny(&["imagebuilder:*", "s3:*"], "*").on_other_actions();
                deny.actions.push(format!("ec2:Special{i}").into());
                deny.when(Operator::StringNotEquals, REGION, [format!("eu-west-{i}")])
            }
        })
        .collect();
    let draw = |r: usize, random: &mut Random| {
        let action = if r % 10 < 8 { "imagebuilder:GetImage" } else { "lambda:InvokeFunction" };
        let team = if r % 10 < 5 { random.below(count.div_ceil(2)) * 2 } else { count + 1 };
        let mut draft = Draft::new(action, image(&format!("app-{r}"))).by(caller());
        draft.push(TEAM, format!("team-{team}"));
        draft.push(REGION, format!("eu-west-{}", random.below(count)));
        draft.push(ROLE, "developer");
        draft
    };
    workload("hostile-not-action", statements, &requests(seed, request_count, draw))
}

/// `count` Allows that are equal in all but the value of their last test, an equality.
#[must_use]
pub fn late_equality(seed: u64, count: usize, request_count: usize) -> Workload {
    let statements: Vec<Statement> =
        (0..count).map(|i| almost_equal(false).when(Operator::StringEquals, COST_CENTER, [format!("cc-{i}")])).collect();
    let draw = |r: usize, random: &mut Random| {
        let mut draft = almost_equal_request(r);
        let center = if r.is_multiple_of(2) { random.below(count) } else { count + r };
        draft.push(COST_CENTER, format!("cc-{center}"));
        draft
    };
    workload("hostile-late-equality", statements, &requests(seed, request_count, draw))
}

/// `count` Allows in six forms, each told apart by another part of a request: a tag in any letter case, a network, a resource behind
/// a wildcard Region, how a resource ends, what is inside its name, and the tag keys of which no other may be there.
#[must_use]
pub fn parts(seed: u64, count: usize, request_count: usize) -> Workload {
    let statement = |i: usize| {
        let on = |resource: String| Statement::allow(&["imagebuilder:*"], resource);
        match i % 6 {
            0 => on(image("*")).when(Operator::StringEqualsIgnoreCase, NAME, [format!("Service-{i}")]),
            1 => on(image("*")).when(Operator::IpAddress, SOURCE_IP, [format!("10.{}.{}.0/24", i / 250, i % 250)]),
            2 => on(format!("arn:aws:imagebuilder:*:{ACCOUNT}:image/app-{i}/*")),
            3 => on(image(&format!("*/stage-{i}"))),
            4 => on(image(&format!("*-{i}-*"))),
            _ => on(image("*")).when(Operator::Null, TAG_KEYS, ["false"]).when(
                Operator::ForAllStringEquals,
                TAG_KEYS,
                [format!("key-{i}"), format!("key-{}", i + 6)],
            ),
        }
    };
    let statements: Vec<Statement> = (0..count).map(statement).collect();
    let draw = |r: usize, random: &mut Random| {
        // Every other request is about a number that no statement has.
        let i = if r.is_multiple_of(2) { random.below(count) } else { count + random.below(count) };
        let form = if r.is_multiple_of(2) { i % 6 } else { r / 2 % 6 };
        let resource = match form {
            2 => image(&format!("app-{i}/{r}")),
            3 => image(&format!("web/stage-{i}")),
            4 => image(&format!("web-{i}-{r}x")),
            _ => image(&format!("other/{r}x")),
        };
        let mut draft = Draft::new("imagebuilder:GetImage", resource).by(caller());
        draft.push(NAME, if form == 0 { format!("SERVICE-{i}") } else { "none".to_owned() });
        draft.push(SOURCE_IP, if form == 1 { format!("10.{}.{}.7", i / 250, i % 250) } else { "192.0.2.7".to_owned() });
        let keys = if form == 5 { [format!("key-{i}"), format!("key-{}", i + 6)] } else { ["cost", "env"].map(str::to_owned) };
        draft.push_list(TAG_KEYS, keys);
        draft
    };
    workload("hostile-parts", statements, &requests(seed, request_count, draw))
}

/// `count` Allows over a tenth as many tag keys, each for another value of its key; requests have six of the keys.
#[must_use]
pub fn keys(seed: u64, count: usize, request_count: usize) -> Workload {
    let key_count = (count / 10).max(1);
    let key = |i: usize| format!("imagebuilder:ResourceTag/key-{}", i % key_count);
    let allow =
        |i: usize| Statement::allow(&["imagebuilder:*"], "*").when(Operator::StringEquals, key(i), [format!("value-{i}")]);
    let statements: Vec<Statement> = (0..count).map(allow).collect();
    let draw = |r: usize, random: &mut Random| {
        let mut draft = Draft::new("imagebuilder:GetImage", image(&format!("app-{r}"))).by(caller());
        let first = random.below(count);
        // Values of other keys, but for one in every other request.
        (0..6).for_each(|n| draft.push(key(first + n), format!("value-{}", first + n + 1)));
        if r.is_multiple_of(2) {
            draft.replace(&key(first), format!("value-{first}"));
        }
        draft
    };
    workload("hostile-keys", statements, &requests(seed, request_count, draw))
}

/// One Allow, and `count` Denies that are equal in all but the bound of their last test, a comparison of numbers.
#[must_use]
pub fn late_number(seed: u64, count: usize, request_count: usize) -> Workload {
    let mut statements = vec![almost_equal(false)];
    // In no order, as people write them.
    let mut bounds: Vec<usize> = (1..count).map(|i| 1_000 + i).collect();
    Random::at(seed, BOUNDS, 0).shuffle(&mut bounds);
    let deny = |bound: usize| almost_equal(true).when(Operator::NumericGreaterThan, SIZE, [bound.to_string()]);
    statements.extend(bounds.into_iter().map(deny));
    let draw = |r: usize, random: &mut Random| {
        let mut draft = almost_equal_request(r);
        match r % 10 {
            0..5 => draft.push(SIZE, random.below(1_000).to_string()),
            5..8 => {
                draft.push(SIZE, random.below(1_000).to_string());
                draft.replace(ROLE, "operator");
            }
            _ => draft.push(SIZE, (1_002 + random.below(count)).to_string()),
        }
        draft
    };
    workload("hostile-late-number", statements, &requests(seed, request_count, draw))
}

/// One Allow, and `count` Denies by eight pieces of a name that requests repeat for as long as a value may be, each with a bound
/// that few requests reach.
#[must_use]
pub fn repeats(seed: u64, count: usize, request_count: usize) -> Workload {
    let mut statements = vec![almost_equal(false)];
    let deny = |i: usize| {
        let piece = format!("*{}*", PIECES[i % PIECES.len()]);
        Statement::deny(&["imagebuilder:CreateImage"], image("*"))
            .when(Operator::NumericGreaterThan, SIZE, [(1_000 + i).to_string()])
            .when(Operator::StringLike, NAME, [piece])
    };
    statements.extend((1..count).map(deny));
    let draw = |r: usize, random: &mut Random| {
        let mut draft = almost_equal_request(r);
        let name = match r % 2 {
            0 => PIECES[random.below(PIECES.len())].to_owned(),
            _ => PIECES.concat(),
        };
        draft.push(NAME, name.repeat(LONGEST_VALUE / name.len()));
        match r % 10 {
            0..5 => draft.push(SIZE, random.below(1_000).to_string()),
            5..8 => {
                draft.push(SIZE, random.below(1_000).to_string());
                draft.replace(ROLE, "operator");
            }
            _ => draft.push(SIZE, (1_000 + count + random.below(100)).to_string()),
        }
        draft
    };
    workload("hostile-repeats", statements, &requests(seed, request_count, draw))
}

/// `flat` whose requests carry 40 tags of the resource, as many in the request, and the list of their keys.
#[must_use]
pub fn many_tags(seed: u64, count: usize, request_count: usize) -> Workload {
    let mut workload = flat::workload(seed, count, request_count);
    let mut requests = RequestSet::default();
    workload.requests.with_texts(usize::MAX, |texts| {
        for (request, answer) in texts.iter().zip(workload.requests.answers()) {
            let mut draft = Draft::new(request.action, request.resource).by(request.principal.to_owned());
            for (key, value) in request.context {
                match value {
                    crate::Value::Single(value) => draft.push((*key).to_owned(), (*value).to_owned()),
                    crate::Value::Multi(values) => {
                        draft.push_list((*key).to_owned(), values.iter().map(|value| value.to_string()))
                    }
                }
            }
            // Words that no policy uses, so that the answers stay.
            (0..TAG_COUNT).for_each(|tag| draft.push(format!("imagebuilder:ResourceTag/x-label-{tag}"), format!("value-{tag}")));
            (0..TAG_COUNT).for_each(|tag| draft.push(format!("aws:PrincipalTag/x-group-{tag}"), format!("value-{tag}")));
            draft.with_text(|request| requests.push(request, *answer));
        }
    });
    workload.name = "hostile-many-tags".to_owned();
    workload.requests = requests;
    workload
}

fn almost_equal(denies: bool) -> Statement {
    let statement = Statement::allow(&["imagebuilder:CreateImage"], image("*"));
    Statement { denies, ..statement }
        .when(Operator::StringEquals, TEAM, ["red"])
        .when(Operator::StringEquals, ROLE, ["builder", "admin"])
        .when(Operator::StringEquals, LOCKED, ["false"])
}

fn almost_equal_request(r: usize) -> Draft {
    let mut draft = Draft::new("imagebuilder:CreateImage", image(&format!("app-{r}"))).by(caller());
    draft.push(TEAM, "red");
    draft.push(ROLE, "builder");
    draft.push(LOCKED, "false");
    draft
}

fn requests(seed: u64, count: usize, mut draw: impl FnMut(usize, &mut Random) -> Draft) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = (0..count).map(|r| draw(r, &mut Random::at(seed, REQUESTS, r as u64))).collect();
    Random::at(seed, ORDER, 0).shuffle(&mut drafts);
    drafts
}

/// The statements in one document, attached to everyone; a straight loop says the answers.
fn workload(name: &str, statements: Vec<Statement>, drafts: &[Draft]) -> Workload {
    let mut requests = RequestSet::default();
    for draft in drafts {
        let answer: Answer = draft.with_text(|request| decide(&statements, request));
        draft.with_text(|request| requests.push(request, Some(answer)));
    }
    Workload {
        name: format!("{name}-{}", statements.len()),
        statement_count: statements.len(),
        documents: vec![Document::new(format!("{name}.json"), &statements)],
        attachments: Attachments { everyone: vec![0], ..Attachments::default() },
        requests,
    }
}

fn image(tail: &str) -> String {
    format!("arn:aws:imagebuilder:us-east-1:{ACCOUNT}:image/{tail}")
}

fn caller() -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/builder/alice")
}

const NAME: &str = "imagebuilder:ResourceTag/name";
const COST_CENTER: &str = "aws:RequestTag/cost-center";
const SOURCE_IP: &str = "aws:SourceIp";
const TAG_KEYS: &str = "aws:TagKeys";
const REGION: &str = "aws:RequestedRegion";
const SIZE: &str = "imagebuilder:ResourceTag/size";
const TAG_COUNT: usize = 40;
/// As long as a gram of the index, so that every place of a name that repeats one leads to the same statements.
const PIECES: [&str; 8] = ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "hhhh"];
/// The engine takes no longer values.
const LONGEST_VALUE: usize = 8192;

const REQUESTS: u64 = 11;
const ORDER: u64 = 12;
const BOUNDS: u64 = 13;
