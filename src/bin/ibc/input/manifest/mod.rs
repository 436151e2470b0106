//! The manifest: says what is attached to which principal, account, resource and endpoint.

mod section;

use std::error::Error;
use std::path::{Path, PathBuf};

use ibc::bundle::{
    AccountEntry, Attachment, Boundary, EndpointEntry, Guardrails, PolicyId, PolicyIds, PrincipalEntry, ResourceEntry,
};
use ibc::document::TextFile;
use ibc::iam::{PolicyKind, Principal, PrincipalKind, arn::Arn, arn::is_account_id};

use super::files::Shape;
use super::{Reader, ambiguous_tag, display_name, files, find_files, place, read_text};
use section::{AccountSection, EndpointSection, Placed, PrincipalSection, ResourceSection};

impl Reader {
    pub(super) fn read_manifest(&mut self, path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
        let file = TextFile::new(display_name(path), files::without_byte_order_mark(text));
        let sections = section::parse(&file)?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut reader = ManifestReader { reader: self, file: &file, directory };
        let mut errors = Vec::new();
        errors.extend(sections.principal.iter().filter_map(|section| reader.attach_principal(section).err()));
        errors.extend(sections.account.iter().filter_map(|section| reader.attach_account(section).err()));
        errors.extend(sections.resource.iter().filter_map(|section| reader.attach_resource(section).err()));
        errors.extend(sections.endpoint.iter().filter_map(|section| reader.attach_endpoint(section).err()));
        self.inputs.problems.extend(errors.iter().map(ToString::to_string));
        Ok(())
    }
}

/// Turns the sections into attachments.
struct ManifestReader<'r> {
    reader: &'r mut Reader,
    file: &'r TextFile,
    directory: PathBuf,
}

impl ManifestReader<'_> {
    fn attach_principal(&mut self, placed: &Placed<'_, PrincipalSection>) -> Result<(), Box<dyn Error>> {
        let Placed { section, text } = placed;
        let is_entity = Principal::parse(&section.arn).is_some_and(|principal| {
            let is_role = Arn::parse(&section.arn).is_some_and(|arn| arn.is_role());
            is_role || matches!(principal.kind, PrincipalKind::User | PrincipalKind::Root)
        });
        if !is_entity {
            let message = format!("`{}` is not the ARN of a user, role or root user", section.arn);
            return Err(self.error(text, &section.arn, message));
        }
        let identity = self.policies(text, section.identity.as_slice(), PolicyKind::Identity)?;
        let boundary = match &section.boundary {
            // A boundary that cannot be read is a finding that stops the build (EV-63).
            Some(path) => self.policy(text, path, PolicyKind::Boundary)?.map(Boundary::Policy),
            None => None,
        };
        let tags: Vec<(String, String)> = section.tags.clone().into_iter().collect();
        if let Some(key) = ambiguous_tag(&tags) {
            let message = format!("AmbiguousContextKey: tag `{key}` is given twice, perhaps in another letter case; keep one");
            return Err(self.error(text, key, message));
        }
        let attachment = Attachment { identity, boundary };
        let entry = PrincipalEntry { arn: section.arn.clone(), unique_id: section.unique_id.clone(), attachment, tags };
        self.reader.add_principal(entry, self.place(text, &section.arn));
        Ok(())
    }

    fn attach_account(&mut self, placed: &Placed<'_, AccountSection>) -> Result<(), Box<dyn Error>> {
        let Placed { section, text } = placed;
        if !is_account_id(&section.id) {
            return Err(self.error(text, &section.id, format!("`{}` is not an account id; write its digits", section.id)));
        }
        let guardrails = Guardrails {
            scp: self.levels(text, &section.scp, PolicyKind::Scp)?,
            rcp: self.levels(text, &section.rcp, PolicyKind::Rcp)?,
        };
        let entry = AccountEntry { id: section.id.clone(), management: section.management, guardrails };
        self.reader.add_account(entry, self.place(text, &section.id));
        for path in section.details.as_slice() {
            for file in self.find(text, path)? {
                let details = read_text(&file)?;
                if files::shape_of(&details) != Shape::AccountDetails {
                    // Anything else would be attached to every caller.
                    let message = format!("`{path}` is no output of `aws iam get-account-authorization-details`; name one");
                    return Err(self.error(text, path, message));
                }
                self.reader.add_dump(&file, &details, Some(section.id.clone()));
            }
        }
        Ok(())
    }

    fn attach_resource(&mut self, placed: &Placed<'_, ResourceSection>) -> Result<(), Box<dyn Error>> {
        let Placed { section, text } = placed;
        let arn = Arn::parse(&section.arn);
        if arn.is_none() && !section.arn.contains(['*', '?']) {
            let message = format!("`{}` is no ARN; write one, or a pattern with `*` that matches some", section.arn);
            return Err(self.error(text, &section.arn, message));
        }
        let kind = if arn.is_some_and(|arn| arn.is_role()) { PolicyKind::Trust } else { PolicyKind::Resource };
        if let Some(policy) = self.policy(text, &section.policy, kind)? {
            let entry = ResourceEntry { pattern: section.arn.clone(), policy };
            self.reader.add_resource(entry, self.place(text, &section.arn));
        }
        Ok(())
    }

    fn attach_endpoint(&mut self, placed: &Placed<'_, EndpointSection>) -> Result<(), Box<dyn Error>> {
        let Placed { section, text } = placed;
        let policies = self.policies(text, section.policy.as_slice(), PolicyKind::Endpoint)?;
        self.reader.add_endpoint(EndpointEntry { id: section.id.clone(), policies }, self.place(text, &section.id));
        Ok(())
    }

    fn levels(&mut self, at: &str, levels: &[Vec<String>], kind: PolicyKind) -> Result<Vec<PolicyIds>, Box<dyn Error>> {
        levels.iter().map(|paths| self.policies(at, paths, kind)).collect()
    }

    fn policies(&mut self, at: &str, paths: &[String], kind: PolicyKind) -> Result<PolicyIds, Box<dyn Error>> {
        let mut policies = PolicyIds::new();
        for path in paths {
            for path in self.find(at, path)? {
                policies.extend(self.reader.add_policy_file(&path, kind)?);
            }
        }
        Ok(policies)
    }

    /// The policy of a place that has room for one.
    fn policy(&mut self, at: &str, path: &str, kind: PolicyKind) -> Result<Option<PolicyId>, Box<dyn Error>> {
        match self.find(at, path)?.as_slice() {
            [path] => self.reader.add_policy_file(path, kind),
            paths => Err(self.error(at, path, format!("`{path}` matches {} files; name one", paths.len()))),
        }
    }

    /// The files that a path or glob, relative to the manifest, names.
    fn find(&self, at: &str, path: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
        // Only what the manifest says is a pattern, not where it lies.
        let joined = match path.contains(['*', '?', '[']) && !self.directory.join(path).exists() {
            true => Path::new(&glob::Pattern::escape(&self.directory.to_string_lossy())).join(path),
            false => self.directory.join(path),
        };
        let no_match = |_| self.error(at, path, format!("`{path}` matches no file; paths are relative to the manifest"));
        let files = find_files(&joined.to_string_lossy()).map_err(no_match)?;
        match files.iter().find(|file| !file.is_file()) {
            Some(_) => Err(self.error(at, path, format!("`{path}` is no file; paths are relative to the manifest"))),
            None => Ok(files),
        }
    }

    /// An error at the place where the section that begins at `at` says `value`.
    fn error(&self, at: &str, value: &str, message: String) -> Box<dyn Error> {
        self.file.error_at(find_value(at, value), message).into()
    }

    fn place(&self, at: &str, value: &str) -> String {
        place(self.file, find_value(at, value))
    }
}

/// The text from where `value` stands on, first as a string of its own.
fn find_value<'t>(text: &'t str, value: &str) -> &'t str {
    let quoted = || text.find(&format!("\"{value}\"")).or_else(|| text.find(&format!("'{value}'")));
    quoted().or_else(|| text.find(value)).map_or(text, |at| &text[at..])
}
