use std::collections::HashSet;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::iam::fold::fold;
use crate::request::{ContextEntry, ContextValue};

/// A JSON object of context keys or tags, in written order.
///
/// Invariant, kept by reading: no two keys are equal or differ only in letter case (D-22).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextMap {
    entries: Vec<(String, ContextMapValue)>,
}

/// The value of one key. A list is multi-valued even if it holds one value (M-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextMapValue {
    /// From a string, a number (its text as written, GR-41) or a boolean.
    Single(String),
    /// From a list.
    Multi(Vec<String>),
}

impl ContextMap {
    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All keys as written.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// All keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ContextMapValue)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Adds those of `others` that are not there, in whatever letter case.
    pub(crate) fn extend_absent(&mut self, others: impl IntoIterator<Item = (String, ContextMapValue)>) {
        let own: HashSet<String> = self.keys().map(fold).collect();
        self.entries.extend(others.into_iter().filter(|(key, _)| !own.contains(&fold(key))));
    }

    /// Takes the keys out that `keep` refuses, and gives them.
    pub(crate) fn take_unless(&mut self, mut keep: impl FnMut(&str) -> bool) -> Vec<String> {
        self.entries.extract_if(.., |(key, _)| !keep(key)).map(|(key, _)| key).collect()
    }

    /// The keys with single values.
    pub(super) fn singles(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(|(key, value)| match value {
            ContextMapValue::Single(value) => Some((key.as_str(), value.as_str())),
            ContextMapValue::Multi(_) => None,
        })
    }

    /// For each entry its values as a list of borrowed texts, as [`ContextValue::Multi`] wants them; empty for a single value.
    pub(super) fn lists(&self) -> Vec<Vec<&str>> {
        let list = |value| match value {
            &ContextMapValue::Single(_) => Vec::new(),
            ContextMapValue::Multi(values) => values.iter().map(String::as_str).collect(),
        };
        self.entries.iter().map(|(_, value)| list(value)).collect()
    }

    /// The entries of a request's context; `lists` is what [`ContextMap::lists`] gave.
    pub(super) fn entries<'b>(&'b self, lists: &'b [Vec<&'b str>]) -> impl Iterator<Item = ContextEntry<'b>> {
        self.entries.iter().zip(lists).map(|((key, value), list)| {
            let value = match value {
                ContextMapValue::Single(value) => ContextValue::Single(value),
                ContextMapValue::Multi(_) => ContextValue::Multi(list),
            };
            ContextEntry { key, value }
        })
    }
}

impl<'de> Deserialize<'de> for ContextMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ContextMapVisitor)
    }
}

/// Reads a map of tags: a tag has one value.
pub(super) fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ContextMap>, D::Error> {
    let tags = Option::<ContextMap>::deserialize(deserializer)?;
    let lists = tags.iter().flat_map(|tags| &tags.entries).find(|(_, value)| matches!(value, ContextMapValue::Multi(_)));
    match lists {
        Some((key, _)) => Err(D::Error::custom(format_args!("tag `{key}` is a list; a tag has one value, write it as a string"))),
        None => Ok(tags),
    }
}

struct ContextMapVisitor;

impl<'de> Visitor<'de> for ContextMapVisitor {
    type Value = ContextMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of keys and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ContextMap, A::Error> {
        let mut entries: Vec<(String, ContextMapValue)> = Vec::new();
        // Folded name to the index of the entry that has it.
        let mut seen = std::collections::HashMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if let Some(earlier) = seen.insert(fold(&key), entries.len()) {
                let earlier = &entries[earlier].0;
                return Err(A::Error::custom(if *earlier == key {
                    format!("duplicate key `{key}`; keep one of the two")
                } else {
                    format!("AmbiguousContextKey: `{earlier}` and `{key}` differ only in letter case; keep one of the two")
                }));
            }
            let value = ContextMapValue::from_raw(map.next_value()?)
                .map_err(|found| A::Error::custom(format_args!("`{key}` is {found}; {EXPECTED}")))?;
            entries.push((key, value));
        }
        Ok(ContextMap { entries })
    }
}

const EXPECTED: &str = "write a string, a number, a boolean or a list of these; leave the key out if it has no value";

impl ContextMapValue {
    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        let values = match self {
            ContextMapValue::Single(value) => std::slice::from_ref(value),
            ContextMapValue::Multi(values) => values,
        };
        values.iter().map(String::as_str)
    }

    /// Reads one value; the error names what was found instead.
    fn from_raw(raw: &RawValue) -> Result<ContextMapValue, &'static str> {
        if raw.get().starts_with('[') {
            let values: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| "malformed")?;
            let values = values.into_iter().map(|value| scalar(value.get()));
            return values.collect::<Result<_, _>>().map(ContextMapValue::Multi);
        }
        scalar(raw.get()).map(ContextMapValue::Single)
    }
}

/// The text of a JSON scalar: numbers keep the text that was written (GR-41).
fn scalar(json: &str) -> Result<String, &'static str> {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).map_err(|_| "a string that is no valid Unicode"),
        Some(b'{') => Err("an object"),
        Some(b'[') => Err("a list within a list"),
        Some(b'n') => Err("null"),
        _ => Ok(json.to_owned()),
    }
}
