//! `ibc inspect`: what is inside an artifact, and which way decisions take through it.

mod contents;
mod contents_json;
mod plan;
mod plan_json;
mod statements;

use std::io::Write;

use contents_json::ContentsDocument;

use crate::args::{InspectArgs, InspectFormat};
use crate::asking::{Policies, each_request};
use crate::exit_code::ExitCode;
use crate::output::{self, Done};

pub fn run(args: &InspectArgs) -> Done {
    let policies = Policies::open(&args.policies, &args.managed.directories)?;
    if !args.requests.is_empty() {
        show_plans(args, &policies)
    } else if args.action.is_some() || args.key.is_some() || args.principal.is_some() {
        show_statements(args, &policies)
    } else {
        show_contents(args, &policies)
    }
}

/// Why an artifact that could be opened says nothing.
const DAMAGED: &str = "the artifact is damaged: build it again with `ibc build`";

fn show_contents(args: &InspectArgs, policies: &Policies) -> Done {
    let contents = policies.0.contents().ok_or(DAMAGED)?;
    let document = ContentsDocument::new(policies.0.artifact(), &contents);
    let mut out = output::stdout();
    match args.format {
        InspectFormat::Json => output::write_json(&mut out, &document)?,
        InspectFormat::Text => contents::write(&mut out, &args.policies, &document)?,
    }
    out.flush()?;
    Ok(ExitCode::Success)
}

fn show_statements(args: &InspectArgs, policies: &Policies) -> Done {
    let found = statements::find(args, policies)?;
    let mut out = output::stdout();
    match args.format {
        InspectFormat::Json => output::write_json(&mut out, &found)?,
        InspectFormat::Text => statements::write(&mut out, &found)?,
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
