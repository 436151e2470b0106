//! `ibc wanted`: which context keys can still change a decision.

use std::io::Write;

use serde::Serialize;

use ibc::document::InputError;
use ibc::scenario::Case;

use crate::args::{WantedArgs, WantedFormat};
use crate::asking::{Policies, each_request};
use crate::exit_code::ExitCode;
use crate::output::{self, Done, FAINT};

pub fn run(args: &WantedArgs) -> Done {
    let policies = Policies::open(&args.policies, &args.managed.directories)?;
    let mut out = output::stdout();
    let mut failed_count = 0;
    each_request(&args.requests, |case, is_stream| {
        match Answer::of(&policies, case) {
            Ok(answer) => match args.format {
                WantedFormat::Text => answer.write_text(&mut out)?,
                WantedFormat::Jsonl => output::write_json(&mut out, &answer)?,
            },
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
    out.flush()?;
    Ok(if failed_count > 0 { ExitCode::Failure } else { ExitCode::Success })
}

/// The keys that one request wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    principal: String,
    action: String,
    resource: String,
    wanted_keys: Vec<String>,
}

impl Answer {
    fn of(policies: &Policies, case: &Case<'_>) -> Result<Answer, InputError> {
        let scenario = case.load(policies)?;
        let request = &scenario.request;
        Ok(Answer {
            principal: request.principal.principal_for(&request.action).name.to_owned(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            wanted_keys: scenario.wanted_keys(&policies.0)?,
        })
    }

    fn write_text(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "{}", self.action)?;
        writeln!(out, "  {FAINT}by{FAINT:#} {}", self.principal)?;
        writeln!(out, "  {FAINT}on{FAINT:#} {}", self.resource)?;
        match self.wanted_keys.is_empty() {
            true => writeln!(out, "  no key can change the decision"),
            false => self.wanted_keys.iter().try_for_each(|key| writeln!(out, "  {FAINT}wants{FAINT:#} {key}")),
        }
    }
}
