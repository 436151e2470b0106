//! From the names in dumps to policies, principals and resources.

use std::collections::HashMap;
use std::error::Error;

use ibc::bundle::{Attachment, Boundary, PolicyId, PolicyIds, PrincipalEntry, ResourceEntry};
use ibc::document::TextFile;
use ibc::iam::PolicyKind;

use super::document::Document;
use super::missing::MissingPolicies;
use super::page::{AttachedPolicy, Group, InlinePolicy, PermissionsBoundary, Tag};
use super::{Entries, Entry, account_of};
use crate::input::definitions::conflict;
use crate::input::managed::{self, ManagedPolicies};
use crate::input::{Reader, ambiguous_tag, place};

impl Reader {
    /// Adds every user and role with its policies, and the trust policies.
    pub(super) fn resolve(&mut self, entries: &Entries<'_>) -> Result<(), Box<dyn Error>> {
        let documents = self.managed_documents(entries);
        let lacks_some = entries.attached_arns().any(|arn| !documents.contains_key(arn));
        let files = if lacks_some { managed::read_files(&self.managed)? } else { Vec::new() };
        let managed = ManagedPolicies::index(&files, &mut self.inputs.problems);
        let groups = self.groups(entries);
        let (read, missing) = (HashMap::new(), MissingPolicies::default());
        let mut resolver = Resolver { reader: self, documents, managed, groups, read, missing };
        resolver.attach(entries);
        let Resolver { missing, .. } = resolver;
        let has_directories = !self.managed.is_empty();
        self.inputs.problems.extend(missing.messages(has_directories));
        Ok(())
    }

    /// The documents of managed policies by ARN; `None` where the entry is wrong, which is reported here.
    fn managed_documents<'a>(&mut self, entries: &'a Entries<'a>) -> HashMap<&'a str, Option<Document<'a>>> {
        let mut documents: HashMap<&str, Option<Document<'_>>> = HashMap::new();
        for entry in &entries.policies {
            let found = match entry.value.document() {
                Ok(raw) => Some(Document { file: entry.file, text: raw.get() }),
                Err(message) => {
                    self.inputs.problems.push(format!("{}: {message}", entry.place()));
                    None
                }
            };
            let arn = entry.value.arn.as_str();
            // A policy of AWS is in the dump of every account that uses it.
            let known = *documents.entry(arn).or_insert(found);
            if let (Some(known), Some(found)) = (known, found)
                && !known.says_the_same_as(&found)
            {
                self.inputs.problems.push(conflict("policy", arn, &found.place(), &known.place()));
            }
        }
        documents
    }

    /// The groups by account and name.
    fn groups<'a>(&mut self, entries: &'a Entries<'a>) -> Groups<'a> {
        let mut groups = Groups::new();
        for entry in &entries.groups {
            let key = (account_of(&entry.value.arn), entry.value.group_name.as_str());
            match groups.get(&key) {
                Some(earlier) if !earlier.value.says_the_same_as(&entry.value) => {
                    self.inputs.problems.push(conflict("group", &entry.value.arn, &entry.place(), &earlier.place()));
                }
                Some(_) => {}
                None => drop(groups.insert(key, entry)),
            }
        }
        groups
    }
}

type Groups<'a> = HashMap<(&'a str, &'a str), &'a Entry<'a, Group<'a>>>;

impl Entries<'_> {
    /// The ARNs of all policies that are attached to somebody.
    fn attached_arns(&self) -> impl Iterator<Item = &str> {
        let of_users = self.users.iter().map(|user| (&user.value.attached_managed_policies, &user.value.permissions_boundary));
        let of_roles = self.roles.iter().map(|role| (&role.value.attached_managed_policies, &role.value.permissions_boundary));
        let of_groups = self.groups.iter().map(|group| (&group.value.attached_managed_policies, &None));
        of_users.chain(of_roles).chain(of_groups).flat_map(|(attached, boundary)| {
            let boundary = boundary.iter().map(|boundary| &*boundary.permissions_boundary_arn);
            attached.iter().map(|policy| &*policy.policy_arn).chain(boundary)
        })
    }
}

impl Group<'_> {
    fn says_the_same_as(&self, other: &Group<'_>) -> bool {
        let inline = |group: &Group<'_>| -> Vec<(String, String)> {
            let texts = group.group_policy_list.iter();
            let mut texts: Vec<_> = texts.map(|p| (p.policy_name.clone(), p.policy_document.get().to_owned())).collect();
            texts.sort_unstable();
            texts
        };
        let attached = |group: &Group<'_>| -> Vec<String> {
            let mut arns: Vec<_> = group.attached_managed_policies.iter().map(|policy| policy.policy_arn.clone()).collect();
            arns.sort_unstable();
            arns
        };
        self.arn == other.arn && inline(self) == inline(other) && attached(self) == attached(other)
    }
}

/// Attaches policies.
struct Resolver<'r, 'a> {
    reader: &'r mut Reader,
    /// Managed policies of the dumps; `None` is wrong, and was reported.
    documents: HashMap<&'a str, Option<Document<'a>>>,
    /// Those of `--managed`.
    managed: ManagedPolicies<'a>,
    groups: Groups<'a>,
    /// Documents that were read already: their address in the text, and as what.
    read: HashMap<(*const u8, PolicyKind), Option<PolicyId>>,
    missing: MissingPolicies<'a>,
}

/// Who carries policies.
#[derive(Clone, Copy)]
struct Carrier<'a> {
    arn: &'a str,
    file: &'a TextFile,
    /// Its entry in the dump.
    text: &'a str,
}

impl<'a, T> Entry<'a, T> {
    fn carrier(&'a self, arn: &'a str) -> Carrier<'a> {
        Carrier { arn, file: self.file, text: self.text }
    }
}

impl<'a> Resolver<'_, 'a> {
    fn attach(&mut self, entries: &'a Entries<'a>) {
        // The policies of a group are those of its members (EV-1).
        let of_groups: HashMap<*const Group<'a>, PolicyIds> = entries
            .groups
            .iter()
            .map(|group| {
                let value = &group.value;
                let policies =
                    self.policies(group.carrier(&value.arn), &value.group_policy_list, &value.attached_managed_policies);
                (std::ptr::from_ref(value), policies)
            })
            .collect();
        for user in &entries.users {
            let (carrier, value) = (user.carrier(&user.value.arn), &user.value);
            let mut identity = self.policies(carrier, &value.user_policy_list, &value.attached_managed_policies);
            for name in &value.group_list {
                match self.groups.get(&(account_of(&value.arn), name.as_str())) {
                    Some(group) => identity.extend(&of_groups[&std::ptr::from_ref(&group.value)]),
                    None => self.problem(carrier, &format!("is in the group `{name}`, which is not in the dump")),
                }
            }
            self.add_principal(carrier, &value.user_id, identity, value.permissions_boundary.as_ref(), &value.tags);
        }
        for role in &entries.roles {
            let (carrier, value) = (role.carrier(&role.value.arn), &role.value);
            let identity = self.policies(carrier, &value.role_policy_list, &value.attached_managed_policies);
            self.add_principal(carrier, &value.role_id, identity, value.permissions_boundary.as_ref(), &value.tags);
            let trust = Document { file: role.file, text: value.assume_role_policy_document.get() };
            if let Some(policy) = self.read(trust, &value.arn, PolicyKind::Trust) {
                let entry = ResourceEntry { pattern: value.arn.clone(), policy };
                self.reader.add_resource(entry, trust.place());
            }
        }
    }

    /// Inline and attached policies.
    fn policies(&mut self, carrier: Carrier<'a>, inline: &'a [InlinePolicy<'a>], attached: &'a [AttachedPolicy]) -> PolicyIds {
        let mut policies = PolicyIds::new();
        for policy in inline {
            let name = format!("{}/{}", carrier.arn, policy.policy_name);
            let document = Document { file: carrier.file, text: policy.policy_document.get() };
            policies.extend(self.read(document, &name, PolicyKind::Identity));
        }
        for AttachedPolicy { policy_arn } in attached {
            match self.managed_document(policy_arn) {
                Some(Some(document)) => policies.extend(self.read(document, policy_arn, PolicyKind::Identity)),
                Some(None) => {}
                None => self.missing.add(policy_arn, carrier.arn, || place(carrier.file, carrier.text)),
            }
        }
        policies
    }

    /// The document of a managed policy; `Some(None)` if it was reported as wrong.
    fn managed_document(&self, arn: &str) -> Option<Option<Document<'a>>> {
        self.documents.get(arn).copied().or_else(|| self.managed.find(arn).map(Some))
    }

    fn add_principal(
        &mut self,
        carrier: Carrier<'a>,
        unique_id: &str,
        mut identity: PolicyIds,
        boundary: Option<&'a PermissionsBoundary>,
        tags: &[Tag],
    ) {
        identity.sort_unstable();
        identity.dedup();
        let boundary = boundary.map(|boundary| self.boundary(carrier, &boundary.permissions_boundary_arn));
        let tags: Vec<(String, String)> = tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        if let Some(key) = ambiguous_tag(&tags) {
            self.problem(carrier, &format!("has the tag `{key}` twice, perhaps in another letter case"));
        }
        let attachment = Attachment { identity, boundary };
        let entry = PrincipalEntry { arn: carrier.arn.to_owned(), unique_id: Some(unique_id.to_owned()), attachment, tags };
        self.reader.add_principal(entry, place(carrier.file, carrier.text));
    }

    fn boundary(&mut self, carrier: Carrier<'a>, arn: &'a str) -> Boundary {
        let Some(document) = self.managed_document(arn) else {
            self.missing.add(arn, format!("{} as its boundary", carrier.arn), || place(carrier.file, carrier.text));
            return Boundary::Unresolved;
        };
        let policy = document.and_then(|document| self.read(document, arn, PolicyKind::Boundary));
        policy.map_or(Boundary::Unresolved, Boundary::Policy)
    }

    /// Reads a document as one policy, which is called `name` in answers.
    fn read(&mut self, document: Document<'a>, name: &str, kind: PolicyKind) -> Option<PolicyId> {
        let key = (document.text.as_ptr(), kind);
        if let Some(&policy) = self.read.get(&key) {
            return policy;
        }
        let (file, text) = (document.file, document.text);
        let sources = &mut self.reader.inputs.loaded.sources;
        let (line, column) = file.position(text);
        let source = match document.decoded() {
            // Lines and columns count from the beginning of the decoded text.
            Some(decoded) => sources.add(format!("{}:{line}, {name}", file.name()), decoded),
            None => sources.add_excerpt(file.name(), text, (line, column)),
        };
        let policy = self.reader.add_policy(name.to_owned(), source, kind);
        self.read.insert(key, policy);
        policy
    }

    fn problem(&mut self, carrier: Carrier<'_>, what: &str) {
        let place = place(carrier.file, carrier.text);
        let help = "give the output of the command as it is, made without `--filter`";
        self.reader.inputs.problems.push(format!("{place}: {} {what}; {help}", carrier.arn));
    }
}
