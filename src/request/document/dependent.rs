use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::ContextMap;
use super::context_map;

/// The member `dependent`: for dependent actions of an operation, what each is on.
///
/// ```json
/// { "iam:PassRole": "arn:aws:iam::111122223333:role/builder",
///   "imagebuilder:GetComponent": ["arn:...:component/a/1.0.0/1", {"resource": "arn:...:component/b/1.0.0/1", "resourceTags": {"team": "red"}}],
///   "inspector2:BatchGetAccountStatus": {} }
/// ```
///
/// Invariant, kept by reading: no two actions differ only in letter case.
#[derive(Debug, Clone, Default)]
pub struct DependentMap(Vec<(String, Vec<DependentDocument>)>);

/// What a dependent action is on, and what is known of that. An empty one says that the call needs the action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DependentDocument {
    /// The ARN of the resource. A text in place of the object is short for it.
    pub resource: Option<String>,
    /// The owner of the resource, where the ARN does not say.
    pub resource_account: Option<String>,
    /// Whether the resource belongs to the organisation's management account.
    #[serde(default)]
    pub resource_management_account: bool,
    /// Tags of the resource.
    #[serde(default, deserialize_with = "context_map::tags")]
    pub resource_tags: Option<ContextMap>,
    /// Tags that this action sets.
    #[serde(default, deserialize_with = "context_map::tags")]
    pub request_tags: Option<ContextMap>,
    /// Context keys of this action.
    #[serde(default)]
    pub context: ContextMap,
    /// Whether a KMS grant allows it (EV-34).
    #[serde(default)]
    pub grant_allows: bool,
}

impl DependentMap {
    /// The actions as written.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(action, _)| action.as_str())
    }

    /// What is said of an action, once for each of its resources; `None` if nothing is.
    #[must_use]
    pub fn entries_of(&self, action: &str) -> Option<&[DependentDocument]> {
        self.0.iter().find(|(named, _)| named.eq_ignore_ascii_case(action)).map(|(_, entries)| entries.as_slice())
    }
}

impl<'de> Deserialize<'de> for DependentMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor;

        impl<'de> Visitor<'de> for MapVisitor {
            type Value = DependentMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of actions and their resources")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DependentMap, A::Error> {
                let mut dependents = DependentMap::default();
                while let Some(action) = map.next_key::<String>()? {
                    if dependents.entries_of(&action).is_some() {
                        return Err(A::Error::custom(format_args!(
                            "duplicate action `{action}`; write its resources as one list"
                        )));
                    }
                    let entries = map.next_value_seed(Entries { may_be_list: true })?;
                    dependents.0.push((action, entries));
                }
                Ok(dependents)
            }
        }

        deserializer.deserialize_map(MapVisitor)
    }
}

/// Reads what is said of one action: a text, an object, or a list of these.
struct Entries {
    may_be_list: bool,
}

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = Vec<DependentDocument>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<DependentDocument>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ARN of a resource, an object with `resource`")?;
        f.write_str(if self.may_be_list { ", or a list of these" } else { "" })
    }

    fn visit_str<E: serde::de::Error>(self, resource: &str) -> Result<Self::Value, E> {
        Ok(vec![DependentDocument { resource: Some(resource.to_owned()), ..DependentDocument::default() }])
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        DependentDocument::deserialize(MapAccessDeserializer::new(map)).map(|entry| vec![entry])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        if !self.may_be_list {
            return Err(A::Error::custom("a list within a list; write one list"));
        }
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element_seed(Entries { may_be_list: false })? {
            entries.extend(entry);
        }
        if entries.is_empty() {
            return Err(A::Error::custom("an empty list; name a resource, or leave the action out"));
        }
        Ok(entries)
    }
}
