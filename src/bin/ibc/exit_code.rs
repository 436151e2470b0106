/// How the program ends. Scripts rely on the numbers: they are in `--help`, and `tests/cli.rs` pins them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done; allowed; nothing found.
    Success = 0,
    /// Could not do it: unreadable file, damaged artifact, invalid policy or request.
    Failure = 1,
    /// Wrong usage. `clap` ends the program with this number by itself.
    Usage = 2,
    /// `check` has findings at or above `--fail-level`.
    Findings = 3,
    /// `test` has failures.
    TestsFailed = 4,
    /// `eval --exit-code`: some request is denied because nothing allows it.
    ImplicitDeny = 5,
    /// `eval --exit-code`: some request is denied by a statement.
    ExplicitDeny = 6,
}

/// The table for `--help`.
pub const HELP: &str = "\
Exit codes:
  0  done; allowed; nothing found
  1  could not do it: unreadable file, damaged artifact, invalid policy or request
  2  wrong usage
  3  `check` has findings at or above --fail-level
  4  `test` has failures
  5  `eval --exit-code`: implicit deny
  6  `eval --exit-code`: explicit deny";

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        (code as u8).into()
    }
}
