//! Diagnostics: what is to say about a user's text, with the place it is about.
//!
//! [`Code`] is the table of everything that can be said; a [`Diagnostic`] says it about a place. [`render_human`] shows diagnostics
//! to people, [`render_json`] to programs, and [`Code::explanation`] tells the whole story.

mod code;
mod explanation;
mod render_human;
mod render_json;
mod suggest;

pub use code::{Code, Severity};
pub use explanation::Explanation;
pub use render_human::{Colors, render_human};
pub use render_json::render_json;
pub use suggest::{did_you_mean, nearest};

use crate::source::{SourceId, Span};

/// One finding about one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong; decides severity and title.
    pub code: Code,
    /// One lower-case phrase without full stop, user text in backticks.
    pub message: String,
    /// The first label marks the smallest span that is wrong; others show the other party.
    pub labels: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
}

/// A marked place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text.
    pub source: SourceId,
    /// The place in it.
    pub span: Span,
    /// What is there; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// A finding whose primary label marks `span`.
    pub fn new(code: Code, message: impl Into<String>, source: SourceId, span: Span) -> Diagnostic {
        Diagnostic { code, message: message.into(), labels: vec![Label { source, span, text: String::new() }], help: None }
    }

    /// Says what is at the primary label.
    #[must_use]
    pub fn with_label(mut self, text: impl Into<String>) -> Diagnostic {
        self.labels[0].text = text.into();
        self
    }

    /// Marks another place.
    #[must_use]
    pub fn with_secondary(mut self, source: SourceId, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { source, span, text: text.into() });
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}
