use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use ibc::document::InputError;
use ibc::iam::Layer;
use ibc::scenario::{Answers, Case};

use super::Tally;
use crate::args::EvalFormat;
use crate::output::{self, ERROR, FAINT};
use crate::scenarios::{self, FileLoader};

/// Decides every scenario of a file both ways and prints a line for each, in the order of the file.
pub(super) fn run(path: &Path, managed: &[PathBuf], format: EvalFormat) -> Result<Tally, Box<dyn Error>> {
    let file = scenarios::read(path)?;
    let cases = file.cases();
    let answers = scenarios::decide_all(&cases, &FileLoader::new(path, managed));
    let lines: Vec<Line<'_>> = cases.iter().zip(&answers).map(|(case, answers)| Line::new(case, answers)).collect();
    let mut out = output::stdout();
    match format {
        EvalFormat::Json => output::write_json(&mut out, &lines)?,
        EvalFormat::Jsonl => lines.iter().try_for_each(|line| output::write_json(&mut out, line))?,
        EvalFormat::Text => lines.iter().try_for_each(|line| line.write_text(&mut out))?,
    }
    out.flush()?;
    let mut tally = Tally::default();
    for answers in &answers {
        tally.add(answers.as_ref().ok().filter(|answers| answers.agree()).map(|answers| answers.engine.decision));
    }
    Ok(tally)
}

/// What is printed about one scenario.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    /// The engine's decision.
    decision: &'static str,
    /// The reference evaluator's decision.
    reference: &'static str,
    layer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl<'a> Line<'a> {
    fn new(case: &'a Case<'_>, answers: &Result<Answers, InputError>) -> Line<'a> {
        let name = case.name.as_str();
        match answers {
            Ok(answers) => Line {
                name,
                decision: answers.engine.decision.as_str(),
                reference: answers.reference.decision.as_str(),
                layer: answers.engine.layer.map(Layer::as_str),
                error: (!answers.agree()).then(|| {
                    format!("reference evaluator says {}, engine says {}: a bug of ibc", answers.reference, answers.engine)
                }),
            },
            Err(error) => Line { name, decision: "error", reference: "error", layer: None, error: Some(error.to_string()) },
        }
    }

    fn write_text(&self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let style = output::decision_style(self.decision);
        let layer = self.layer.map(|layer| format!(" {FAINT}({layer}){FAINT:#}")).unwrap_or_default();
        writeln!(out, "{style}{:<12}{style:#}  {}{layer}", self.decision, self.name)?;
        if let Some(error) = &self.error {
            writeln!(out, "              {ERROR}{error}{ERROR:#}")?;
        }
        Ok(())
    }
}
