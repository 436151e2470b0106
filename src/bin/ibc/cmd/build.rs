//! `ibc build`: policies to an artifact.

use std::error::Error;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use ibc::bundle::Bundle;
use ibc::iam::PolicyKind;

use crate::args::{BuildArgs, StatsFormat};
use crate::exit_code::ExitCode;
use crate::input;
use crate::output::{self, Done};

pub fn run(args: &BuildArgs) -> Done {
    let start = Instant::now();
    let inputs = input::read(&args.inputs, &args.managed.directories, Some(PolicyKind::Identity))?;
    inputs.notes.iter().for_each(output::warn);
    let finding_count = inputs.diagnostics.iter().filter(|found| !found.code.blocks_loading()).count();
    let loaded = inputs.into_bundle()?;
    if finding_count > 0 {
        let findings = output::count(finding_count, "finding", "findings");
        output::warn(format_args!("{findings} that stop nothing; `ibc check` shows them"));
    }
    let bytes = ibc::compile(&loaded.sources, &loaded.bundle)?;
    write_whole(&args.output, &bytes).map_err(|error| format!("{}: cannot write: {error}", args.output.display()))?;
    let stats = Stats::new(&loaded.bundle, bytes.len(), start);
    let mut out = output::stdout();
    match args.stats {
        StatsFormat::Text => stats.write_text(&mut out, &args.output)?,
        StatsFormat::Json => output::write_json(&mut out, &stats)?,
    }
    out.flush()?;
    Ok(ExitCode::Success)
}

/// Writes a file in full or not at all: a reader sees the old bytes or the new ones, also after a power failure.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
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

/// What was compiled.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    policies: usize,
    statements: usize,
    conditions: usize,
    principals: usize,
    accounts: usize,
    resources: usize,
    endpoints: usize,
    artifact_bytes: usize,
    milliseconds: f64,
}

impl Stats {
    fn new(bundle: &Bundle, artifact_size: usize, start: Instant) -> Stats {
        let statements = || bundle.policies.iter().flat_map(|named| &named.policy.statements);
        Stats {
            policies: bundle.policies.len(),
            statements: statements().count(),
            conditions: statements().map(|statement| statement.conditions.len()).sum(),
            principals: bundle.principals.len(),
            accounts: bundle.accounts.len(),
            resources: bundle.resources.len(),
            endpoints: bundle.endpoints.len(),
            artifact_bytes: artifact_size,
            milliseconds: (start.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        }
    }

    fn write_text(&self, out: &mut impl Write, path: &Path) -> Result<(), Box<dyn Error>> {
        let parts = [
            output::count(self.policies, "policy", "policies"),
            output::count(self.statements, "statement", "statements"),
            output::count(self.conditions, "condition", "conditions"),
        ];
        writeln!(out, "compiled {}", parts.join(", "))?;
        let attachments = [
            (self.principals, "principal", "principals"),
            (self.accounts, "account", "accounts"),
            (self.resources, "resource", "resources"),
            (self.endpoints, "endpoint", "endpoints"),
        ];
        let attachments: Vec<String> = attachments
            .into_iter()
            .filter(|&(number, ..)| number > 0)
            .map(|(number, singular, plural)| output::count(number, singular, plural))
            .collect();
        if !attachments.is_empty() {
            writeln!(out, "attached to {}", attachments.join(", "))?;
        }
        let size = output::grouped(self.artifact_bytes);
        writeln!(out, "wrote {}: {size} bytes in {:.1} ms", path.display(), self.milliseconds)?;
        Ok(())
    }
}
