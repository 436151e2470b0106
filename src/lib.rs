//! Compiles AWS-style IAM policies ahead of time into an indexed decision structure, and answers requests from it.

#![forbid(unsafe_code)]

pub mod artifact;
pub mod engine;
pub mod iam;
pub mod request;

#[cfg(feature = "compile")]
pub mod bundle;
#[cfg(feature = "compile")]
pub mod compile;
#[cfg(feature = "compile")]
pub mod diagnostic;
#[cfg(feature = "compile")]
pub mod document;
#[cfg(feature = "compile")]
mod ir;
#[cfg(feature = "compile")]
mod lower;
#[cfg(feature = "compile")]
pub mod reference;
#[cfg(feature = "compile")]
pub mod scenario;
#[cfg(feature = "compile")]
pub mod source;
#[cfg(feature = "compile")]
pub mod syntax;

pub use artifact::{Artifact, ArtifactError};
#[cfg(feature = "compile")]
pub use compile::{CompileError, compile, compile_overlay};
pub use engine::{Engine, Outcome, Overlay, Scratch, StatementId};

/// Keeps the README's example compiling.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
