//! `Resource` and `NotResource`: the colon rule and the completion of short ARNs.

use super::lower_part;
use crate::iam::{PolicyKind, Template, TemplatePart};
use crate::ir::{Gap, Keys, Pattern, PatternToken, ResourceSet};
use crate::syntax::ast::Element;

/// Lowers the element of a policy of this kind.
pub(super) fn lower(keys: &mut Keys, kind: PolicyKind, element: &Element<Template>) -> ResourceSet {
    let mut patterns = Vec::new();
    for entry in &element.patterns {
        let template = &entry.value;
        let colons = literal_colons(template);
        let is_short_arn = starts_like_arn(template) && colons < 5;
        let completes = match kind {
            // WC-9, D-40: as written, or completed.
            PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp | PolicyKind::Rcp => true,
            // WC-10, D-11: a short text without wildcard never matches.
            PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Endpoint => {
                let has_wildcard = template.parts.iter().any(|part| matches!(part, TemplatePart::AnyRun | TemplatePart::AnyChar));
                if is_short_arn && !has_wildcard {
                    continue;
                }
                has_wildcard
            }
        };
        patterns.extend(pattern(keys, template));
        if is_short_arn && completes {
            let mut completed = template.clone();
            for _ in colons..5 {
                completed.parts.extend([TemplatePart::Literal(":".into()), TemplatePart::AnyRun]);
            }
            patterns.extend(pattern(keys, &completed));
        }
    }
    patterns.sort_unstable();
    patterns.dedup();
    if patterns.iter().any(Pattern::is_any) {
        patterns = vec![Pattern::new([PatternToken::Run(Gap::Any)])];
    }
    ResourceSet { negated: element.negated, patterns }
}

/// The pattern as written, by the colon rule WC-8 (D-02). `None` if a variable stands in the fields 1 to 5 (D-19).
fn pattern(keys: &mut Keys, template: &Template) -> Option<Pattern> {
    let mut colons = 0;
    let mut tokens = Vec::with_capacity(template.parts.len());
    for (index, part) in template.parts.iter().enumerate() {
        let in_resource_field = colons >= 5;
        match part {
            TemplatePart::Literal(text) => colons += text.bytes().filter(|&byte| byte == b':').count(),
            TemplatePart::Variable(_) if !in_resource_field => return None,
            _ => {}
        }
        // A `*` that ends its field, or the whole text, may run on past colons.
        let ends_field = match template.parts.get(index + 1) {
            None => true,
            Some(TemplatePart::Literal(next)) => next.starts_with(':'),
            Some(_) => false,
        };
        tokens.push(lower_part(keys, part, |is_run| {
            let gap = if in_resource_field || (is_run && ends_field) { Gap::Any } else { Gap::NoColon };
            if is_run { PatternToken::Run(gap) } else { PatternToken::One(gap) }
        }));
    }
    Some(Pattern::new(tokens))
}

fn literal_colons(template: &Template) -> usize {
    template
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Literal(text) => text.bytes().filter(|&byte| byte == b':').count(),
            _ => 0,
        })
        .sum()
}

fn starts_like_arn(template: &Template) -> bool {
    matches!(template.parts.first(), Some(TemplatePart::Literal(text)) if text.starts_with("arn:"))
}
