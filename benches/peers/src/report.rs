//! What is printed and written: one table, notes to it, and all figures as JSON.

use std::fmt::Write;

use ibc_workloads::measure::{Summary, Table, show_time};
use serde_json::json;

use crate::arguments::{Case, REQUEST_COUNT};
use crate::engine::{ENGINES, IBC};
use crate::run::{Figures, Outcome, Run};

/// The table and its notes.
pub(crate) fn render(runs: &[Run], is_markdown: bool) -> String {
    let (heading, rows) = cells(runs);
    let mut text = if is_markdown { markdown(&heading, &rows) } else { plain(&heading, rows) };
    for note in notes(runs) {
        write!(text, "\n{}{note}", if is_markdown { "- " } else { "" }).expect("a string grows");
    }
    text.push('\n');
    text
}

/// The flat workload whose load, memory and ratio are shown: the largest that every engine has run.
fn reference(runs: &[Run]) -> Option<&Run> {
    let is_complete = |run: &&Run| run.outcomes.iter().all(|outcome| outcome.figures().is_some());
    runs.iter().rfind(|run| matches!(run.case, Case::Flat { .. }) && is_complete(run))
}

fn cells(runs: &[Run]) -> (Vec<String>, Vec<Vec<String>>) {
    let reference = reference(runs);
    let mut heading = vec!["one decision".to_owned()];
    heading.extend(runs.iter().map(|run| run.case.title()));
    heading.extend(["× ibc", "load", "compile", "memory", "answers"].map(str::to_owned));

    let mut floor = vec!["floor".to_owned()];
    floor.extend(runs.iter().map(|run| show_time(run.floor.median)));
    floor.extend([reference.map_or(nothing(), |run| ratio(run.floor.median, run)), nothing(), nothing(), nothing(), nothing()]);

    let row = |(at, name): (usize, &str)| {
        let figures = |run: &Run| run.outcomes[at].figures().copied();
        let shown = reference.and_then(|run| Some((run, figures(run)?)));
        let show = |show: &dyn Fn(&Run, Figures) -> String| shown.map_or(nothing(), |(run, figures)| show(run, figures));
        let mut cells = vec![name.to_owned()];
        cells.extend(runs.iter().map(|run| figures(run).map_or(nothing(), |figures| show_time(figures.decision.median))));
        cells.push(show(&|run, figures| ratio(figures.decision.median, run)));
        cells.push(show(&|_, figures| show_time(figures.load_ns)));
        cells.push(if name == IBC { show(&|_, figures| show_time(figures.translation_ns)) } else { nothing() });
        cells.push(show(&|_, figures| show_size(figures.held_bytes)));
        cells.push(answers(runs.iter().filter_map(figures)));
        cells
    };
    let engines = ENGINES.iter().map(|entry| entry.name).enumerate().map(row);
    (heading, std::iter::once(floor).chain(engines).collect())
}

impl Case {
    /// As a column is headed.
    fn title(self) -> String {
        match self {
            Case::Flat { statement_count } => format!("flat {}", grouped(statement_count)),
            Case::Attached { principal_count } => format!("attached {}", grouped(principal_count)),
        }
    }
}

fn ratio(median: f64, run: &Run) -> String {
    let ibc = ENGINES.iter().position(|entry| entry.name == IBC).and_then(|at| run.outcomes[at].figures());
    match ibc.map(|ibc| median / ibc.decision.median) {
        None => nothing(),
        Some(ratio) if ratio < 10.0 => format!("{ratio:.2}"),
        Some(ratio) => grouped(ratio.round() as usize),
    }
}

/// How many answers were compared over all workloads, and whether they were right.
fn answers(all: impl Iterator<Item = Figures>) -> String {
    let (compared, differing) = all
        .fold((0, 0), |(compared, differing), figures| (compared + figures.compared_count, differing + figures.differing_count));
    match differing {
        0 => format!("{} same", grouped(compared)),
        _ => format!("{} of {} differ", grouped(differing), grouped(compared)),
    }
}

fn notes(runs: &[Run]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(run) = reference(runs) {
        notes.push(format!("× ibc, load, compile and memory: {}.", run.case.title()));
    }
    for (at, entry) in ENGINES.iter().enumerate() {
        let (name, mut partly) = (entry.name, Vec::new());
        for run in runs {
            let title = run.case.title();
            let figures = match &run.outcomes[at] {
                Outcome::Timed(figures) => figures,
                Outcome::Skipped(reason) => {
                    notes.push(format!("{name}, {title}: not run, {reason}."));
                    continue;
                }
            };
            let Figures { timed_count, compared_count, differing_count, .. } = *figures;
            let [timed, compared] = [timed_count, compared_count].map(grouped);
            if differing_count > 0 {
                notes.push(format!("{name}, {title}: {} of {compared} answers differ.", grouped(differing_count)));
            }
            if compared_count < REQUEST_COUNT || timed_count < REQUEST_COUNT {
                partly.push(format!("{title}: {compared} and {timed}"));
            }
        }
        if !partly.is_empty() {
            let all = grouped(REQUEST_COUNT);
            notes.push(format!("{name}, answers compared and requests timed where not {all}: {}.", partly.join("; ")));
        }
    }
    notes
}

fn plain(heading: &[String], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new(&heading.iter().map(String::as_str).collect::<Vec<_>>());
    rows.into_iter().for_each(|row| table.push(row));
    table.to_string()
}

fn markdown(heading: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|---{}|\n", "|--:".repeat(heading.len() - 1));
    let rows = rows.iter().map(|row| line(row));
    std::iter::once(line(heading)).chain([rule]).chain(rows).collect()
}

/// Everything that was measured.
pub(crate) fn to_json(runs: &[Run], seed: u64) -> serde_json::Value {
    let runs: Vec<_> = runs.iter().map(Run::to_json).collect();
    json!({ "seed": seed, "cpu": cpu_model(), "runs": runs })
}

impl Run {
    fn to_json(&self) -> serde_json::Value {
        let engine = |(entry, outcome): (&crate::engine::Entry, &Outcome)| match outcome {
            Outcome::Skipped(reason) => json!({ "engine": entry.name, "skipped": reason }),
            Outcome::Timed(figures) => json!({
                "engine": entry.name,
                "decision_ns": summary(figures.decision),
                "timed_requests": figures.timed_count,
                "compared_answers": figures.compared_count,
                "differing_answers": figures.differing_count,
                "translation_ns": figures.translation_ns,
                "load_ns": figures.load_ns,
                "held_bytes": figures.held_bytes,
            }),
        };
        json!({
            "workload": self.workload,
            "statements": self.statement_count,
            "floor_ns": summary(self.floor),
            "engines": ENGINES.iter().zip(&self.outcomes).map(engine).collect::<Vec<_>>(),
        })
    }
}

fn summary(summary: Summary) -> serde_json::Value {
    json!({ "median": summary.median, "p10": summary.p10, "p90": summary.p90 })
}

fn cpu_model() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or("unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

fn nothing() -> String {
    "–".to_owned()
}

fn show_size(bytes: usize) -> String {
    match bytes as f64 {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e8 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.0} MB", bytes / 1e6),
    }
}

/// With a comma between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::example_runs;

    #[test]
    fn the_table_hides_nothing() {
        let text = render(&example_runs(), true);
        for line in [
            "| one decision | flat 1,000 | flat 10,000 | × ibc | load | compile | memory | answers |",
            "| floor | 50 ns | 50 ns | 0.05 | – | – | – | – |",
            "| ibc | 1.00 µs | 10.00 µs | 1.00 | 2.00 ms | 3.00 ms | 5.0 MB | 2,000 same |",
            "| casbin | 1.00 µs | 10.00 µs | 1.00 | 2.00 ms | – | 5.0 MB | 2,000 same |",
            "| Cedar | 1.00 µs | – | 1.00 | 2.00 ms | – | 5.0 MB | 1 of 1,000 differ |",
            "- × ibc, load, compile and memory: flat 1,000.",
            "- Cedar, flat 1,000: 1 of 1,000 answers differ.",
            "- Cedar, flat 10,000: not run, it is an example.",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
