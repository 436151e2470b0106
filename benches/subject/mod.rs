//! `ibc` as the benchmarks use it: from the texts of a workload to decisions.

#![allow(dead_code, reason = "every benchmark includes this module and uses a part of it")]

use std::num::NonZeroUsize;

use ibc::artifact::Artifact;
use ibc::bundle::{Boundary, Bundle, Guardrails, PolicyId, PrincipalEntry, ResourceEntry};
use ibc::iam::{Decision, PolicyKind, Principal};
use ibc::reference::{RuntimePolicies, decide, layers_of};
use ibc::request::{Context, ContextEntry, ContextValue, KeyedEntry, Request};
use ibc::source::SourceMap;
use ibc::syntax::parse_policies;
use ibc::{Engine, ResolvedAction, ResolvedPrincipal, Scratch};
use ibc_workloads::{Answer, Attachments, Document, RequestText, Value, Workload};

/// Parses the documents of a workload; `sources` takes their texts over.
///
/// # Panics
/// If a document cannot be loaded: the workload is wrong then.
pub(crate) fn parse(sources: &mut SourceMap, documents: Vec<Document>, attachments: &Attachments) -> Bundle {
    let kinds = kinds(documents.len(), attachments);
    let (mut names, mut policies) = (Vec::new(), Vec::new());
    for (document, kind) in documents.into_iter().zip(kinds) {
        policies.push((sources.add(document.name.as_str(), document.text), kind));
        names.push(document.name);
    }
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut bundle = Bundle::default();
    for (name, parsed) in names.into_iter().zip(parse_policies(sources, &policies, threads)) {
        let policy = parsed.policy.unwrap_or_else(|| panic!("{name}: {:?}", parsed.diagnostics));
        bundle.add_policy(name, policy);
    }
    attach(&mut bundle, attachments);
    bundle
}

/// Parses and compiles a workload.
///
/// # Panics
/// As [`parse`], and if the artifact would be too large.
pub(crate) fn compile(documents: Vec<Document>, attachments: &Attachments) -> Vec<u8> {
    let mut sources = SourceMap::new();
    let bundle = parse(&mut sources, documents, attachments);
    ibc::compile(&sources, &bundle).expect("the workload fits one artifact")
}

/// The type of every document, which its place in the attachments tells.
fn kinds(count: usize, attachments: &Attachments) -> Vec<PolicyKind> {
    let mut kinds = vec![PolicyKind::Identity; count];
    let mut set = |kind, places: &[usize]| places.iter().for_each(|&place| kinds[place] = kind);
    attachments.boundary.iter().for_each(|&place| set(PolicyKind::Boundary, &[place]));
    attachments.scp.iter().for_each(|level| set(PolicyKind::Scp, level));
    attachments.rcp.iter().for_each(|level| set(PolicyKind::Rcp, level));
    attachments.resources.iter().for_each(|&(_, place)| set(PolicyKind::Resource, &[place]));
    kinds
}

fn attach(bundle: &mut Bundle, attachments: &Attachments) {
    let ids = |places: &[usize]| places.iter().map(|&place| PolicyId(place as u32)).collect::<Vec<_>>();
    let levels = |levels: &[Vec<usize>]| levels.iter().map(|level| ids(level)).collect::<Vec<_>>();
    bundle.everyone.identity = ids(&attachments.everyone);
    bundle.everyone.boundary = attachments.boundary.map(|place| Boundary::Policy(PolicyId(place as u32)));
    for (arn, places) in &attachments.roles {
        let mut entry = PrincipalEntry { arn: arn.clone(), ..PrincipalEntry::default() };
        entry.attachment.identity = ids(places);
        bundle.principals.push(entry);
    }
    bundle.any_account = Guardrails { scp: levels(&attachments.scp), rcp: levels(&attachments.rcp) };
    for (pattern, place) in &attachments.resources {
        bundle.resources.push(ResourceEntry { pattern: pattern.clone(), policy: PolicyId(*place as u32) });
    }
}

/// A request as a gateway has it before it asks: strings, those of the context in the array that the engine reads them from.
#[derive(Debug, Default)]
pub(crate) struct Question<'a> {
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    entries: Vec<ContextEntry<'a>>,
}

impl<'a> Question<'a> {
    /// The question of each text.
    pub(crate) fn all(texts: &[RequestText<'a>]) -> Vec<Question<'a>> {
        texts.iter().map(Question::new).collect()
    }

    /// The question of a text.
    pub(crate) fn new(text: &RequestText<'a>) -> Question<'a> {
        let mut question = Question::default();
        question.fill(text);
        question
    }

    /// Becomes the question of another text; its array does not grow once it has held the largest.
    pub(crate) fn fill(&mut self, text: &RequestText<'a>) {
        (self.principal, self.action, self.resource) = (text.principal, text.action, text.resource);
        self.entries.clear();
        self.entries.extend(text.context.iter().map(entry));
    }
}

/// Asks an engine as a gateway does: the strings of a request become a principal, a context and a request, then a decision.
#[derive(Debug)]
pub(crate) struct Asker<'e, B> {
    engine: &'e Engine<B>,
    scratch: Scratch,
}

impl<'e, B: AsRef<[u8]>> Asker<'e, B> {
    /// Asks this engine.
    pub(crate) fn new(engine: &'e Engine<B>) -> Self {
        Asker { engine, scratch: engine.scratch() }
    }

    /// What the request gets; one that cannot be read is denied.
    #[inline]
    pub(crate) fn ask(&mut self, question: &Question<'_>) -> Decision {
        let Some(principal) = Principal::parse(question.principal) else { return Decision::ImplicitDeny };
        let context = Context::new(&question.entries);
        let request = Request { context, ..Request::new(principal, question.action, question.resource) };
        self.engine.decide(&request, &mut self.scratch).decision
    }
}

/// A request of which everything was looked up that can be: what is asked begins with ids, the resource's text and the values.
#[derive(Debug)]
pub(crate) struct ResolvedQuestion<'a> {
    principal: ResolvedPrincipal<'a>,
    action: ResolvedAction<'a>,
    resource: &'a str,
    entries: Vec<KeyedEntry<'a>>,
}

impl<'a> ResolvedQuestion<'a> {
    /// The question of each text.
    ///
    /// # Panics
    /// If a text is none: the workload is wrong then.
    pub(crate) fn all(engine: &Engine<Vec<u8>>, texts: &[RequestText<'a>]) -> Vec<ResolvedQuestion<'a>> {
        let keyed = |entry: ContextEntry<'a>| Some(KeyedEntry { key: engine.key(entry.key)?, value: entry.value });
        let question = |text: &RequestText<'a>| ResolvedQuestion {
            principal: engine.principal(Principal::parse(text.principal).expect("a principal")),
            action: engine.action(text.action).expect("an action"),
            resource: text.resource,
            entries: entries(text).into_iter().filter_map(keyed).collect(),
        };
        texts.iter().map(question).collect()
    }
}

impl<B: AsRef<[u8]>> Asker<'_, B> {
    /// What a request gets that begins with ids.
    #[inline]
    pub(crate) fn ask_resolved(&mut self, question: &ResolvedQuestion<'_>) -> Decision {
        let ResolvedQuestion { principal, action, resource, entries } = question;
        let request = Request { context: self.engine.context(entries), ..Request::of_resolved(principal, action, resource) };
        self.engine.decide(&request, &mut self.scratch).decision
    }
}

#[inline]
fn entry<'a>(&(key, value): &(&'a str, Value<'a>)) -> ContextEntry<'a> {
    let value = match value {
        Value::Single(value) => ContextValue::Single(value),
        Value::Multi(values) => ContextValue::Multi(values),
    };
    ContextEntry { key, value }
}

/// The context of a request, with names.
pub(crate) fn entries<'a>(text: &RequestText<'a>) -> Vec<ContextEntry<'a>> {
    text.context.iter().map(entry).collect()
}

/// The request of a text.
///
/// # Panics
/// If it is none: the workload is wrong then.
pub(crate) fn request<'a>(text: &RequestText<'a>, entries: &'a [ContextEntry<'a>]) -> Request<'a> {
    let principal = Principal::parse(text.principal).expect("a principal");
    let context = Context::new(entries);
    Request { context, ..Request::new(principal, text.action, text.resource) }
}

/// The decision in the words of the workloads.
pub(crate) fn answer(decision: Decision) -> Answer {
    match decision {
        Decision::Allow => Answer::Allow,
        Decision::ImplicitDeny => Answer::ImplicitDeny,
        Decision::ExplicitDeny => Answer::ExplicitDeny,
    }
}

/// What the reference evaluator says of each request.
///
/// # Panics
/// If a request is not one.
pub(crate) fn reference_answers(bundle: &Bundle, texts: &[RequestText<'_>]) -> Vec<Answer> {
    texts
        .iter()
        .map(|text| {
            let entries: Vec<ContextEntry<'_>> = text.context.iter().map(entry).collect();
            let principal = Principal::parse(text.principal).expect("a principal");
            let context = Context::new(&entries);
            let request = Request { context, ..Request::new(principal, text.action, text.resource) };
            answer(decide(&layers_of(bundle, &request, &RuntimePolicies::default()), &request).decision)
        })
        .collect()
}

/// Opens an artifact from bytes.
///
/// # Panics
/// If they are none.
pub(crate) fn open<B: AsRef<[u8]>>(bytes: B) -> Engine<B> {
    Engine::new(Artifact::from_bytes(bytes).expect("an artifact just compiled"))
}

/// Which requests get something else than they must.
///
/// # Panics
/// If there are any: times of wrong answers mean nothing.
pub(crate) fn assert_answers<B: AsRef<[u8]>>(
    workload: &Workload,
    engine: &Engine<B>,
    texts: &[RequestText<'_>],
    expected: &[Answer],
) {
    let mut asker = Asker::new(engine);
    for (text, expected) in texts.iter().zip(expected) {
        let found = answer(asker.ask(&Question::new(text)));
        assert_eq!(found, *expected, "{}: {text:?}", workload.name);
    }
}
