//! Checks of the document's text as such: characters (GR-6) and size (semantics 1.7). They find, they do not refuse.

use super::Converter;
use super::document::kind_name;
use crate::diagnostic::Code;
use crate::iam::PolicyKind;
use crate::source::Span;

pub(super) fn check(converter: &Converter<'_>, document: Span) {
    let text = &converter.text[document.range()];
    check_size(converter, text, document);
    if !matches!(converter.kind, PolicyKind::Resource | PolicyKind::Endpoint) && !text.is_ascii() {
        check_characters(converter, text, document);
    }
}

/// The most characters that AWS stores, whether white space counts, and what to say beyond.
fn quota(kind: PolicyKind) -> Option<(usize, bool, Code)> {
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary => Some((6_144, false, Code::PolicySizeExceedsIdentityPolicyQuota)),
        PolicyKind::Session => Some((2_048, false, Code::PolicySizeExceedsSessionPolicyQuota)),
        PolicyKind::Trust => Some((8_192, false, Code::PolicySizeExceedsRoleTrustPolicyQuota)),
        PolicyKind::Scp => Some((10_240, true, Code::PolicySizeExceedsScpQuota)),
        PolicyKind::Rcp => Some((5_120, true, Code::PolicySizeExceedsRcpQuota)),
        PolicyKind::Endpoint => Some((20_480, true, Code::PolicySizeExceedsEndpointPolicyQuota)),
        PolicyKind::Resource => None,
    }
}

fn check_size(converter: &Converter<'_>, text: &str, document: Span) {
    let Some((most, counts_spaces, code)) = quota(converter.kind) else { return };
    if text.len() <= most {
        return;
    }
    // PERF: byte by byte, which the processor does many at a time; every character has one byte that is no continuation.
    let is_counted = |byte: u8| byte & 0b1100_0000 != 0b1000_0000 && (counts_spaces || !byte.is_ascii_whitespace());
    let size = text.bytes().filter(|&byte| is_counted(byte)).count();
    if size > most {
        let message = format!("{} of {size} characters is longer than {most}", kind_name(converter.kind));
        let span = Span::new(document.start, document.start + 1);
        converter.report(code, span, message, "Split it into several policies, or shorten lists with `*`.");
    }
}

/// Finds the first character outside of U+0009, U+000A, U+000D, U+0020 to U+00FF.
fn check_characters(converter: &Converter<'_>, text: &str, document: Span) {
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| c > '\u{FF}') {
        let start = document.start + at as u32;
        let message = format!("IAM does not store `{c}` (U+{:04X})", u32::from(c));
        let help = "Use characters up to U+00FF; `*` and `?` match others.";
        converter.report(Code::UnsupportedCharacter, Span::new(start, start + c.len_utf8() as u32), message, help);
    }
}
