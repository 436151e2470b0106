//! Many policies at once, on several threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Parsed, parse_policy};
use crate::iam::PolicyKind;
use crate::source::{SourceId, SourceMap};

/// Reads many policies, each a whole source, on so many threads. The result has what [`parse_policy`] gives for each, in the same
/// order.
///
/// # Panics
/// If a source is of another map.
#[must_use]
pub fn parse_policies(sources: &SourceMap, policies: &[(SourceId, PolicyKind)], threads: NonZeroUsize) -> Vec<Parsed> {
    let parse = |&(source, kind): &(SourceId, PolicyKind)| parse_policy(sources, source, None, kind);
    let shares: Vec<_> = policies.chunks(SHARE_SIZE).collect();
    let thread_count = threads.get().min(shares.len());
    if thread_count <= 1 {
        return policies.iter().map(parse).collect();
    }
    let next = AtomicUsize::new(0);
    // Whoever is ready takes the next share: documents differ in size.
    let take = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        shares.get(index).map(|share| (index, share.iter().map(parse).collect::<Vec<_>>()))
    };
    let work = || std::iter::from_fn(take).collect::<Vec<_>>();
    let mut parsed = thread::scope(|scope| {
        let others: Vec<_> = (1..thread_count).map(|_| scope.spawn(work)).collect();
        let mut parsed = work();
        for other in others {
            parsed.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parsed
    });
    parsed.sort_unstable_by_key(|&(index, _)| index);
    parsed.into_iter().flat_map(|(_, parsed)| parsed).collect()
}

/// How many documents a thread takes at a time.
const SHARE_SIZE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_sources() {
        let mut sources = SourceMap::new();
        let policies: Vec<_> = (0..SHARE_SIZE * 3 + 1)
            .map(|number| {
                // Every tenth is wrong, and all differ in length.
                let effect = if number % 10 == 3 { "Permit" } else { "Allow" };
                let actions = vec![r#""s3:Get""#; number + 1].join(", ");
                let text = format!(
                    r#"{{"Version": "2012-10-17", "Id": "{number}", "Statement":
                        {{"Effect": "{effect}", "Principal": "*", "Action": [{actions}], "Resource": "*"}}}}"#
                );
                (sources.add(number.to_string(), text), PolicyKind::Resource)
            })
            .collect();
        for thread_count in [1, 2, 7] {
            let parsed = parse_policies(&sources, &policies, NonZeroUsize::new(thread_count).unwrap());
            assert_eq!(parsed.len(), policies.len());
            for (parsed, &(source, kind)) in parsed.iter().zip(&policies) {
                let alone = parse_policy(&sources, source, None, kind);
                assert_eq!((&parsed.policy, &parsed.diagnostics), (&alone.policy, &alone.diagnostics));
                assert!(parsed.diagnostics.iter().all(|found| found.labels[0].source == source));
            }
        }
    }
}
