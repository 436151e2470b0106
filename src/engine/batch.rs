//! Many requests at once.
//!
//! One decision over a large artifact waits for memory a few times in a row: slot, record, what the record refers to. With many
//! requests in hand the waits overlap: the slots of a group are read one after the other without looking at them, then the records
//! they name, then the decisions are made from lines that are in the cache. Reading ahead answers nothing, so it cannot answer
//! wrongly; it repeats the way in of every request, and pays only where the tables are larger than the caches (`cold-batch` of
//! `benches/decide.rs`).

use std::hint::black_box;

use super::access::Ahead;
use super::resource::Resource;
use super::{Engine, Outcome, Scratch};
use crate::artifact::{Read, Section};
use crate::request::{Context, Request};

/// Requests whose memory accesses overlap.
const GROUP_LEN: usize = 16;

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
        for (group, requests) in requests.chunks(GROUP_LEN).enumerate() {
            self.read_ahead(requests, scratch);
            for (index, request) in requests.iter().enumerate() {
                decide(group * GROUP_LEN + index, self.decide(request, scratch));
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
        resolved.resolved.principal = Some(self.principal(request.principal).id);
        resolved.resolved.action = self.action(request.action).map(|action| action.id);
        resolved
    }

    /// Brings the slots and records that the requests probably lead to into the cache.
    fn read_ahead(&self, requests: &[Request<'_>], scratch: &mut Scratch) {
        let mut ahead = [Ahead::default(); GROUP_LEN];
        for (ahead, request) in ahead.iter_mut().zip(requests) {
            if request.check_sizes().is_ok() {
                *ahead = self.ahead_of(request, scratch).unwrap_or_default();
            }
        }
        let view = self.view();
        let records = ahead.map(|ahead| ahead.targets(view));
        let touched = |reference: u32| view.from(Section::Records, reference).ok().and_then(|record| record.first().copied());
        for reference in records.into_iter().flatten() {
            black_box(touched(reference));
        }
    }

    fn ahead_of(&self, request: &Request<'_>, scratch: &mut Scratch) -> Read<Ahead> {
        let resource = Resource::new(request.resource, &mut scratch.memos.last_head);
        let caller = self.caller(request, None)?;
        let directory = self.tables()?.directory;
        let mut evaluation = self.evaluation(request, &caller, &resource, &mut scratch.memos.base)?;
        let mut ahead = Ahead::default();
        for list in [Some(directory.everyone()), caller.identity].into_iter().flatten() {
            for unit in list.units(self.view())? {
                evaluation.add_slots(unit, &mut ahead)?;
            }
        }
        Ok(ahead)
    }
}

fn on<'a>(request: &Request<'a>, target: &Target<'a>) -> Request<'a> {
    Request { resource: target.resource, resource_account: target.resource_account, context: target.context, ..*request }
}
