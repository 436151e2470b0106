//! Tree to text.

use std::fmt::Write;

use super::ast::{Condition, Element, Policy, Statement};
use crate::iam::{ActionPattern, PrincipalPattern, Template, TemplatePart, Version};
use crate::source::Spanned;

/// The policy as JSON in its canonical form: elements in the order of the AWS documents, always lists, indented by two.
///
/// Reading the result gives an equal tree, but for spans, as long as the tree could have been read from a text at all.
#[must_use]
pub fn print_policy(policy: &Policy) -> String {
    let mut printer = Printer { out: String::new(), depth: 0, version: policy.language_version() };
    printer.object(|p| {
        if let Some(version) = policy.version {
            p.member("Version", |p| p.string(version.value.as_str()));
        }
        if let Some(id) = &policy.id {
            p.member("Id", |p| p.string(&id.value));
        }
        p.member("Statement", |p| p.array(&policy.statements, Printer::statement));
    });
    printer.out.push('\n');
    printer.out
}

struct Printer {
    out: String,
    depth: usize,
    version: Version,
}

impl Printer {
    fn statement(&mut self, statement: &Statement) {
        self.object(|p| {
            if let Some(sid) = &statement.sid {
                p.member("Sid", |p| p.string(&sid.value));
            }
            p.member("Effect", |p| p.string(&statement.effect.value.to_string()));
            if let Some(principal) = &statement.principal {
                p.member(name("Principal", principal), |p| p.principal(&principal.patterns));
            }
            let action = &statement.action;
            p.member(name("Action", action), |p| p.array(&action.patterns, Printer::action));
            if let Some(resource) = &statement.resource {
                p.member(name("Resource", resource), |p| {
                    p.array(&resource.patterns, |p, pattern| p.template(&pattern.value, true));
                });
            }
            if !statement.conditions.is_empty() {
                p.member("Condition", |p| p.conditions(&statement.conditions));
            }
        });
    }

    fn action(&mut self, action: &Spanned<ActionPattern>) {
        self.string(&action.value.to_string());
    }

    /// A bare `"*"`, or a map from member to values.
    fn principal(&mut self, patterns: &[Spanned<PrincipalPattern>]) {
        if matches!(patterns, [Spanned { value: PrincipalPattern::Everyone, .. }]) {
            return self.string("*");
        }
        self.object(|p| {
            // Values of one member are neighbours in a tree that was read from a text.
            for group in patterns.chunk_by(|a, b| a.value.member() == b.value.member()) {
                p.member(group[0].value.member().unwrap_or("AWS"), |p| {
                    p.array(group, |p, pattern| p.string(&pattern.value.to_string()));
                });
            }
        });
    }

    fn conditions(&mut self, conditions: &[Condition]) {
        self.object(|p| {
            for group in conditions.chunk_by(|a, b| a.operator == b.operator) {
                p.member(&group[0].operator.value.to_string(), |p| p.condition_keys(group));
            }
        });
    }

    fn condition_keys(&mut self, conditions: &[Condition]) {
        self.object(|p| {
            for condition in conditions {
                let has_variables = condition.operator.value.base.has_variables();
                p.member(condition.key.value.as_str(), |p| {
                    p.array(&condition.values, |p, value| p.template(&value.value, has_variables));
                });
            }
        });
    }

    /// `has_variables` says whether `${` is special here in version 2012.
    fn template(&mut self, template: &Template, has_variables: bool) {
        if has_variables && self.version == Version::V2012 {
            return self.string(&template.to_string());
        }
        let text: String = template.parts.iter().map(plain_text).collect();
        self.string(&text);
    }

    fn object(&mut self, members: impl FnOnce(&mut Printer)) {
        self.out.push('{');
        self.depth += 1;
        members(self);
        self.depth -= 1;
        self.end('{', '}');
    }

    fn member(&mut self, key: &str, value: impl FnOnce(&mut Printer)) {
        self.next('{');
        self.string(key);
        self.out.push_str(": ");
        value(self);
    }

    fn array<T>(&mut self, values: &[T], value: impl Fn(&mut Printer, &T)) {
        self.out.push('[');
        self.depth += 1;
        for item in values {
            self.next('[');
            value(self, item);
        }
        self.depth -= 1;
        self.end('[', ']');
    }

    /// Begins the line of the next entry of what `open` opened.
    fn next(&mut self, open: char) {
        if !self.out.ends_with(open) {
            self.out.push(',');
        }
        self.line();
    }

    fn end(&mut self, open: char, close: char) {
        if !self.out.ends_with(open) {
            self.line();
        }
        self.out.push(close);
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.out.extend(['\\', c]),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\0'..'\u{20}' => {
                    let _ = write!(self.out, "\\u{:04x}", u32::from(c));
                }
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

fn name<T>(positive: &'static str, element: &Element<T>) -> &'static str {
    match (positive, element.negated) {
        ("Principal", true) => "NotPrincipal",
        ("Action", true) => "NotAction",
        ("Resource", true) => "NotResource",
        _ => positive,
    }
}

/// The text of a part where `${` is not special; there are no variables then.
fn plain_text(part: &TemplatePart) -> String {
    match part {
        TemplatePart::Literal(text) => text.to_string(),
        TemplatePart::AnyRun => "*".to_owned(),
        TemplatePart::AnyChar => "?".to_owned(),
        TemplatePart::Variable(variable) => format!("${{{}}}", variable.key),
    }
}
