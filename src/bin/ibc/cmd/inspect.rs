//! `ibc inspect`: what is inside an artifact, and which way decisions take through it.

mod plan;
mod plan_json;

use std::io::Write;

use serde::Serialize;

use crate::args::{InspectArgs, InspectFormat};
use crate::asking::{Policies, each_request};
use crate::exit_code::ExitCode;
use crate::output::{self, Done};

pub fn run(args: &InspectArgs) -> Done {
    let policies = Policies::open(&args.policies, &args.managed.directories)?;
    if args.requests.is_empty() { show_sections(args, &policies) } else { show_plans(args, &policies) }
}

/// What the artifact consists of.
#[derive(Debug, Serialize)]
struct Contents<'a> {
    format_version: u32,
    bytes: usize,
    sections: Vec<SectionSize<'a>>,
}

#[derive(Debug, Serialize)]
struct SectionSize<'a> {
    name: &'a str,
    entries: u32,
    bytes: u32,
}

fn show_sections(args: &InspectArgs, policies: &Policies) -> Done {
    let artifact = policies.0.artifact();
    let contents = Contents {
        format_version: ibc::artifact::FORMAT_VERSION,
        bytes: artifact.as_bytes().len(),
        sections: artifact.sections().map(|(name, bytes, entries)| SectionSize { name, entries, bytes }).collect(),
    };
    let mut out = output::stdout();
    match args.format {
        InspectFormat::Json => output::write_json(&mut out, &contents)?,
        InspectFormat::Text => {
            let size = output::grouped(contents.bytes);
            writeln!(out, "{}: format version {}, {size} bytes", args.policies, contents.format_version)?;
            writeln!(out, "{:<20} {:>12} {:>12}", "section", "entries", "bytes")?;
            for SectionSize { name, entries, bytes } in contents.sections {
                let (entries, bytes) = (output::grouped(entries as usize), output::grouped(bytes as usize));
                writeln!(out, "{name:<20} {entries:>12} {bytes:>12}")?;
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::Success)
}

fn show_plans(args: &InspectArgs, policies: &Policies) -> Done {
    let mut out = output::stdout();
    let mut failed_count = 0;
    let mut written_count = 0;
    let mut documents = Vec::new();
    each_request(&args.requests, |case, is_stream| {
        let document = case
            .load(policies)
            .and_then(|scenario| scenario.plan(&policies.0, |plan, place| plan_json::PlanDocument::new(plan, place)));
        match document {
            Ok(document) if args.format == InspectFormat::Json => documents.push(document),
            Ok(document) => {
                if written_count > 0 {
                    writeln!(out)?;
                }
                plan::write(&mut out, &document)?;
                written_count += 1;
            }
            Err(error) => {
                failed_count += 1;
                out.flush()?;
                output::report(&error);
            }
        }
        if is_stream {
            out.flush()?;
        }
        Ok(())
    })?;
    if args.format == InspectFormat::Json {
        output::write_json(&mut out, &documents)?;
    }
    out.flush()?;
    Ok(if failed_count > 0 { ExitCode::Failure } else { ExitCode::Success })
}
