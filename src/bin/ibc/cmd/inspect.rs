//! `ibc inspect`: what is inside an artifact.

use std::io::Write;
use std::path::Path;

use crate::args::InspectArgs;
use crate::exit_code::ExitCode;
use crate::input;
use crate::output::{self, Done};

pub fn run(args: &InspectArgs) -> Done {
    let artifact = input::open_artifact(Path::new(&args.artifact))?;
    let mut out = output::stdout();
    let size = output::grouped(artifact.as_bytes().len());
    writeln!(out, "{}: format version {}, {size} bytes", args.artifact, ibc::artifact::FORMAT_VERSION)?;
    writeln!(out, "{:<20} {:>12} {:>12}", "section", "entries", "bytes")?;
    for (name, size, count) in artifact.sections() {
        writeln!(out, "{name:<20} {:>12} {:>12}", output::grouped(count as usize), output::grouped(size as usize))?;
    }
    out.flush()?;
    Ok(ExitCode::Success)
}
