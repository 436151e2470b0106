//! Writing: data to standard output, everything about it to standard error.

use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, Write};

use anstream::{AutoStream, eprintln};
use clap::builder::styling::{AnsiColor, Style};

use ibc::engine::plan::UnitForm;

use crate::exit_code::ExitCode;

/// What a verb gives: how to end, or why it could not be done.
pub type Done = Result<ExitCode, Box<dyn Error>>;

/// Standard output, buffered, coloured only where that is wanted.
pub fn stdout() -> BufWriter<AutoStream<io::StdoutLock<'static>>> {
    BufWriter::new(AutoStream::auto(io::stdout().lock()))
}

/// Ends the program: says why it could not be done. A reader that has read enough (`| head`) is no failure.
pub fn finish(done: Done) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::Success,
        Err(error) => {
            report(error.as_ref());
            ExitCode::Failure
        }
    }
}

/// Says on standard error what is wrong. An error that is already a rendered report stands for itself.
pub fn report(error: &(dyn Error + 'static)) {
    match error.downcast_ref::<Report>() {
        Some(Report(text)) => eprintln!("{}", text.trim_end()),
        None => eprintln!("{ERROR}error{ERROR:#}: {error}"),
    }
}

/// Says something on standard error that is no failure.
pub fn warn(message: impl fmt::Display) {
    eprintln!("{WARNING}warning{WARNING:#}: {message}");
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let io_error = error.downcast_ref::<io::Error>();
    let json_error = error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    io_error.map(io::Error::kind).or(json_error) == Some(io::ErrorKind::BrokenPipe)
}

/// Several findings, rendered for people in colour.
#[derive(Debug)]
pub struct Report(pub String);

impl Report {
    /// One error for each message.
    pub fn of_errors(messages: &[String]) -> Report {
        let error = |message: &String| format!("{ERROR}error{ERROR:#}: {message}\n");
        Report(messages.iter().map(error).collect())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        anstream::adapter::strip_str(self.0.trim_end()).fmt(f)
    }
}

impl Error for Report {}

/// `1 policy`, `2 policies`.
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { singular } else { plural })
}

/// `12,345`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a JSON value and a line break.
pub fn write_json(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Box<dyn Error>> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// How a decision looks.
pub fn decision_style(decision: &str) -> Style {
    match decision {
        "allowed" => GOOD,
        "implicitDeny" => WARNING,
        _ => ERROR,
    }
}

pub const ERROR: Style = AnsiColor::Red.on_default().bold();
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
pub const FAINT: Style = Style::new().dimmed();

/// How a unit is searched, in words.
pub const fn search(form: UnitForm) -> &'static str {
    match form {
        UnitForm::List => "looked through",
        UnitForm::Small => "searched by one value",
        UnitForm::Action => "searched by action",
        UnitForm::Index => "searched by access keys",
    }
}
