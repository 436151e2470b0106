//! The shapes of a dump: pages, and the entries of their lists (semantics 6.14).
//!
//! The members that matter are read; AWS may add others. Lists may be absent where AWS leaves out empty ones.

use std::error::Error;

use ibc::document::{InputError, TextFile};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// One page; the entries of its lists are not read yet, so that a mistake in one hides no other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::input) struct Page<'a> {
    #[serde(borrow)]
    user_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    group_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    role_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    policies: Option<Vec<&'a RawValue>>,
    is_truncated: Option<bool>,
    /// Where the next page begins, as the service says it.
    marker: Option<IgnoredAny>,
    /// The same as the command line program says it after `--max-items`.
    next_token: Option<IgnoredAny>,
}

impl<'a> Page<'a> {
    /// Whether the service has more to say.
    pub(super) fn is_truncated(&self) -> bool {
        self.is_truncated.unwrap_or(self.marker.is_some()) || self.next_token.is_some()
    }

    pub(super) fn users(&self) -> &[&'a RawValue] {
        self.user_detail_list.as_deref().unwrap_or_default()
    }

    pub(super) fn groups(&self) -> &[&'a RawValue] {
        self.group_detail_list.as_deref().unwrap_or_default()
    }

    pub(super) fn roles(&self) -> &[&'a RawValue] {
        self.role_detail_list.as_deref().unwrap_or_default()
    }

    pub(in crate::input) fn policies(&self) -> &[&'a RawValue] {
        self.policies.as_deref().unwrap_or_default()
    }

    fn is_one(&self) -> bool {
        [&self.user_detail_list, &self.group_detail_list, &self.role_detail_list, &self.policies]
            .iter()
            .any(|list| list.is_some())
    }
}

/// The pages of a file: one object, several one after the other, or a list of them.
pub(in crate::input) fn pages(file: &TextFile) -> Result<Vec<(&str, Page<'_>)>, Box<dyn Error>> {
    let mut pages = Vec::new();
    for value in Deserializer::from_str(file.text()).into_iter::<&RawValue>() {
        let value = value.map_err(|error| match error.is_eof() {
            true => format!("{}; the dump was cut short, make it again", file.json_error(&error)),
            false => file.json_error(&error).to_string(),
        })?;
        let objects = match value.get().starts_with('[') {
            true => entry::<Vec<&RawValue>>(file, value)?,
            false => vec![value],
        };
        for object in objects {
            let page: Page<'_> = entry(file, object)?;
            if !page.is_one() {
                let message = "this is no page of an account dump; name other documents on their own";
                return Err(file.error_at(object.get(), message).into());
            }
            pages.push((object.get(), page));
        }
    }
    Ok(pages)
}

/// Reads one entry of a list. An absent member is an error at the beginning of its object.
pub(in crate::input) fn entry<'a, T: Deserialize<'a>>(file: &TextFile, raw: &'a RawValue) -> Result<T, InputError> {
    let text = raw.get();
    serde_json::from_str(text).map_err(|error| {
        let error = file.json_error_in(text, &error);
        match error.message().strip_prefix("missing field ") {
            Some(member) => {
                file.error_at(text, format!("missing member {member}; give the output of the command as it is, or make it again"))
            }
            None => error,
        }
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User<'a> {
    pub(super) arn: String,
    pub(super) user_id: String,
    #[serde(borrow, default)]
    pub(super) user_policy_list: Vec<InlinePolicy<'a>>,
    #[serde(default)]
    pub(super) group_list: Vec<String>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<AttachedPolicy>,
    pub(super) permissions_boundary: Option<PermissionsBoundary>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Group<'a> {
    pub(super) arn: String,
    pub(super) group_name: String,
    #[serde(borrow, default)]
    pub(super) group_policy_list: Vec<InlinePolicy<'a>>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<AttachedPolicy>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Role<'a> {
    pub(super) arn: String,
    pub(super) role_id: String,
    #[serde(borrow)]
    pub(super) assume_role_policy_document: &'a RawValue,
    #[serde(borrow, default)]
    pub(super) role_policy_list: Vec<InlinePolicy<'a>>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<AttachedPolicy>,
    pub(super) permissions_boundary: Option<PermissionsBoundary>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InlinePolicy<'a> {
    pub(super) policy_name: String,
    #[serde(borrow)]
    pub(super) policy_document: &'a RawValue,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedPolicy {
    pub(super) policy_arn: String,
}

/// Its `PermissionsBoundaryType` has two spellings and says nothing (D-31).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PermissionsBoundary {
    pub(super) permissions_boundary_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::input) struct ManagedPolicy<'a> {
    pub(in crate::input) arn: String,
    default_version_id: Option<String>,
    #[serde(borrow)]
    policy_version_list: Vec<PolicyVersion<'a>>,
}

/// Also what `get-policy-version` gives.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::input) struct PolicyVersion<'a> {
    #[serde(borrow)]
    pub(in crate::input) document: &'a RawValue,
    version_id: Option<String>,
    pub(in crate::input) is_default_version: bool,
}

impl<'a> ManagedPolicy<'a> {
    /// The document of the version in force (EV-61), or why none can be told.
    pub(in crate::input) fn document(&self) -> Result<&'a RawValue, String> {
        let arn = &self.arn;
        let mut defaults = self.policy_version_list.iter().filter(|version| version.is_default_version);
        let Some(version) = defaults.next() else {
            return Err(format!("no version of `{arn}` has `IsDefaultVersion` true; make the dump again"));
        };
        if defaults.next().is_some() {
            return Err(format!("two versions of `{arn}` have `IsDefaultVersion` true; keep it for the one in force"));
        }
        match &self.default_version_id {
            Some(id) if version.version_id.as_ref() != Some(id) => {
                let other = version.version_id.as_deref().unwrap_or("without id");
                Err(format!(
                    "the default version of `{arn}` is `{id}`, but the version with `IsDefaultVersion` true is `{other}`; \
                     correct one of the two"
                ))
            }
            _ => Ok(version.document),
        }
    }
}
