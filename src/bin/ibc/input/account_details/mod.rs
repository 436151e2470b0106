//! The output of `aws iam get-account-authorization-details`: users, groups, roles, and their policies (semantics 6.14).
//!
//! Reading order: [`page`] (the shapes) → [`document`] (how policy documents are written) → this file (all pages together)
//! → [`completeness`] (is the last page there) → [`resolver`] (from names to policies) → [`missing`] (what has no document).

mod completeness;
pub(super) mod document;
mod missing;
pub(super) mod page;
mod resolver;

use std::error::Error;

use ibc::document::TextFile;
use ibc::iam::arn::{Arn, is_account_id};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Reader, place};
use completeness::Completeness;
use page::{Group, ManagedPolicy, Page, Role, User};

/// A file with one dump, some of its pages, or several dumps.
#[derive(Debug)]
pub(super) struct AccountDetails {
    pub(super) file: TextFile,
    /// The account that a manifest says it is of.
    pub(super) account: Option<String>,
}

/// An entry of one of the lists.
#[derive(Debug)]
struct Entry<'a, T> {
    file: &'a TextFile,
    /// The entry's text, a slice of the file's.
    text: &'a str,
    value: T,
}

impl<T> Entry<'_, T> {
    /// File, line and column.
    fn place(&self) -> String {
        place(self.file, self.text)
    }
}

/// The entries of the lists.
#[derive(Debug, Default)]
struct Entries<'a> {
    users: Vec<Entry<'a, User<'a>>>,
    groups: Vec<Entry<'a, Group<'a>>>,
    roles: Vec<Entry<'a, Role<'a>>>,
    policies: Vec<Entry<'a, ManagedPolicy<'a>>>,
}

impl Reader {
    /// Resolves the dumps together: sections may come in pages, and one dump may name what another holds (EV-62).
    pub(super) fn read_account_details(&mut self) -> Result<(), Box<dyn Error>> {
        let dumps = std::mem::take(&mut self.dumps);
        let problem_count = self.inputs.problems.len();
        let mut completeness = Completeness::default();
        let mut entries = Entries::default();
        for dump in &dumps {
            for (text, page) in page::pages(&dump.file)? {
                let mut of_page = Entries::read(&dump.file, &page, &mut self.inputs.problems);
                let account = of_page.account();
                completeness.add(account, page.is_truncated(), || place(&dump.file, text));
                if let (Some(declared), Some(found)) = (dump.account.as_deref(), account)
                    && declared != found
                {
                    let message = format!("this dump is of account {found}, but the manifest gives it to account {declared}");
                    self.inputs.problems.push(format!("{}: {message}; correct one of the two", place(&dump.file, text)));
                }
                entries.append(&mut of_page);
            }
        }
        self.inputs.problems.extend(completeness.problem());
        // Entries that were not read would be missed by others, which is nobody's mistake.
        match self.inputs.problems.len() > problem_count {
            true => Ok(()),
            false => self.resolve(&entries),
        }
    }
}

impl<'a> Entries<'a> {
    fn read(file: &'a TextFile, page: &Page<'a>, problems: &mut Vec<String>) -> Entries<'a> {
        Entries {
            users: read_list(file, page.users(), problems),
            groups: read_list(file, page.groups(), problems),
            roles: read_list(file, page.roles(), problems),
            policies: read_list(file, page.policies(), problems),
        }
    }

    fn append(&mut self, other: &mut Entries<'a>) {
        self.users.append(&mut other.users);
        self.groups.append(&mut other.groups);
        self.roles.append(&mut other.roles);
        self.policies.append(&mut other.policies);
    }

    /// The account that the entries are of; `None` if AWS's policies are all there is (EV-64).
    fn account(&self) -> Option<&str> {
        let users = self.users.iter().map(|user| &user.value.arn);
        let groups = self.groups.iter().map(|group| &group.value.arn);
        let roles = self.roles.iter().map(|role| &role.value.arn);
        let policies = self.policies.iter().map(|policy| &policy.value.arn);
        let mut arns = users.chain(groups).chain(roles).chain(policies);
        arns.find_map(|arn| Arn::parse(arn)?.account_id())
    }
}

fn read_list<'a, T: Named + Deserialize<'a>>(
    file: &'a TextFile,
    list: &[&'a RawValue],
    problems: &mut Vec<String>,
) -> Vec<Entry<'a, T>> {
    let mut entries = Vec::with_capacity(list.len());
    for raw in list {
        match page::entry::<T>(file, raw) {
            Ok(value) if is_iam_arn(value.arn(), T::KIND) => entries.push(Entry { file, text: raw.get(), value }),
            Ok(value) => {
                let message = format!("`{}` is not the ARN of a {}", value.arn(), T::KIND);
                problems.push(format!("{}: {message}; give the output of the command as it is", place(file, raw.get())));
            }
            Err(error) => problems.push(error.to_string()),
        }
    }
    entries
}

/// An entry that has an ARN.
trait Named {
    /// What the resource part of its ARN begins with.
    const KIND: &'static str;

    fn arn(&self) -> &str;
}

impl Named for User<'_> {
    const KIND: &'static str = "user";

    fn arn(&self) -> &str {
        &self.arn
    }
}

impl Named for Group<'_> {
    const KIND: &'static str = "group";

    fn arn(&self) -> &str {
        &self.arn
    }
}

impl Named for Role<'_> {
    const KIND: &'static str = "role";

    fn arn(&self) -> &str {
        &self.arn
    }
}

impl Named for ManagedPolicy<'_> {
    const KIND: &'static str = "policy";

    fn arn(&self) -> &str {
        &self.arn
    }
}

/// Whether this is the ARN of an IAM resource of this kind; policies may be AWS's own.
fn is_iam_arn(text: &str, kind: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        let name = arn.resource.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'));
        let has_owner = is_account_id(arn.account) || (kind == "policy" && arn.account == "aws");
        arn.service == "iam" && has_owner && name.is_some_and(|name| !name.is_empty())
    })
}

/// The account in an ARN.
fn account_of(arn: &str) -> &str {
    Arn::parse(arn).map_or("", |arn| arn.account)
}
