use std::{fmt, slice};

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The members of one JSON object, their values not read yet.
///
/// Invariant, kept by reading: no two members have the same name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object.
    pub(crate) fn from_raw(raw: &'a RawValue) -> Result<Members<'a>, MemberError<'a>> {
        serde_json::from_str(raw.get()).map_err(|error| MemberError::from_json(raw.get(), &error))
    }

    /// The one member `name`.
    pub(crate) fn single(name: &str, value: &'a RawValue) -> Members<'a> {
        Members(vec![(name.to_owned(), value)])
    }

    /// These members, and those of `defaults` that these do not name.
    pub(crate) fn over(&self, defaults: &Members<'a>) -> Members<'a> {
        let is_named = |name: &str| self.0.iter().any(|(own, _)| own == name);
        let inherited = defaults.0.iter().filter(|(name, _)| !is_named(name));
        Members(self.0.iter().chain(inherited).cloned().collect())
    }

    /// Takes the members with these names out.
    pub(crate) fn split_off(&mut self, names: &[&str]) -> Members<'a> {
        Members(self.0.extract_if(.., |(name, _)| names.contains(&name.as_str())).collect())
    }

    /// The value of a member.
    pub(crate) fn value_of(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(own, _)| own == name).map(|&(_, value)| value)
    }

    /// Reads the object as a `T`.
    pub(crate) fn read<T: Deserialize<'a>>(&self) -> Result<T, MemberError<'a>> {
        T::deserialize(MapAccessDeserializer::new(MemberAccess { rest: self.0.iter(), value: None }))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(String, &RawValue)> = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if members.iter().any(|(earlier, _)| *earlier == name) {
                        return Err(A::Error::custom(format_args!("duplicate member `{name}`; keep one of the two")));
                    }
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Hands the members to serde one by one.
struct MemberAccess<'m, 'a> {
    rest: slice::Iter<'m, (String, &'a RawValue)>,
    value: Option<&'a RawValue>,
}

impl<'a> MapAccess<'a> for MemberAccess<'_, 'a> {
    type Error = MemberError<'a>;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, MemberError<'a>> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        let name: StrDeserializer<'_, MemberError<'a>> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|error| MemberError { at: Some(value.get()), ..error })
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, MemberError<'a>> {
        let value = self.value.take().ok_or_else(|| MemberError::custom("a value before its name"))?;
        seed.deserialize(value).map_err(|error| MemberError::from_json(value.get(), &error))
    }
}

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberError<'a> {
    pub(crate) message: String,
    /// The text from the wrong place on; `None` if the object as a whole is meant.
    pub(crate) at: Option<&'a str>,
}

impl<'a> MemberError<'a> {
    /// An error that `serde_json` found in `json`.
    pub(crate) fn from_json(json: &'a str, error: &serde_json::Error) -> MemberError<'a> {
        let message = error.to_string();
        let suffix = format!(" at line {} column {}", error.line(), error.column());
        let message = match message.strip_suffix(&suffix).unwrap_or(&message) {
            // A word was begun: JSON has three.
            "expected ident" => "expected `true`, `false` or `null`",
            other => other,
        };
        MemberError { message: message.to_owned(), at: Some(place_of(json, error)) }
    }
}

/// The text from the place of the error on. `serde_json` counts lines from 1 and, in each, the bytes it has read.
fn place_of<'a>(json: &'a str, error: &serde_json::Error) -> &'a str {
    if error.is_data() && !json.starts_with(['{', '[']) {
        // A wrong string or number is best shown by its beginning.
        return json;
    }
    let line_start: usize = json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut offset = (line_start + error.column().saturating_sub(1)).min(json.len());
    while !json.is_char_boundary(offset) {
        offset -= 1;
    }
    &json[offset..]
}

impl fmt::Display for MemberError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for MemberError<'_> {}

impl serde::de::Error for MemberError<'_> {
    fn custom<T: fmt::Display>(message: T) -> Self {
        MemberError { message: message.to_string(), at: None }
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("unknown member `{name}`; the members are {}", expected.join(", ")))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::custom(format_args!("missing member `{name}`; add it"))
    }
}
