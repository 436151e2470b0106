//! `ibc wanted`: which context keys can still change a decision.

use std::io::Write;

use serde::Serialize;

use ibc::document::InputError;
use ibc::scenario::Case;

use crate::args::{WantedArgs, WantedFormat};
use crate::asking::{Policies, answer_each};
use crate::output::{self, Done, FAINT};

pub fn run(args: &WantedArgs) -> Done {
    let policies = Policies::open(&args.policies, &args.managed.directories)?;
    let mut out = output::stdout();
    let code = answer_each(
        &args.requests,
        &mut out,
        |case| Answer::of(&policies, case),
        |out, answer| match args.format {
            WantedFormat::Text => Ok(answer.write_text(out)?),
            WantedFormat::Jsonl => output::write_json(out, &answer),
        },
    )?;
    out.flush()?;
    Ok(code)
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
