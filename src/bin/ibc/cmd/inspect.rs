//! `ibc inspect`: what is inside an artifact, and which way decisions take through it.

mod contents;
mod contents_json;
mod indexes;
mod indexes_json;
mod plan;
mod plan_json;
mod sections;
mod statements;
mod unknown;

use std::io::Write;

use contents_json::ContentsDocument;
use ibc::document::InputError;
use ibc::engine::explain::Detail;
use ibc::iam::Layer;
use ibc::scenario::Case;
use plan_json::PlanDocument;

use crate::args::{InspectArgs, InspectFormat};
use crate::asking::{Policies, answer_each};
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

/// Most units of which is shown what their statements are filed under, in text and in JSON: those with most statements.
const MAX_INDEXES: usize = 10;

fn show_contents(args: &InspectArgs, policies: &Policies) -> Done {
    let contents = policies.0.contents().ok_or(DAMAGED)?;
    let indexes = policies.0.largest_indexes(MAX_INDEXES).ok_or(DAMAGED)?;
    let document = ContentsDocument::new(policies.0.artifact(), &contents, &indexes);
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
        InspectFormat::Text => statements::write(&mut out, &found, sections::left_out_count(policies.0.artifact()))?,
    }
    out.flush()?;
    Ok(ExitCode::Success)
}

fn show_plans(args: &InspectArgs, policies: &Policies) -> Done {
    let mut out = output::stdout();
    let mut documents = Vec::new();
    let mut is_first = true;
    let code = answer_each(
        &args.requests,
        &mut out,
        |case| plan(policies, case),
        |out, document| {
            match args.format {
                InspectFormat::Json => documents.push(document),
                InspectFormat::Text => {
                    if !std::mem::take(&mut is_first) {
                        writeln!(out)?;
                    }
                    plan::write(out, &document)?;
                }
            }
            Ok(())
        },
    )?;
    if args.format == InspectFormat::Json {
        output::write_json(&mut out, &documents)?;
    }
    out.flush()?;
    Ok(code)
}

fn plan(policies: &Policies, case: &Case<'_>) -> Result<PlanDocument, InputError> {
    let scenario = case.load(policies)?;
    let reason = scenario.explain(&policies.0, Detail::Relevant)?.reason();
    let own = [(Layer::Session, scenario.session.is_some()), (Layer::Endpoint, scenario.endpoint.is_some())];
    let overlays: Vec<Layer> = own.into_iter().filter_map(|(layer, is_own)| is_own.then_some(layer)).collect();
    scenario.plan(&policies.0, |plan, place| PlanDocument::new(plan, reason, &overlays, place))
}
