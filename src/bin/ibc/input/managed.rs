//! `--managed DIR`: documents of managed policies that a dump names and does not hold.
//!
//! A file of such a directory is recognised by its content:
//!
//! | content | which policy it is |
//! |---|---|
//! | a policy document | AWS's managed policy of the file's name, without `.json` |
//! | the output of `aws iam get-policy-version` | likewise |
//! | account dumps or pages of them | the policies in them, by ARN |

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use ibc::document::TextFile;
use ibc::iam::arn::Arn;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::account_details::document::Document;
use super::account_details::page::{self, ManagedPolicy, PolicyVersion};
use super::definitions::conflict;
use super::files::{self, Candidate, Shape};
use super::{display_name, place, read_text};

/// The documents by what tells them apart.
#[derive(Debug, Default)]
pub(super) struct ManagedPolicies<'a> {
    by_arn: HashMap<String, Document<'a>>,
    /// Policies of AWS, whose names are unique whatever their path.
    by_name: HashMap<String, Document<'a>>,
}

/// The output of `aws iam get-policy-version`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyVersionOutput<'a> {
    #[serde(borrow)]
    policy_version: PolicyVersion<'a>,
}

/// Reads every file of the directories that may hold a policy.
pub(super) fn read_files(directories: &[PathBuf]) -> Result<Vec<TextFile>, Box<dyn Error>> {
    let mut texts = Vec::new();
    for directory in directories {
        for path in files::files_below(directory)? {
            if files::candidate(&path)? == Candidate::Document {
                let text = read_text(&path)?;
                texts.push(TextFile::new(display_name(&path), files::without_byte_order_mark(&text)));
            }
        }
    }
    Ok(texts)
}

impl<'a> ManagedPolicies<'a> {
    /// Tells which policies the files hold.
    pub(super) fn index(files: &'a [TextFile], problems: &mut Vec<String>) -> ManagedPolicies<'a> {
        let mut policies = ManagedPolicies::default();
        for file in files {
            if let Err(error) = policies.add_file(file, problems) {
                problems.push(error.to_string());
            }
        }
        policies
    }

    fn add_file(&mut self, file: &'a TextFile, problems: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
        if files::shape_of(file.text()) == Shape::AccountDetails {
            for (_, page) in page::pages(file)? {
                for raw in page.policies() {
                    let policy: ManagedPolicy<'_> = page::entry(file, raw)?;
                    let document = policy.document().map_err(|message| format!("{}: {message}", place(file, raw.get())))?;
                    insert(&mut self.by_arn, &policy.arn, Document { file, text: document.get() }, problems);
                }
            }
            return Ok(());
        }
        let document = match serde_json::from_str::<&RawValue>(file.text()) {
            Ok(raw) if files::member_names(raw.get()).is_some_and(|names| names.iter().any(|name| name == "PolicyVersion")) => {
                let output: PolicyVersionOutput<'_> = page::entry(file, raw)?;
                if !output.policy_version.is_default_version {
                    let message = "this version is not the default one; fetch the version in force";
                    return Err(file.error_at(raw.get(), message).into());
                }
                output.policy_version.document.get()
            }
            // Whatever else it is, the policy parser tells, if the policy of this name is wanted.
            Ok(raw) => raw.get(),
            Err(_) => file.text(),
        };
        let Some(name) = Path::new(file.name()).file_name().and_then(|name| name.to_str()) else { return Ok(()) };
        let name = name.strip_suffix(".json").unwrap_or(name);
        insert(&mut self.by_name, name, Document { file, text: document }, problems);
        Ok(())
    }

    /// The document of a policy.
    ///
    /// A name alone tells only AWS's policies: one of a customer can have the same name and say something else.
    pub(super) fn find(&self, arn: &str) -> Option<Document<'a>> {
        let by_name = || {
            let arn = Arn::parse(arn).filter(|arn| arn.account == "aws")?;
            self.by_name.get(arn.resource.rsplit('/').next()?)
        };
        self.by_arn.get(arn).or_else(by_name).copied()
    }
}

fn insert<'a>(map: &mut HashMap<String, Document<'a>>, name: &str, document: Document<'a>, problems: &mut Vec<String>) {
    match map.get(name) {
        Some(earlier) if !earlier.says_the_same_as(&document) => {
            problems.push(conflict("policy", name, &document.place(), &earlier.place()));
        }
        Some(_) => {}
        None => drop(map.insert(name.to_owned(), document)),
    }
}
