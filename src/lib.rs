//! Compiles AWS-style IAM policies ahead of time into an indexed decision structure, and answers requests from it.
//!
//! ```text
//! source text → syntax (tokens, JSON, tree) → lower → ir → artifact (bytes) → engine → Outcome
//!                          │
//!                          └→ reference (slow, obvious) → Answer
//! ```
//!
//! Reading order: [`iam`], the vocabulary; [`request`], what is asked; [`engine`], how it is answered from an [`artifact`]. With
//! the feature `compile`: `syntax` and `diagnostic`, from text to tree; `bundle`, what is attached to what; `reference`, the
//! executable specification; `compile`, from bundle to artifact; `scenario`, both evaluators side by side; `service_facts`,
//! what is known of EC2 Image Builder itself, and `operation`, a call of it as several requests.
//!
//! # Architecture invariants
//! 1. The library does no I/O, prints nothing, and reads neither clock nor environment; the request carries the time.
//! 2. Nothing points left in the picture: the engine knows no compiler, and compiles without it. `reference` reads the tree, not
//!    the intermediate representation, so that no mistake in lowering or indexing can hide in both answers.
//! 3. No path that fails to decide answers Allow.
//! 4. The same policies give the same bytes.
//! 5. [`Engine::decide`] does not allocate, lock or panic, whatever artifact and request hold.
//! 6. Reading policies never stops at the first mistake.

#![forbid(unsafe_code)]

pub mod artifact;
mod bytes;
pub mod engine;
mod hash;
pub mod iam;
mod name_ends;
pub mod request;
mod text_start;

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
pub mod operation;
#[cfg(feature = "compile")]
mod optimize;
#[cfg(feature = "compile")]
pub mod reference;
#[cfg(feature = "compile")]
pub mod scenario;
#[cfg(feature = "compile")]
pub mod service_facts;
#[cfg(feature = "compile")]
pub mod source;
#[cfg(feature = "compile")]
pub mod syntax;

pub use artifact::{Artifact, ArtifactError};
#[cfg(feature = "compile")]
pub use compile::{CompileError, compile, compile_overlay};
pub use engine::{
    Engine, Explanation, GuardedOutcome, KeyId, Outcome, Overlay, Plan, ResolvedAction, ResolvedPrincipal, Scratch, StatementId,
    Target,
};

/// Keeps the README's example compiling.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
