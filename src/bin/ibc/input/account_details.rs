//! The output of `aws iam get-account-authorization-details`: users, groups, roles, and their policies (semantics 6.14).

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::value::RawValue;

use ibc::bundle::{Boundary, PolicyId, PolicyIds, ResourceEntry};
use ibc::document::TextFile;
use ibc::iam::PolicyKind;

use super::{Reader, display_name};

/// One dump, or one page of it.
#[derive(Debug)]
pub struct AccountDetails {
    pub path: PathBuf,
    pub text: String,
}

/// The members that matter; AWS may add others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow, default)]
    user_detail_list: Vec<User<'a>>,
    #[serde(borrow, default)]
    group_detail_list: Vec<Group<'a>>,
    #[serde(borrow, default)]
    role_detail_list: Vec<Role<'a>>,
    #[serde(borrow, default)]
    policies: Vec<ManagedPolicy<'a>>,
    #[serde(default)]
    is_truncated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User<'a> {
    arn: String,
    user_id: String,
    #[serde(borrow, default)]
    user_policy_list: Vec<InlinePolicy<'a>>,
    #[serde(default)]
    group_list: Vec<String>,
    #[serde(default)]
    attached_managed_policies: Vec<AttachedPolicy>,
    permissions_boundary: Option<PermissionsBoundary>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Group<'a> {
    arn: String,
    group_name: String,
    #[serde(borrow, default)]
    group_policy_list: Vec<InlinePolicy<'a>>,
    #[serde(default)]
    attached_managed_policies: Vec<AttachedPolicy>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role<'a> {
    arn: String,
    role_id: String,
    #[serde(borrow)]
    assume_role_policy_document: Option<&'a RawValue>,
    #[serde(borrow, default)]
    role_policy_list: Vec<InlinePolicy<'a>>,
    #[serde(default)]
    attached_managed_policies: Vec<AttachedPolicy>,
    permissions_boundary: Option<PermissionsBoundary>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InlinePolicy<'a> {
    policy_name: String,
    #[serde(borrow)]
    policy_document: &'a RawValue,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicy {
    policy_arn: String,
}

/// Its `PermissionsBoundaryType` has two spellings and says nothing (D-31).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PermissionsBoundary {
    permissions_boundary_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedPolicy<'a> {
    arn: String,
    #[serde(borrow, default)]
    policy_version_list: Vec<PolicyVersion<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyVersion<'a> {
    #[serde(borrow)]
    document: &'a RawValue,
    is_default_version: bool,
}

impl Reader {
    /// Resolves the dumps together: sections may come in pages, and one dump may name what another holds (EV-62).
    pub(super) fn read_account_details(&mut self) -> Result<(), Box<dyn Error>> {
        let files: Vec<TextFile> =
            std::mem::take(&mut self.dumps).into_iter().map(|dump| TextFile::new(display_name(&dump.path), dump.text)).collect();
        let mut pages = Vec::with_capacity(files.len());
        for file in &files {
            let page: Page<'_> = serde_json::from_str(file.text()).map_err(|error| file.json_error(&error))?;
            pages.push((file, page));
        }
        if !pages.is_empty() && pages.iter().all(|(_, page)| page.is_truncated) {
            let message = "`IsTruncated` is true and no last page is given; fetch the remaining pages and name them all";
            return Err(format!("{}: {message}", pages[0].0.name()).into());
        }
        let mut resolver = Resolver { reader: self, managed: HashMap::new(), groups: HashMap::new(), read: HashMap::new() };
        resolver.collect(&pages);
        for (file, page) in &pages {
            resolver.attach(file, page);
        }
        Ok(())
    }
}

/// Knows managed policies by ARN and groups by account and name.
struct Resolver<'r, 'a> {
    reader: &'r mut Reader,
    managed: HashMap<&'a str, (&'a TextFile, &'a RawValue)>,
    groups: HashMap<(&'a str, &'a str), (&'a TextFile, &'a Group<'a>)>,
    /// Documents that were read already: their address in the text, and as what.
    read: HashMap<(*const u8, PolicyKind), Option<PolicyId>>,
}

impl<'a> Resolver<'_, 'a> {
    fn collect(&mut self, pages: &'a [(&'a TextFile, Page<'a>)]) {
        for (file, page) in pages {
            for policy in &page.policies {
                // EV-61: only the default version is in force.
                if let Some(version) = policy.policy_version_list.iter().find(|version| version.is_default_version) {
                    self.managed.insert(&policy.arn, (file, version.document));
                }
            }
            for group in &page.group_detail_list {
                self.groups.insert((account_of(&group.arn), &group.group_name), (file, group));
            }
        }
    }

    fn attach(&mut self, file: &'a TextFile, page: &'a Page<'a>) {
        for user in &page.user_detail_list {
            let mut identity = self.policies_of(file, &user.arn, &user.user_policy_list, &user.attached_managed_policies);
            for name in &user.group_list {
                match self.groups.get(&(account_of(&user.arn), name.as_str())).copied() {
                    Some((file, group)) => {
                        let attached = &group.attached_managed_policies;
                        identity.extend(self.policies_of(file, &group.arn, &group.group_policy_list, attached));
                    }
                    None => self.problem(file, &user.arn, &format!("is in the group `{name}`, which the dump does not hold")),
                }
            }
            self.add_principal(file, &user.arn, &user.user_id, identity, user.permissions_boundary.as_ref(), &user.tags);
        }
        for role in &page.role_detail_list {
            let identity = self.policies_of(file, &role.arn, &role.role_policy_list, &role.attached_managed_policies);
            self.add_principal(file, &role.arn, &role.role_id, identity, role.permissions_boundary.as_ref(), &role.tags);
            let trust = role.assume_role_policy_document;
            if let Some(policy) = trust.and_then(|document| self.document(file, &role.arn, document, PolicyKind::Trust)) {
                self.reader.inputs.loaded.bundle.resources.push(ResourceEntry { pattern: role.arn.clone(), policy });
            }
        }
    }

    /// Inline and attached policies of one entity.
    fn policies_of(
        &mut self,
        file: &'a TextFile,
        owner: &str,
        inline: &[InlinePolicy<'a>],
        attached: &[AttachedPolicy],
    ) -> PolicyIds {
        let mut policies = PolicyIds::new();
        for policy in inline {
            let name = format!("{owner}/{}", policy.policy_name);
            policies.extend(self.document(file, &name, policy.policy_document, PolicyKind::Identity));
        }
        for AttachedPolicy { policy_arn } in attached {
            match self.managed.get(policy_arn.as_str()).copied() {
                Some((file, document)) => policies.extend(self.document(file, policy_arn, document, PolicyKind::Identity)),
                // EV-62: leaving out a policy that may deny would open access.
                None => self.problem(file, owner, &format!("has the policy `{policy_arn}`, which the dump does not hold")),
            }
        }
        policies
    }

    fn add_principal(
        &mut self,
        file: &'a TextFile,
        arn: &str,
        unique_id: &str,
        identity: PolicyIds,
        boundary: Option<&PermissionsBoundary>,
        tags: &[Tag],
    ) {
        let boundary = boundary.map(|boundary| self.boundary(file, arn, &boundary.permissions_boundary_arn));
        let entry = self.reader.principal(arn);
        entry.unique_id.get_or_insert_with(|| unique_id.to_owned());
        entry.attachment.identity.extend(identity);
        if entry.attachment.boundary.is_none() {
            entry.attachment.boundary = boundary;
        }
        for tag in tags {
            // What a manifest says about the principal is newer than the dump.
            if !entry.tags.iter().any(|(key, _)| ibc::iam::fold::eq_fold(key, &tag.key)) {
                entry.tags.push((tag.key.clone(), tag.value.clone()));
            }
        }
    }

    fn boundary(&mut self, file: &'a TextFile, owner: &str, arn: &str) -> Boundary {
        match self.managed.get(arn).copied() {
            Some((file, document)) => {
                self.document(file, arn, document, PolicyKind::Boundary).map_or(Boundary::Unresolved, Boundary::Policy)
            }
            None => {
                let name = file.name();
                let note = format!("{name}: {owner} has the boundary `{arn}`, which the dump does not hold: it allows nothing");
                self.reader.inputs.notes.push(note);
                Boundary::Unresolved
            }
        }
    }

    /// Reads a document: an object, JSON text, or percent-encoded JSON text (EV-60).
    fn document(&mut self, file: &TextFile, name: &str, document: &RawValue, kind: PolicyKind) -> Option<PolicyId> {
        let key = (document.get().as_ptr(), kind);
        if let Some(&policy) = self.read.get(&key) {
            return policy;
        }
        let sources = &mut self.reader.inputs.loaded.sources;
        let source = match serde_json::from_str::<Cow<'_, str>>(document.get()) {
            Ok(text) => sources.add(format!("{}, {name}", file.name()), percent_decoded(&text)),
            Err(_) => sources.add_excerpt(file.name(), document.get(), file.position(document.get())),
        };
        let policy = self.reader.add_policy(name.to_owned(), source, kind);
        self.read.insert(key, policy);
        policy
    }

    fn problem(&mut self, file: &TextFile, owner: &str, what: &str) {
        let help = "make the dump without `--filter`, or add the missing sections";
        self.reader.inputs.problems.push(format!("{}: {owner} {what}; {help}", file.name()));
    }
}

/// The account in an ARN.
fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// Percent-encoded text decoded, other text as it is. JSON text never begins with `%`.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.starts_with('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(decoded.unwrap_or(*first));
        rest = &tail[if decoded.is_some() { 2 } else { 0 }..];
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => Cow::Owned(decoded),
        Err(_) => Cow::Borrowed(text),
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_once() {
        for (text, decoded) in [
            ("%7B%22a%22%3A%20%22100%2525%22%7D", r#"{"a": "100%25"}"#),
            (r#"{"a%20": 1}"#, r#"{"a%20": 1}"#),
            ("%", "%"),
            ("%7g", "%7g"),
        ] {
            assert_eq!(percent_decoded(text), decoded);
        }
    }
}
