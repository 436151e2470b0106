//! Texts of principals that no request could say: an engine has no room for them, so a bundle with one is refused.

use super::CompileError;
use crate::bundle::{Bundle, PrincipalEntry};
use crate::iam::ConditionKey;
use crate::request::{MAX_KEY_SIZE, MAX_NAME_SIZE, MAX_VALUE_SIZE};

/// Checks the texts that the engine reads of a bundle's principals instead of a request.
///
/// # Errors
/// If one of them is too long.
pub(super) fn check(bundle: &Bundle) -> Result<(), CompileError> {
    bundle.principals.iter().try_for_each(|principal| match too_long(principal) {
        Some((text, limit)) => Err(CompileError::text_too_long(&principal.arn, text, limit)),
        None => Ok(()),
    })
}

/// What of a principal is too long, and how long it may be.
fn too_long(PrincipalEntry { arn, unique_id, tags, .. }: &PrincipalEntry) -> Option<(&'static str, usize)> {
    let sizes = [("ARN", arn.len(), MAX_NAME_SIZE), ("unique id", unique_id.as_ref().map_or(0, String::len), MAX_NAME_SIZE)];
    let tags = tags.iter().flat_map(|(key, value)| {
        [("tag key", key.len(), MAX_KEY_SIZE - ConditionKey::PRINCIPAL_TAG.len()), ("tag value", value.len(), MAX_VALUE_SIZE)]
    });
    sizes.into_iter().chain(tags).find(|&(_, size, limit)| size > limit).map(|(text, _, limit)| (text, limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::source::SourceMap;

    #[test]
    fn texts_that_no_request_could_say_are_refused() {
        let plain = || PrincipalEntry { arn: "arn:aws:iam::1111:user/ann".to_owned(), ..PrincipalEntry::default() };
        let tagged = |key, value| PrincipalEntry { tags: vec![("x".repeat(key), "x".repeat(value))], ..plain() };
        let known_as = |size| PrincipalEntry { unique_id: Some("x".repeat(size)), ..plain() };
        let cases = [
            (plain(), None),
            (known_as(4096), None),
            (known_as(4097), Some("`arn:aws:iam::1111:user/ann`: its unique id has more than 4096 bytes")),
            (tagged(1007, 8192), None),
            (tagged(1008, 1), Some("`arn:aws:iam::1111:user/ann`: its tag key has more than 1007 bytes")),
            (tagged(1, 8193), Some("`arn:aws:iam::1111:user/ann`: its tag value has more than 8192 bytes")),
            (
                PrincipalEntry { arn: format!("{}é", "x".repeat(4095)), ..PrincipalEntry::default() },
                Some("`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...`: its ARN has more than 4096 bytes"),
            ),
        ];
        for (principal, expected) in cases {
            let bundle = Bundle { principals: vec![principal], ..Bundle::default() };
            let error = compile(&SourceMap::default(), &bundle).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected);
        }
    }
}
