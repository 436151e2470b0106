//! The manifest: says what is attached to which principal, account, resource and endpoint (design section 3).

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use ibc::bundle::{AccountEntry, Boundary, EndpointEntry, Guardrails, PolicyIds, ResourceEntry};
use ibc::document::TextFile;
use ibc::iam::fold::eq_fold;
use ibc::iam::{PolicyKind, Principal, PrincipalKind, arn::Arn, arn::is_account_id};

use super::{Reader, display_name, find_files};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(default)]
    principal: Vec<PrincipalSection>,
    #[serde(default)]
    account: Vec<AccountSection>,
    #[serde(default)]
    resource: Vec<ResourceSection>,
    #[serde(default)]
    endpoint: Vec<EndpointSection>,
}

/// A user, role or root user; paths may be globs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PrincipalSection {
    arn: String,
    unique_id: Option<String>,
    #[serde(default)]
    identity: Paths,
    boundary: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

/// An account: its guard rails, one list for each level from the root to the account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountSection {
    id: String,
    #[serde(default)]
    management: bool,
    #[serde(default)]
    scp: Vec<Vec<String>>,
    #[serde(default)]
    rcp: Vec<Vec<String>>,
    details: Option<String>,
}

/// A resource, or the pattern of several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceSection {
    arn: String,
    policy: String,
}

/// A VPC endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointSection {
    id: String,
    policy: Paths,
}

/// One path or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Paths {
    One(String),
    Many(Vec<String>),
}

impl Default for Paths {
    fn default() -> Paths {
        Paths::Many(Vec::new())
    }
}

impl Paths {
    fn as_slice(&self) -> &[String] {
        match self {
            Paths::One(path) => std::slice::from_ref(path),
            Paths::Many(paths) => paths,
        }
    }
}

impl Reader {
    pub(super) fn read_manifest(&mut self, path: &Path, text: String) -> Result<(), Box<dyn Error>> {
        let file = TextFile::new(display_name(path), text);
        let manifest = parse(&file)?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        ManifestReader { reader: self, file: &file, directory }.attach(&manifest)
    }
}

/// A tag key that an earlier one equals when letter case does not matter (TG-6).
fn ambiguous_tag(tags: &[(String, String)]) -> Option<&str> {
    let mut keys = tags.iter().map(|(key, _)| key.as_str()).enumerate();
    keys.find(|(index, key)| tags[..*index].iter().any(|(earlier, _)| eq_fold(earlier, key))).map(|(_, key)| key)
}

fn parse(file: &TextFile) -> Result<Manifest, Box<dyn Error>> {
    let text = file.text();
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| file.json_error(&error).into());
    }
    toml::from_str(text).map_err(|error| {
        let at = error.span().and_then(|span| text.get(span.start..)).unwrap_or(text);
        file.error_at(at, error.message()).into()
    })
}

/// Turns the sections into attachments.
struct ManifestReader<'r> {
    reader: &'r mut Reader,
    file: &'r TextFile,
    directory: PathBuf,
}

impl ManifestReader<'_> {
    fn attach(&mut self, manifest: &Manifest) -> Result<(), Box<dyn Error>> {
        for section in &manifest.principal {
            self.attach_principal(section)?;
        }
        for section in &manifest.account {
            self.attach_account(section)?;
        }
        for section in &manifest.resource {
            let is_role = Arn::parse(&section.arn).is_some_and(|arn| arn.is_role());
            let kind = if is_role { PolicyKind::Trust } else { PolicyKind::Resource };
            if let Some(policy) = self.policy(&section.policy, kind)? {
                self.reader.inputs.loaded.bundle.resources.push(ResourceEntry { pattern: section.arn.clone(), policy });
            }
        }
        for section in &manifest.endpoint {
            let policies = self.policies(section.policy.as_slice(), PolicyKind::Endpoint)?;
            let endpoints = &mut self.reader.inputs.loaded.bundle.endpoints;
            if endpoints.iter().any(|endpoint| endpoint.id == section.id) {
                return Err(self.error(&section.id, format!("endpoint `{}` is named twice; keep one section", section.id)));
            }
            endpoints.push(EndpointEntry { id: section.id.clone(), policies });
        }
        Ok(())
    }

    fn attach_principal(&mut self, section: &PrincipalSection) -> Result<(), Box<dyn Error>> {
        let is_entity = Principal::parse(&section.arn).is_some_and(|principal| {
            let is_role = Arn::parse(&section.arn).is_some_and(|arn| arn.is_role());
            is_role || matches!(principal.kind, PrincipalKind::User | PrincipalKind::Root)
        });
        if !is_entity {
            let message = format!("`{}` is not the ARN of a user, role or root user", section.arn);
            return Err(self.error(&section.arn, message));
        }
        let identity = self.policies(section.identity.as_slice(), PolicyKind::Identity)?;
        let boundary = match &section.boundary {
            Some(path) => self.policy(path, PolicyKind::Boundary)?,
            None => None,
        };
        let entry = self.reader.principal(&section.arn);
        entry.attachment.identity.extend(identity);
        if let Some(policy) = boundary {
            entry.attachment.boundary = Some(Boundary::Policy(policy));
        }
        if section.unique_id.is_some() {
            entry.unique_id.clone_from(&section.unique_id);
        }
        entry.tags.extend(section.tags.clone());
        match ambiguous_tag(&entry.tags).map(str::to_owned) {
            Some(key) => {
                let message =
                    format!("AmbiguousContextKey: tag `{key}` is given twice, perhaps in another letter case; keep one");
                Err(self.error(&key, message))
            }
            None => Ok(()),
        }
    }

    fn attach_account(&mut self, section: &AccountSection) -> Result<(), Box<dyn Error>> {
        if !is_account_id(&section.id) {
            return Err(self.error(&section.id, format!("`{}` is not an account id; write its digits", section.id)));
        }
        if self.reader.inputs.loaded.bundle.accounts.iter().any(|account| account.id == section.id) {
            return Err(self.error(&section.id, format!("account `{}` is named twice; keep one section", section.id)));
        }
        let guardrails =
            Guardrails { scp: self.levels(&section.scp, PolicyKind::Scp)?, rcp: self.levels(&section.rcp, PolicyKind::Rcp)? };
        let entry = AccountEntry { id: section.id.clone(), management: section.management, guardrails };
        self.reader.inputs.loaded.bundle.accounts.push(entry);
        if let Some(details) = &section.details {
            for path in self.find(details)? {
                let text = super::read_text(&path)?;
                self.reader.read_document(&path, text)?;
            }
        }
        Ok(())
    }

    fn levels(&mut self, levels: &[Vec<String>], kind: PolicyKind) -> Result<Vec<PolicyIds>, Box<dyn Error>> {
        levels.iter().map(|paths| self.policies(paths, kind)).collect()
    }

    fn policies(&mut self, paths: &[String], kind: PolicyKind) -> Result<PolicyIds, Box<dyn Error>> {
        let mut policies = PolicyIds::new();
        for path in paths {
            for path in self.find(path)? {
                policies.extend(self.reader.add_policy_file(&path, kind)?);
            }
        }
        Ok(policies)
    }

    /// The policy of a place that has room for one.
    fn policy(&mut self, path: &str, kind: PolicyKind) -> Result<Option<ibc::bundle::PolicyId>, Box<dyn Error>> {
        match self.find(path)?.as_slice() {
            [path] => self.reader.add_policy_file(path, kind),
            paths => Err(self.error(path, format!("`{path}` matches {} files; name one", paths.len()))),
        }
    }

    /// The files that a path or glob, relative to the manifest, names.
    fn find(&self, path: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
        let joined = self.directory.join(path);
        let files = find_files(&joined.to_string_lossy()).map_err(|_| self.error(path, format!("`{path}` matches no file")))?;
        match files.iter().find(|file| !file.is_file()) {
            Some(_) => Err(self.error(path, format!("`{path}` is no file; paths are relative to the manifest"))),
            None => Ok(files),
        }
    }

    /// An error at the place where the manifest says `value`.
    fn error(&self, value: &str, message: String) -> Box<dyn Error> {
        let text = self.file.text();
        let at = text.find(&format!("\"{value}\"")).or_else(|| text.find(value)).unwrap_or(0);
        self.file.error_at(&text[at..], message).into()
    }
}
