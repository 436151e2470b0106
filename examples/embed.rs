//! A gateway in one file: threads decide from a memory-mapped artifact while new policies are swapped in.
//!
//! ```sh
//! cargo run --release --example embed
//! ```
//!
//! [`Loaded`] is an engine with the ids that belong to it. [`Gateway`] holds the newest one and takes over the next. [`serve`] is what
//! every thread of a server does, [`deploy`] what happens beside them; [`run`] does both at once and counts wrong answers.
//! [`compile`] and [`publish`] stand for `ibc build`, so that the program runs by itself.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use arc_swap::ArcSwap;
use memmap2::Mmap;
use smallvec::SmallVec;

use ibc::bundle::{Bundle, Guardrails, PrincipalEntry};
use ibc::iam::{Decision, PolicyKind, Principal};
use ibc::request::{ContextValue, KeyedEntry, Request};
use ibc::source::SourceMap;
use ibc::{Artifact, Engine, KeyId, ResolvedAction, ResolvedPrincipal, Scratch};

fn main() -> Result<(), Box<dyn Error>> {
    let report = run(&Load { threads: 4, swaps: 100, decisions_between_swaps: 20_000 })?;
    println!("{} decisions, {} swaps, {} artifacts refused", report.decisions, report.swaps, report.refused);
    println!("wrong answers {}", report.wrong);
    assert_eq!(report.wrong, 0);
    Ok(())
}

/// An engine, and the ids that belong to it. They are replaced together: another engine knows other ids.
struct Loaded {
    engine: Engine<Mmap>,
    callers: [ResolvedPrincipal<'static>; 2],
    actions: [ResolvedAction<'static>; 2],
    /// `None` if no policy asks for the key.
    team: Option<KeyId>,
    region: Option<KeyId>,
}

impl Loaded {
    /// Maps an artifact and looks up, once, what the requests will name.
    fn open(path: &Path) -> Result<Loaded, Box<dyn Error>> {
        let engine = Engine::new(Artifact::from_bytes(map(path)?)?);
        let caller = |arn| Principal::parse(arn).map(|principal| engine.principal(principal)).ok_or("not a principal");
        let action = |name| engine.action(name).ok_or("not an action");
        Ok(Loaded {
            callers: [caller(RED)?, caller(BLUE)?],
            actions: [action("imagebuilder:StartImagePipelineExecution")?, action("imagebuilder:GetImagePipeline")?],
            team: engine.key("aws:ResourceTag/team"),
            region: engine.key("aws:RequestedRegion"),
            engine,
        })
    }

    /// Decides. Allocates nothing, takes no lock.
    fn decide(&self, question: &Question, scratch: &mut Scratch) -> Decision {
        // A key without id is left out: no policy asks for it, so its value can change nothing.
        let values = [(self.team, question.team), (self.region, question.region)];
        let entry = |(key, value)| Some(KeyedEntry { key: key?, value: ContextValue::Single(value) });
        let entries: SmallVec<[_; 2]> = values.into_iter().filter_map(entry).collect();
        // Another engine would deny this context, since a key that is left out could be one that its policies ask for.
        let context = self.engine.context(&entries);
        let (caller, action) = (&self.callers[question.caller], &self.actions[question.action]);
        let request = Request { context, ..Request::of_resolved(caller, action, PIPELINE) };
        self.engine.decide(&request, scratch).decision
    }
}

/// Maps a file that is replaced as a whole and never written to.
#[expect(unsafe_code, reason = "mapping a file is unsafe, since other processes can write to it")]
fn map(path: &Path) -> std::io::Result<Mmap> {
    // SAFETY: artifacts are published by renaming (`ibc build` does so), so the bytes of a file that is mapped never change.
    unsafe { Mmap::map(&File::open(path)?) }
}

/// What all threads share.
struct Gateway {
    current: ArcSwap<Loaded>,
}

impl Gateway {
    fn open(path: &Path) -> Result<Gateway, Box<dyn Error>> {
        Ok(Gateway { current: ArcSwap::from_pointee(Loaded::open(path)?) })
    }

    /// Swaps in the artifact that is at `path` now. If it does not open, the last good one stays.
    fn reload(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        self.current.store(Arc::new(Loaded::open(path)?));
        Ok(())
    }
}

/// One thread of a server: asks every question again and again, until everything is deployed.
fn serve(gateway: &Gateway, log: &Log) {
    let mut loaded = gateway.current.load_full();
    let mut scratch = loaded.engine.scratch();
    loop {
        // Once everything is deployed there is one more pass: over the last version alone.
        let is_last_pass = log.is_deployed.load(Ordering::Acquire);
        let oldest = log.swaps_done.load(Ordering::Acquire);
        let current = gateway.current.load();
        if !Arc::ptr_eq(&current, &loaded) {
            // A scratch of another engine would answer rightly, but may be too small to be fast.
            scratch = current.engine.scratch();
            loaded = Arc::clone(&current);
        }
        for question in &QUESTIONS {
            let decision = loaded.decide(question, &mut scratch);
            let newest = log.swaps_begun.load(Ordering::Acquire);
            log.note((oldest..=newest).any(|version| question.answers[version % 2] == decision));
        }
        if is_last_pass {
            return;
        }
    }
}

/// Publishes and swaps in the two versions in turn, and something broken between them.
fn deploy(gateway: &Gateway, log: &Log, load: &Load, path: &Path) -> Result<usize, Box<dyn Error>> {
    let versions = [compile(Version::Old)?, compile(Version::New)?];
    let mut refused = 0;
    for swap in 1..=load.swaps {
        let artifact = &versions[swap % 2];
        log.wait_for(load.decisions_between_swaps);
        publish(path, &artifact[..artifact.len() / 2])?;
        refused += usize::from(gateway.reload(path).is_err());
        log.wait_for(load.decisions_between_swaps);
        publish(path, artifact)?;
        log.swaps_begun.store(swap, Ordering::Release);
        gateway.reload(path)?;
        log.swaps_done.store(swap, Ordering::Release);
    }
    Ok(refused)
}

/// How much is to be done.
pub(crate) struct Load {
    pub(crate) threads: usize,
    pub(crate) swaps: usize,
    /// So many decisions of all threads together are waited for before anything is swapped.
    pub(crate) decisions_between_swaps: u64,
}

/// What was done.
pub(crate) struct Report {
    pub(crate) decisions: u64,
    pub(crate) wrong: u64,
    pub(crate) swaps: usize,
    pub(crate) refused: usize,
}

/// Serves with several threads, and deploys under their load.
pub(crate) fn run(load: &Load) -> Result<Report, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("team.ibc");
    publish(&path, &compile(Version::Old)?)?;
    let gateway = Gateway::open(&path)?;
    let log = Log::default();
    let refused = thread::scope(|scope| {
        for _ in 0..load.threads {
            scope.spawn(|| serve(&gateway, &log));
        }
        let refused = deploy(&gateway, &log, load, &path);
        log.is_deployed.store(true, Ordering::Release);
        refused
    })?;
    let Log { decisions, wrong, swaps_done, .. } = log;
    Ok(Report { decisions: decisions.into_inner(), wrong: wrong.into_inner(), swaps: swaps_done.into_inner(), refused })
}

/// What the threads tell each other, to check the answers. A gateway needs none of it.
///
/// The answer to a question asked after `swaps_done` was read and before `swaps_begun` is read is that of a version between the two.
#[derive(Default)]
struct Log {
    decisions: AtomicU64,
    wrong: AtomicU64,
    swaps_begun: AtomicUsize,
    swaps_done: AtomicUsize,
    is_deployed: AtomicBool,
}

impl Log {
    fn note(&self, is_right: bool) {
        self.decisions.fetch_add(1, Ordering::Relaxed);
        self.wrong.fetch_add(u64::from(!is_right), Ordering::Relaxed);
    }

    fn wait_for(&self, decisions: u64) {
        let goal = self.decisions.load(Ordering::Relaxed) + decisions;
        while self.decisions.load(Ordering::Relaxed) < goal {
            thread::yield_now();
        }
    }
}

/// A request, as far as the requests of this gateway differ, and its answers.
struct Question {
    caller: usize,
    action: usize,
    /// The pipeline's tag.
    team: &'static str,
    region: &'static str,
    /// By the old and by the new policies.
    answers: [Decision; 2],
}

const RED: &str = "arn:aws:sts::111122223333:assumed-role/red-builder/alice";
const BLUE: &str = "arn:aws:sts::111122223333:assumed-role/blue-builder/bob";
const PIPELINE: &str = "arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/nightly";

const QUESTIONS: [Question; 4] = {
    use Decision::{Allow, ExplicitDeny, ImplicitDeny};
    [
        Question { caller: 0, action: 0, team: "red", region: "eu-west-1", answers: [Allow, Allow] },
        Question { caller: 1, action: 0, team: "red", region: "eu-west-1", answers: [ImplicitDeny, ImplicitDeny] },
        Question { caller: 1, action: 1, team: "red", region: "eu-west-1", answers: [Allow, Allow] },
        Question { caller: 0, action: 0, team: "red", region: "us-east-1", answers: [Allow, ExplicitDeny] },
    ]
};

/// The policies before and after a change.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    /// Each team runs what carries its tag.
    Old,
    /// The same, in approved regions alone.
    New,
}

/// Compiles a version, as `ibc build` does.
fn compile(version: Version) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut sources = SourceMap::new();
    let mut bundle = Bundle::default();
    let mut add = |name: &str, text: &str, kind| -> Result<_, Box<dyn Error>> {
        let source = sources.add(name, text);
        let parsed = ibc::syntax::parse_policy(&sources, source, None, kind);
        Ok(bundle.add_policy(name, parsed.policy.ok_or("the policy has a mistake: see `ibc check`")?))
    };
    let team_builder = add("team-builder", include_str!("image-builder/identity/team-builder.json"), PolicyKind::Identity)?;
    let full_access = add("full-access", include_str!("image-builder/scp/full-access.json"), PolicyKind::Scp)?;
    let mut level = vec![full_access];
    if version == Version::New {
        level.push(add("regions", include_str!("image-builder/scp/approved-regions.json"), PolicyKind::Scp)?);
    }
    for team in ["red", "blue"] {
        let arn = format!("arn:aws:iam::111122223333:role/{team}-builder");
        let tags = vec![("team".to_owned(), team.to_owned())];
        let mut principal = PrincipalEntry { arn, tags, ..PrincipalEntry::default() };
        principal.attachment.identity.push(team_builder);
        bundle.principals.push(principal);
    }
    bundle.any_account = Guardrails { scp: vec![level], rcp: Vec::new() };
    Ok(ibc::compile(&sources, &bundle)?)
}

/// Puts a file in place at once, as `ibc build` does: whoever has mapped the file before keeps the one before.
fn publish(path: &Path, artifact: &[u8]) -> std::io::Result<()> {
    let next = path.with_extension("next");
    fs::write(&next, artifact)?;
    fs::rename(next, path)
}
