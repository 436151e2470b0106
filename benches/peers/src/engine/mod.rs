//! The engines, all behind one interface: [`ENGINES`] lists them, one file each.
//!
//! Every engine is given the same statements in its own language, is loaded before it is timed, and is asked as a program that
//! embeds it would ask: the strings of a request become whatever the engine wants, then a decision.

mod casbin;
mod cedar;
mod iam_rs;
mod ibc;
mod rego;
mod slices;
mod straight_loop;

use ibc_workloads::measure::thread_time;
use ibc_workloads::{Answer, RequestText};

use crate::heap::held_bytes;
use crate::policy::Policies;

/// An engine that has loaded policies.
pub(crate) trait Engine {
    /// What answers requests; made once, asked often.
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e>;
}

/// An engine as the table names it, and how it is made ready.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) prepare: fn(&Policies) -> Prepared,
    /// Whether it tells a denial by a statement from one for want of an Allow.
    pub(crate) tells_denials_apart: bool,
}

/// All engines, `ibc` first.
pub(crate) const ENGINES: [Entry; 9] = [
    Entry { name: IBC, prepare: ibc::prepare, tells_denials_apart: true },
    Entry { name: "straight Rust loop", prepare: straight_loop::prepare, tells_denials_apart: true },
    Entry { name: "Rego, interpreter", prepare: rego::prepare_interpreter, tells_denials_apart: true },
    Entry { name: "Rego, VM", prepare: rego::prepare_vm, tells_denials_apart: true },
    Entry { name: "Rego, VM, indexed by hand", prepare: rego::prepare_indexed_vm, tells_denials_apart: true },
    Entry { name: "iam-rs", prepare: iam_rs::prepare, tells_denials_apart: true },
    Entry { name: "casbin", prepare: casbin::prepare, tells_denials_apart: false },
    Entry { name: "Cedar", prepare: cedar::prepare, tells_denials_apart: true },
    Entry { name: "Cedar, sliced by hand", prepare: cedar::prepare_sliced, tells_denials_apart: true },
];

/// The name of the engine that the others are compared with.
pub(crate) const IBC: &str = "ibc";

/// An engine with its policies, and what it cost to get there.
pub(crate) struct Prepared {
    pub(crate) engine: Box<dyn Engine>,
    /// CPU time from policy JSON to what the engine loads: compilation for `ibc`, our own translation for the others.
    pub(crate) translation_ns: f64,
    /// CPU time from what the engine loads, in memory, to an engine that is ready.
    pub(crate) load_ns: f64,
    /// Heap that the engine holds.
    pub(crate) held_bytes: usize,
}

impl Prepared {
    /// Translates, loads, and measures both.
    fn new<S, E: Engine + 'static>(translate: impl FnOnce() -> S, load: impl FnOnce(S) -> E) -> Prepared {
        let held_before = held_bytes();
        let (source, translation_ns) = timed(translate);
        let (engine, load_ns) = timed(|| load(source));
        let engine: Box<dyn Engine> = Box::new(engine);
        let held_bytes = usize::try_from(held_bytes() - held_before).unwrap_or(0);
        Prepared { engine, translation_ns, load_ns, held_bytes }
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = thread_time();
    let done = work();
    (done, (thread_time() - start).as_secs_f64() * 1e9)
}
