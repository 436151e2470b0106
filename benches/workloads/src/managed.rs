//! Every AWS managed policy of the corpus, attached to one principal.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::request::Draft;
use crate::{ACCOUNT, Attachments, Document, Random, RequestSet, Workload, glob_matches};

/// Which of the policies are attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// All of them: `managed`. One is `AWSDenyAll`, so every request is denied explicitly.
    All,
    /// `managed-selective`: those without a statement that allows or denies nearly every action (`*` or `NotAction`), so that the
    /// others matter.
    Selective,
}

/// Where the corpus is: `IBC_CORPUS`, or `../shared/corpus` beside the repository.
#[must_use]
pub fn corpus() -> PathBuf {
    match std::env::var_os("IBC_CORPUS") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
    }
}

/// The workload; `None` if the corpus is not there. A policy that cannot be loaded is left out (D-19): of the 1,614, that is
/// `AmazonTimestreamInfluxDBServiceRolePolicy`, which has a variable for an account id.
///
/// Requests are drawn from the words of the policies: an action that a statement names, a resource that its pattern matches,
/// values that satisfy its conditions. Of ten requests three are drawn from a Deny, one then names another action, two an action
/// that no policy names, one lacks its context. So about half is allowed by the selective ones; what a request gets is for the
/// reference evaluator to say.
#[must_use]
pub fn workload(seed: u64, choice: Choice, request_count: usize) -> Option<Workload> {
    let policies = policies(choice)?;
    let all: Vec<&Json> = policies.iter().flat_map(|policy| &policy.statements).collect();
    let denials: Vec<&Json> = all.iter().copied().filter(|statement| statement["Effect"] == "Deny").collect();
    let caller = format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/alice");
    let statement_count = all.len();
    let requests = draw(seed, &all, request_count, |kind, random| {
        let statement = random.choose(if kind < 3 { &denials } else { &all });
        Asking { caller: caller.clone(), region: None, statement }
    });
    let documents: Vec<Document> = policies.iter().map(|policy| policy.document.clone()).collect();
    Some(Workload {
        name: if choice == Choice::All { "managed" } else { "managed-selective" }.to_owned(),
        statement_count,
        attachments: Attachments { everyone: (0..documents.len()).collect(), ..Attachments::default() },
        documents,
        requests,
    })
}

/// A policy of the corpus.
pub(crate) struct Policy {
    pub(crate) document: Document,
    pub(crate) statements: Vec<Json>,
}

impl Policy {
    /// `None` if the text is not that of a policy.
    pub(crate) fn new(name: String, text: String) -> Option<Policy> {
        let policy: Json = serde_json::from_str(&text).ok()?;
        let statements: Vec<Json> = list(policy.get("Statement")?).cloned().collect();
        Some(Policy { document: Document { name, text, statement_count: statements.len() }, statements })
    }
}

/// The managed policies that can be loaded; `None` if the corpus is not there.
pub(crate) fn policies(choice: Choice) -> Option<Vec<Policy>> {
    let mut policies = Vec::new();
    for path in files("aws-managed")? {
        let policy = Policy::new(path.file_name()?.to_string_lossy().into_owned(), fs::read_to_string(&path).ok()?)?;
        let is_wanted = choice == Choice::All || !policy.statements.iter().any(is_about_nearly_everything);
        if is_wanted && !policy.statements.iter().any(has_misplaced_variable) {
            policies.push(policy);
        }
    }
    Some(policies)
}

/// The files of a folder of the corpus, in the order of their names; `None` if it is not there.
pub(crate) fn files(folder: &str) -> Option<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(corpus().join(folder)).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Some(paths)
}

/// Whether a variable stands before the fifth colon of an ARN, which no customer's policy may have and the compiler refuses.
fn has_misplaced_variable(statement: &Json) -> bool {
    let patterns = list(&statement["Resource"]).filter_map(Json::as_str);
    let mut heads = patterns.flat_map(|pattern| pattern.split(':').take(5));
    heads.any(|field| field.contains("${"))
}

pub(crate) fn is_about_nearly_everything(statement: &Json) -> bool {
    statement.get("NotAction").is_some() || list(&statement["Action"]).any(|action| action == "*")
}

/// Who asks a request, and with the words of which statement.
pub(crate) struct Asking<'a> {
    pub(crate) caller: String,
    /// The region, if the request says it.
    pub(crate) region: Option<&'static str>,
    pub(crate) statement: &'a Json,
}

/// Draws requests from the words of statements. `pick` is asked for each, with the kind of the request: a number below ten.
pub(crate) fn draw<'a>(
    seed: u64,
    statements: &[&Json],
    count: usize,
    pick: impl Fn(usize, &mut Random) -> Asking<'a>,
) -> RequestSet {
    let patterns = statements.iter().flat_map(|statement| list(&statement["Action"]).filter_map(Json::as_str));
    let mut names: Vec<&str> = patterns.filter(|action| !action.contains(['*', '?'])).collect();
    names.sort_unstable();
    names.dedup();
    let mut requests = RequestSet::default();
    let mut random = Random::at(seed, REQUESTS, 0);
    while requests.len() < count {
        let r = requests.len();
        let kind = r % 10;
        let Asking { caller, region, statement } = pick(kind, &mut random);
        let Some(mut action) = action_of(statement, &names, &mut random) else { continue };
        match kind {
            3 => action = random.choose(&names).to_owned(),
            4 | 5 => action = format!("unlisted:Describe{}", random.choose(&["Thing", "Things", "ThingStatus"])),
            _ => {}
        }
        let Some(resource) = resource_of(statement, &action, region.unwrap_or("us-east-1"), r, &mut random) else { continue };
        let mut draft = Draft::new(action, resource).by(caller);
        if let Some(region) = region {
            draft.push("aws:RequestedRegion", region);
        }
        if kind != 6 && !add_context(&mut draft, statement, &mut random) {
            continue;
        }
        draft.with_text(|request| requests.push(request, None));
    }
    requests
}

/// An action of the statement; a pattern stands for one of the names that it matches.
fn action_of(statement: &Json, names: &[&str], random: &mut Random) -> Option<String> {
    let patterns: Vec<&str> = list(&statement["Action"]).filter_map(Json::as_str).collect();
    if patterns.is_empty() {
        return Some(random.choose(names).to_owned());
    }
    let pattern = random.choose(&patterns);
    let matching: Vec<&str> = names.iter().copied().filter(|name| glob_matches(pattern, name)).collect();
    (!matching.is_empty()).then(|| random.choose(&matching).to_owned())
}

/// A resource that the statement matches; `None` if its pattern has variables.
fn resource_of(statement: &Json, action: &str, region: &str, r: usize, random: &mut Random) -> Option<String> {
    let patterns: Vec<&str> = list(&statement["Resource"]).filter_map(Json::as_str).collect();
    let service = action.split(':').next()?;
    let any = format!("arn:aws:{service}:{region}:{ACCOUNT}:thing/name-{r}");
    if patterns.is_empty() {
        return Some(any);
    }
    let pattern = random.choose(&patterns);
    if pattern.contains("${") || pattern.split(':').count() > 12 {
        return None;
    }
    if pattern == "*" {
        return Some(any);
    }
    let fields: Vec<&str> = pattern.splitn(6, ':').collect();
    let field = |index: usize, example: &str| match fields.get(index) {
        Some(&text) => text.replace('*', example).replace('?', "x"),
        None => example.to_owned(),
    };
    let tail = field(5, &format!("name-{r}"));
    Some(format!("arn:{}:{}:{}:{}:{tail}", field(1, "aws"), field(2, service), field(3, region), field(4, ACCOUNT)))
}

/// Adds what the statement's conditions ask for, and what most requests have. False if that is beyond this function.
fn add_context(draft: &mut Draft, statement: &Json, random: &mut Random) -> bool {
    let mut keys = vec!["aws:sourceip".to_owned(), "aws:securetransport".to_owned()];
    draft.push("aws:SourceIp", format!("10.0.{}.{}", random.below(256), random.below(256)));
    draft.push("aws:SecureTransport", "true");
    let no_condition = serde_json::Map::new();
    for (operator, block) in statement["Condition"].as_object().unwrap_or(&no_condition) {
        for (key, values) in block.as_object().unwrap_or(&no_condition) {
            let values: Vec<String> = list(values).map(|value| value.as_str().map_or(value.to_string(), str::to_owned)).collect();
            let is_absent_meant = operator.contains("Not") || operator == "Null" || operator.contains("ForAllValues");
            if is_absent_meant || keys.contains(&key.to_lowercase()) {
                continue;
            }
            let Some(value) = values.first() else { return false };
            if value.contains("${") || key.contains("${") {
                return false;
            }
            keys.push(key.to_lowercase());
            let value = value.replace('*', "any").replace('?', "x");
            if operator.contains("ForAnyValue") {
                draft.push_list(key.clone(), [value]);
            } else {
                draft.push(key.clone(), value);
            }
        }
    }
    true
}

/// The elements of a list, or the one that stands for a list.
pub(crate) fn list(json: &Json) -> impl Iterator<Item = &Json> {
    let (one, many) = match json {
        Json::Array(many) => (None, &many[..]),
        Json::Null => (None, &[][..]),
        one => (Some(one), &[][..]),
    };
    one.into_iter().chain(many)
}

const REQUESTS: u64 = 31;
