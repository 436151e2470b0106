use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One policy of a request or a scenario, not parsed yet: its text goes to `syntax` as written, so that duplicate keys are
/// seen and messages point at the right place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyText<'a> {
    /// A JSON object inside the file; a slice of the file's text.
    Inline(&'a str),
    /// The JSON text of a policy, handed over as a string.
    Text(String),
    /// The path of a policy file.
    Path(String),
}

/// One policy, or a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyList<'a>(Vec<PolicyText<'a>>);

impl<'a> PolicyText<'a> {
    /// Looks at one JSON value.
    ///
    /// # Errors
    /// If it is neither an object nor a string; the text says what to write.
    pub fn from_raw(raw: &'a RawValue) -> Result<PolicyText<'a>, String> {
        let json = raw.get();
        if json.starts_with('{') {
            return Ok(PolicyText::Inline(json));
        }
        let Ok(text) = serde_json::from_str::<String>(json) else {
            return Err(format!("a policy is an object, its JSON text in a string, or a file path; found {}", kind_of(json)));
        };
        Ok(if text.trim_start().starts_with('{') { PolicyText::Text(text) } else { PolicyText::Path(text) })
    }
}

impl<'a> PolicyList<'a> {
    /// Looks at one JSON value: a list of policies, a single policy, or `null` for none.
    ///
    /// # Errors
    /// As [`PolicyText::from_raw`].
    pub fn from_raw(raw: &'a RawValue) -> Result<PolicyList<'a>, String> {
        match raw.get().as_bytes().first() {
            Some(b'n') => return Ok(PolicyList::default()),
            Some(b'[') => {}
            _ => return Ok(PolicyList(vec![PolicyText::from_raw(raw)?])),
        }
        let policies: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        policies.into_iter().map(PolicyText::from_raw).collect::<Result<_, _>>().map(PolicyList)
    }

    /// The policies in written order.
    #[must_use]
    pub fn as_slice(&self) -> &[PolicyText<'a>] {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PolicyText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PolicyText::from_raw(<&RawValue>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PolicyList<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PolicyList::from_raw(<&RawValue>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn kind_of(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'[') => "a list",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    }
}
