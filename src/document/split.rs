use serde_json::value::RawValue;

use super::members::MemberError;

/// Finds the documents of a text: one JSON value, the entries of a list, or one value per line (JSON Lines). The values are
/// slices of the text; of JSON Lines a malformed line is an error of its own.
pub(crate) fn split(text: &str) -> Vec<Result<&RawValue, MemberError<'_>>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = value(text);
    match whole {
        Ok(list) if list.get().starts_with('[') => entries(list),
        Err(_) if is_json_lines(text) => text.lines().filter(|line| !line.trim().is_empty()).map(value).collect(),
        _ => vec![whole],
    }
}

/// Reads one value, of which only the syntax is checked.
fn value(text: &str) -> Result<&RawValue, MemberError<'_>> {
    serde_json::from_str(text).map_err(|error| MemberError::from_json(text, &error))
}

fn entries(list: &RawValue) -> Vec<Result<&RawValue, MemberError<'_>>> {
    match serde_json::from_str::<Vec<&RawValue>>(list.get()) {
        Ok(entries) => entries.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(MemberError::from_json(list.get(), &error))],
    }
}

/// Whether a text that is no single JSON value looks like one value per line: in a document spread over lines, few lines
/// begin a new object.
fn is_json_lines(text: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let begin_object = lines().filter(|line| line.starts_with('{')).count();
    lines().nth(1).is_some() && begin_object * 2 > lines().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[Option<&str>]) {
        let found: Vec<Option<&str>> = split(text).into_iter().map(|part| part.ok().map(RawValue::get)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn documents_are_found_in_every_form() {
        check(r#" {"a": 1} "#, &[Some(r#"{"a": 1}"#)]);
        check("\u{feff}{}", &[Some("{}")]);
        check(r#"[{"a": 1}, {}]"#, &[Some(r#"{"a": 1}"#), Some("{}")]);
        check("{}\n\n{\"a\":2}\r\n", &[Some("{}"), Some(r#"{"a":2}"#)]);
        check("[]", &[]);
    }

    #[test]
    fn a_malformed_line_does_not_hide_the_others() {
        check("{\"a\":}\n{}\n{\n", &[None, Some("{}"), None]);
        check("{\n  \"a\": 1,\n  \"b\": {\n}\n", &[None]);
        check("", &[None]);
    }
}
