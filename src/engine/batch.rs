//! Many requests at once.
//!
//! One decision over a large artifact waits for memory a few times in a row: bucket, record, what the record refers to. With many
//! requests in hand the waits overlap. Each request of a group is begun: its context noted, its action and caller found, the buckets
//! that it leads to worked out, without looking at them. Then the buckets of all are read one after the other, then the records they
//! name; then each decision goes on where it was left, from lines that are in the cache. It keeps what was noted and taken apart,
//! which does not change; what was read ahead answers nothing. It costs instructions, and pays only where the tables are larger than
//! the caches (`cold-batch` of `benches/decide.rs`).

use std::hint::black_box;

use super::access::Ahead;
use super::action::Action;
use super::caller::{Caller, CallerTexts};
use super::directory::Directory;
use super::layers::Layers;
use super::resource::Resource;
use super::scratch::{LANE_COUNT, Memos};
use super::{Engine, Evaluation, Outcome, Scratch};
use crate::artifact::separators::Separators;
use crate::artifact::{Damaged, Read, Section};
use crate::request::{Context, Request};

/// A resource that a [filter](Engine::filter) asks about.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The ARN of the resource.
    pub resource: &'a str,
    /// The account that owns it, where the ARN does not say.
    pub resource_account: Option<&'a str>,
    /// The context of the request for this resource: with its tags.
    pub context: Context<'a>,
}

impl<B: AsRef<[u8]>> Engine<B> {
    /// Decides many requests; `decide` gets the index and outcome of each, in order.
    ///
    /// The outcomes are those of [`decide`](Engine::decide). Faster than single calls where the artifact is much larger than the
    /// caches, slower where it is not.
    ///
    /// # Panics
    /// Only if `decide` does.
    pub fn decide_many(&self, requests: &[Request<'_>], scratch: &mut Scratch, mut decide: impl FnMut(usize, Outcome)) {
        for (group, requests) in requests.chunks(LANE_COUNT).enumerate() {
            let first = group * LANE_COUNT;
            if requests.len() == 1 || !scratch.memos.base.begin_group() {
                requests.iter().enumerate().for_each(|(index, request)| decide(first + index, self.decide(request, scratch)));
                continue;
            }
            let Scratch { memos, caller_texts, .. } = scratch;
            let mut begun = [const { None }; LANE_COUNT];
            for (lane, (slot, (request, texts))) in begun.iter_mut().zip(requests.iter().zip(caller_texts)).enumerate() {
                texts.forget();
                // What cannot be read leaves the slot empty, and the outcome is the default one (invariant 3).
                let _ = self.begin(request, lane, texts, memos, slot);
            }
            self.read_ahead(&begun);
            for (lane, (begun, request)) in begun.iter().zip(requests).enumerate() {
                memos.forget_verified();
                let go_on = |begun| self.go_on(begun, request, lane, memos).ok();
                decide(first + lane, begun.as_ref().and_then(go_on).unwrap_or_default());
            }
        }
    }

    /// Decides one action of one principal on many resources: `request` with resource, owner and context of each target.
    ///
    /// Principal and action are looked up once.
    ///
    /// # Panics
    /// Only if `decide` does.
    pub fn filter(
        &self,
        request: &Request<'_>,
        targets: &[Target<'_>],
        scratch: &mut Scratch,
        mut decide: impl FnMut(usize, Outcome),
    ) {
        let request = self.resolve(request);
        for (index, target) in targets.iter().enumerate() {
            decide(index, self.decide(&on(&request, target), scratch));
        }
    }

    /// The first of the targets that is allowed, as in [`filter`](Engine::filter).
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn decide_any(&self, request: &Request<'_>, targets: &[Target<'_>], scratch: &mut Scratch) -> Option<usize> {
        let request = self.resolve(request);
        targets.iter().position(|target| self.decide(&on(&request, target), scratch).decision == crate::iam::Decision::Allow)
    }

    /// The same request with principal and action looked up.
    fn resolve<'a>(&self, request: &Request<'a>) -> Request<'a> {
        let mut resolved = *request;
        resolved.resolved.principal = self.principal(request.principal).id;
        resolved.resolved.action = self.action(request.action).map(|action| action.id);
        resolved
    }

    /// Begins the decision of a request in `slot`. Where something cannot be read, it stays empty: what is there is whole.
    ///
    /// PERF: made in the slot, since each copy of some hundreds of bytes costs more than most steps.
    fn begin<'a>(
        &'a self,
        request: &'a Request<'a>,
        lane: usize,
        texts: &'a CallerTexts,
        memos: &mut Memos,
        slot: &mut Option<Begun<'a>>,
    ) -> Read<()> {
        request.check_sizes().map_err(|_| Damaged)?;
        let tables = self.tables()?;
        let caller = self.caller(request, texts)?;
        let resource = Resource::new(request.resource, &mut memos.last_head);
        memos.base.begin_in_lane(lane, |memo| {
            let action = self.note_request(request, memo)?;
            let (separators, ahead) = (Separators::default(), Ahead::default());
            let Begun { caller, resource, separators, ahead, .. } =
                slot.insert(Begun { caller, resource, action, separators, ahead });
            let mut evaluation = self.evaluation_of(tables, action, request, caller, resource, memo);
            if find_buckets(&tables.directory, &mut evaluation, ahead).is_err() {
                // What cannot be read here may be nothing that the decision looks at.
                *ahead = Ahead::default();
            }
            *separators = evaluation.separators;
            Ok(())
        })
    }

    /// Brings the buckets and records that the requests lead to into the cache.
    ///
    /// PERF: the buckets of all before one is looked into. What is found in a bucket decides branches: where one is guessed wrongly
    /// while the bucket is on its way, the reads behind it are begun anew, each after the other.
    fn read_ahead(&self, begun: &[Option<Begun<'_>>]) {
        let view = self.view();
        let ahead = || begun.iter().flatten().map(|begun| &begun.ahead);
        let byte = |section, reference| view.chunk(section, reference).map_or(0, |&[byte]| byte);
        let bucket_bytes = ahead().flat_map(Ahead::buckets).map(|bucket| byte(Section::Index, bucket));
        black_box(bucket_bytes.fold(0, std::ops::BitOr::bitor));
        let record_bytes = ahead().flat_map(|ahead| ahead.records(view)).map(|record| byte(Section::Records, record));
        black_box(record_bytes.fold(0, std::ops::BitOr::bitor));
    }

    fn go_on(&self, begun: &Begun<'_>, request: &Request<'_>, lane: usize, memos: &mut Memos) -> Read<Outcome> {
        let Begun { caller, resource, action, separators, .. } = begun;
        let tables = self.tables()?;
        memos.base.go_on_in_lane(lane, |memo| {
            let mut base = self.evaluation_of(tables, *action, request, caller, resource, memo);
            base.separators = *separators;
            Layers::new(&tables.directory, &mut base, None, None).decide()
        })
    }
}

/// A request whose decision is begun.
struct Begun<'a> {
    caller: Caller<'a>,
    resource: Resource<'a>,
    action: Action,
    /// Those of `resource` that were looked for so far.
    separators: Separators,
    ahead: Ahead,
}

/// Works out which buckets a request leads to, of the units of its identity policies.
fn find_buckets(directory: &Directory, evaluation: &mut Evaluation<'_, '_>, ahead: &mut Ahead) -> Read<()> {
    let lists = [directory.everyone(), evaluation.caller.identity];
    for list in lists.into_iter().flatten() {
        for unit in list.units(evaluation.view)? {
            if ahead.is_full() {
                return Ok(());
            }
            evaluation.add_buckets(unit, ahead)?;
        }
    }
    Ok(())
}

fn on<'a>(request: &Request<'a>, target: &Target<'a>) -> Request<'a> {
    Request { resource: target.resource, resource_account: target.resource_account, context: target.context, ..*request }
}

#[cfg(all(test, feature = "compile"))]
mod tests {
    use super::*;
    use crate::artifact::Artifact;
    use crate::bundle::Bundle;
    use crate::engine::StatementId;
    use crate::iam::{PolicyKind, Principal};
    use crate::request::{ContextEntry, ContextValue};
    use crate::source::SourceMap;
    use crate::syntax::parse_policy;

    /// An engine over so many statements, each of which allows one value of a tag.
    fn engine_of(statement_count: usize) -> Engine<Vec<u8>> {
        let statement = |value| {
            format!(
                r#"{{"Effect": "Allow", "Action": "svc:Act", "Resource": "*",
                    "Condition": {{"StringEquals": {{"aws:RequestTag/team": "{value}"}}}}}}"#
            )
        };
        let statements: Vec<String> = (0..statement_count).map(statement).collect();
        let mut sources = SourceMap::new();
        let source = sources.add("policy", format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(",")));
        let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("well formed");
        let mut bundle = Bundle::default();
        bundle.everyone.identity = vec![bundle.add_policy("policy", policy)];
        Engine::new(Artifact::from_bytes(crate::compile(&sources, &bundle).expect("small")).expect("whole"))
    }

    #[test]
    fn the_record_that_is_read_ahead_is_that_of_the_statement_which_decides() {
        let mut read_ahead = 0;
        let engine = engine_of(100);
        let mut scratch = engine.scratch();
        let principal = Principal::parse("arn:aws:iam::111122223333:user/ada").expect("a user");
        for value in 0..101 {
            let value = value.to_string();
            let entries = [ContextEntry { key: "aws:RequestTag/team", value: ContextValue::Single(&value) }];
            let request = Request { context: Context::new(&entries), ..Request::new(principal, "svc:Act", "*") };
            let decisive = engine.decide(&request, &mut scratch).statement;
            let Scratch { memos, caller_texts: [texts, ..], .. } = &mut scratch;
            assert!(memos.base.begin_group());
            let mut slot = None;
            engine.begin(&request, 0, texts, memos, &mut slot).expect("it can be read");
            let view = engine.view();
            let begun = slot.expect("begun");
            let named = begun.ahead.records(view);
            let statements: Vec<StatementId> =
                named.map(|record| StatementId(view.u32(Section::Records, record).expect("there") >> 1)).collect();
            read_ahead += usize::from(statements == decisive.as_slice());
        }
        // Of a few, the first bucket had no room left.
        assert!(read_ahead > 90 || cfg!(feature = "colliding-hash"), "{read_ahead} of 101");
    }
}
