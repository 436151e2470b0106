//! Compiles AWS-style IAM policies ahead of time into an indexed decision structure, and answers requests from it.

#![deny(unsafe_code)]

pub mod iam;
pub mod request;

#[cfg(feature = "compile")]
pub mod bundle;
#[cfg(feature = "compile")]
pub mod diagnostic;
#[cfg(feature = "compile")]
pub mod document;
#[cfg(feature = "compile")]
pub mod reference;
#[cfg(feature = "compile")]
pub mod scenario;
#[cfg(feature = "compile")]
pub mod source;
#[cfg(feature = "compile")]
pub mod syntax;
