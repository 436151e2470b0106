//! The compiler's front door: a bundle in, the bytes of an artifact out.

pub(crate) mod catalogue;
mod indexes;
mod limits;
mod report;
mod worst_case;

use std::borrow::Cow;
use std::fmt;

pub use crate::optimize::Passes;
pub use indexes::Indexes;
pub use report::{Compiled, LeftOut, Mismatch, Reason, Stage};
pub use worst_case::{Cause, CostReason, SharedPatterns, WorstCase};

use crate::artifact;
use crate::bundle::Bundle;
use crate::lower::lower;
use crate::optimize;
use crate::source::SourceMap;
use crate::syntax::ast::Policy;

/// What the compiler may be told. Options change size and speed of an artifact, never a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether to keep file, line, column and Sid of every statement, for explanations.
    pub source_map: bool,
    /// Which indexes to build. For tests.
    pub indexes: Indexes,
    /// How to simplify before writing. For tests.
    pub optimize: Passes,
}

impl Default for Options {
    fn default() -> Options {
        Options { source_map: true, indexes: Indexes::ALL, optimize: Passes::ALL }
    }
}

/// Compiles a bundle. The same bundle gives the same bytes.
///
/// # Errors
/// If the artifact would exceed [`MAX_ARTIFACT_SIZE`](crate::artifact::MAX_ARTIFACT_SIZE), or if a principal's ARN, unique id or a tag is
/// longer than a request may say it: see the limits of [`request`](crate::request).
pub fn compile(sources: &SourceMap, bundle: &Bundle) -> Result<Vec<u8>, CompileError> {
    compile_with(sources, bundle, &Options::default())
}

/// Compiles a bundle with options.
///
/// # Errors
/// As [`compile`].
pub fn compile_with(sources: &SourceMap, bundle: &Bundle, options: &Options) -> Result<Vec<u8>, CompileError> {
    compile_reporting(sources, Cow::Borrowed(bundle), options, &mut |_| ()).map(|compiled| compiled.bytes)
}

/// Compiles a bundle with options, and tells which statements the artifact does not need, and what the most expensive decision
/// costs. `begins` is called when a stage begins. Of a bundle that is handed over, the statements of each policy are given back as
/// they are lowered, so that much less memory is in use at once.
///
/// # Errors
/// As [`compile`].
pub fn compile_reporting(
    sources: &SourceMap,
    bundle: Cow<'_, Bundle>,
    options: &Options,
    begins: &mut dyn FnMut(Stage),
) -> Result<Compiled, CompileError> {
    limits::check(&bundle)?;
    begins(Stage::Lower);
    let mut program = lower(bundle);
    begins(Stage::Optimize);
    let left_out = optimize::run(&mut program, options.optimize);
    let left_out = report::left_out(&program, &left_out);
    optimize::forget(&mut program, options.optimize);
    begins(Stage::Write);
    let (bytes, worst_case) = artifact::write(&program, sources, options)?;
    Ok(Compiled { bytes, left_out, worst_case })
}

/// Compiles policies that travel with requests: session policies, or those of an endpoint. The artifact is for
/// [`Overlay`](crate::Overlay).
///
/// # Errors
/// As [`compile`].
pub fn compile_overlay(sources: &SourceMap, policies: &[Policy]) -> Result<Vec<u8>, CompileError> {
    let mut bundle = Bundle::default();
    for (index, policy) in policies.iter().enumerate() {
        let id = bundle.add_policy(format!("overlay.{}", index + 1), policy.clone());
        bundle.everyone.identity.push(id);
    }
    compile(sources, &bundle)
}

/// Why a bundle cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError(CompileErrorKind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum CompileErrorKind {
    TooLarge,
    TextTooLong { principal: String, text: &'static str, limit: usize },
}

/// Of a principal's ARN, so many characters are shown.
const SHOWN_ARN_LEN: usize = 60;

impl CompileError {
    pub(crate) const fn too_large() -> CompileError {
        CompileError(CompileErrorKind::TooLarge)
    }

    fn text_too_long(arn: &str, text: &'static str, limit: usize) -> CompileError {
        let principal = match arn.char_indices().nth(SHOWN_ARN_LEN) {
            Some((end, _)) => format!("{}...", &arn[..end]),
            None => arn.to_owned(),
        };
        CompileError(CompileErrorKind::TextTooLong { principal, text, limit })
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            CompileErrorKind::TextTooLong { principal, text, limit } => {
                write!(f, "`{principal}`: its {text} has more than {limit} bytes")
            }
            CompileErrorKind::TooLarge => {
                write!(f, "the artifact would be larger than {} bytes: split the policies", artifact::MAX_ARTIFACT_SIZE)
            }
        }
    }
}

impl std::error::Error for CompileError {}
