use std::cell::{Cell, RefCell};

use super::limits::{MAX_DIAGNOSTICS, MAX_DOCUMENT_SIZE};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// Collects what is wrong with one document, while lexer, grammar and conversion share it.
#[derive(Debug)]
pub(super) struct Mistakes {
    source: SourceId,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// Whether some mistake blocks loading, kept or not.
    blocked: Cell<bool>,
    /// Whether the rest of the text is beyond repair, so that what is said about its syntax would only follow from that.
    given_up: Cell<bool>,
    /// Whether brackets are mixed up, so that nobody knows what belongs to what.
    misnested: Cell<bool>,
}

impl Mistakes {
    pub(super) fn new(source: SourceId) -> Mistakes {
        Mistakes {
            source,
            diagnostics: RefCell::default(),
            blocked: Cell::new(false),
            given_up: Cell::new(false),
            misnested: Cell::new(false),
        }
    }

    pub(super) fn source(&self) -> SourceId {
        self.source
    }

    /// Keeps a finding, unless there are [`MAX_DIAGNOSTICS`] already.
    #[cold]
    pub(super) fn push(&self, diagnostic: Diagnostic) {
        self.blocked.set(self.blocked.get() || diagnostic.code.blocks_loading());
        let mut diagnostics = self.diagnostics.borrow_mut();
        if diagnostics.len() < MAX_DIAGNOSTICS {
            diagnostics.push(diagnostic);
        }
    }

    /// A finding without label text, to be completed and pushed.
    #[cold]
    pub(super) fn finding(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message, self.source, span)
    }

    /// Keeps a finding about the syntax, unless the text is given up.
    #[cold]
    pub(super) fn syntax(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.syntax_finding(self.finding(Code::JsonSyntaxError, span, message).with_help(help));
    }

    /// Keeps a finding about the syntax, unless the text is given up.
    #[cold]
    pub(super) fn syntax_finding(&self, finding: Diagnostic) {
        if !self.given_up.get() {
            self.push(finding);
        }
    }

    /// Says nothing more about the syntax.
    pub(super) fn give_up(&self) {
        self.given_up.set(true);
    }

    /// Says nothing more about the text: brackets are mixed up.
    pub(super) fn give_up_structure(&self) {
        self.give_up();
        self.misnested.set(true);
    }

    /// Whether brackets are mixed up.
    pub(super) fn is_misnested(&self) -> bool {
        self.misnested.get()
    }

    /// Whether some finding blocks loading.
    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.get()
    }

    /// Whether a document of this many bytes may be read; says so if not.
    pub(super) fn check_document_size(&self, size: usize) -> bool {
        let fits = size <= MAX_DOCUMENT_SIZE;
        if !fits {
            let message = format!("the document has {size} bytes, more than {MAX_DOCUMENT_SIZE}");
            let finding = self.finding(Code::DocumentTooLarge, Span::default(), message);
            self.push(finding.with_help("Split it into several documents."));
        }
        fits
    }

    /// The findings in the order of the text.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner();
        diagnostics.sort_by_key(|diagnostic| diagnostic.labels[0].span);
        diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_up_to_the_limit_are_read() {
        let mistakes = Mistakes::new(SourceId(0));
        assert!(mistakes.check_document_size(0));
        assert!(mistakes.check_document_size(MAX_DOCUMENT_SIZE));
        assert!(!mistakes.is_blocked());
        assert!(!mistakes.check_document_size(MAX_DOCUMENT_SIZE + 1));
        assert!(mistakes.is_blocked());
    }

    #[test]
    fn a_mistake_that_is_not_kept_still_blocks() {
        let mistakes = Mistakes::new(SourceId(0));
        for _ in 0..MAX_DIAGNOSTICS {
            mistakes.push(mistakes.finding(Code::MissingVersion, Span::default(), ""));
        }
        assert!(!mistakes.is_blocked());
        mistakes.syntax(Span::default(), "", "");
        assert!(mistakes.is_blocked());
        assert_eq!(mistakes.into_diagnostics().len(), MAX_DIAGNOSTICS);
    }
}
