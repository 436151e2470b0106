//! `ibc build`: policies to an artifact.

mod stages;
mod stats;
mod worst_case;

use std::borrow::Cow;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::Path;

use ibc::Artifact;
use ibc::compile::{Options, Stage, compile_reporting};
use ibc::iam::PolicyKind;
use ibc::scenario::LoadedBundle;

use crate::args::{BuildArgs, StatsFormat};
use crate::exit_code::ExitCode;
use crate::input;
use crate::output::{self, Done};

use stages::Stages;
use stats::{Counts, Stats};

pub fn run(args: &BuildArgs) -> Done {
    let mut stages = Stages::begin("read", "reading policies");
    let inputs = input::read(&args.inputs, &args.managed.directories, Some(PolicyKind::Identity))?;
    stages.pause(|| inputs.notes.iter().for_each(output::warn));
    let finding_count = inputs.diagnostics.iter().filter(|found| !found.code.blocks_loading()).count();
    let LoadedBundle { sources, bundle, .. } = inputs.into_bundle()?;
    if finding_count > 0 {
        let findings = output::count(finding_count, "finding that stops nothing", "findings that stop nothing");
        stages.pause(|| output::warn(format_args!("{findings}; `ibc check` shows more")));
    }
    let counts = Counts::of(&bundle);
    let statements = output::count(counts.statements, "statement", "statements");
    let mut begins = |stage: Stage| stages.next(stage.as_str(), &format!("{} {statements}", doing(stage)));
    let compiled = compile_reporting(&sources, Cow::Owned(bundle), &Options::default(), &mut begins)?;
    stages.next("save", "saving the artifact");
    write_whole(&args.output, &compiled.bytes).map_err(|error| format!("{}: cannot write: {error}", args.output.display()))?;
    let stats = Stats::new(counts, &Artifact::from_bytes(&compiled.bytes[..])?, &compiled, stages.end());
    stats.worst_case.warning(args.max_candidates).iter().for_each(output::warn);
    stats.worst_case.patterns_warning(args.max_candidates).iter().for_each(output::warn);
    let mut out = output::stdout();
    match args.stats {
        StatsFormat::Text => stats.write_text(&mut out, &args.output)?,
        StatsFormat::Json => output::write_json(&mut out, &stats)?,
    }
    out.flush()?;
    Ok(ExitCode::Success)
}

const fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Lower => "lowering",
        Stage::Optimize => "simplifying",
        Stage::Write => "indexing",
    }
}

/// Writes a file in full or not at all: a reader sees the old bytes or the new ones, also after a power failure.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    // An error of the temporary file would name it: that the folder is missing is said without.
    fs::metadata(directory)?;
    let mut temporary = tempfile::Builder::new().prefix(".ibc-").permissions(readable_by_all()).tempfile_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    // The rename itself lasts only when the directory is on disk; not every file system can promise that.
    if let Ok(directory) = File::open(directory) {
        directory.sync_all().ok();
    }
    Ok(())
}

/// What `umask` leaves of this; a temporary file would be the owner's alone.
#[cfg(unix)]
fn readable_by_all() -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(0o666)
}
