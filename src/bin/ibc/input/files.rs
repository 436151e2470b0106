//! Finding and reading files, and telling what they hold.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ibc::{Artifact, syntax};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::bytes::Bytes;

/// The files that an argument names: itself, or what the glob matches.
pub fn find_files(pattern: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    if !pattern.contains(['*', '?', '[']) || Path::new(pattern).exists() {
        return Ok(vec![PathBuf::from(pattern)]);
    }
    let paths = glob::glob(pattern).map_err(|error| format!("{pattern}: {error}"))?;
    let paths = paths.collect::<Result<Vec<_>, _>>()?;
    match paths.is_empty() {
        true => Err(format!("{pattern}: no file matches").into()),
        false => Ok(paths),
    }
}

/// All files in a directory tree. Hidden files and directories are left out; a directory that is reached twice, by a link,
/// counts once.
pub fn files_below(directory: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        if seen.insert(directory.canonicalize().map_err(|error| cannot_read(&directory, &error))?) {
            let (inner_files, inner_directories) = entries_of(&directory)?;
            files.extend(inner_files);
            directories.extend(inner_directories);
        }
    }
    files.sort();
    Ok(files)
}

/// The files and the directories in a directory, each in the order of their names, without hidden ones.
fn entries_of(directory: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Box<dyn Error>> {
    let read = || fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>();
    let mut paths = read().map_err(|error| cannot_read(directory, &error))?;
    paths.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
    paths.sort();
    Ok(paths.into_iter().partition(|path| !path.is_dir()))
}

/// The bytes of a file, or of standard input for `-`.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let read = || {
        let mut bytes = Vec::new();
        match path.to_str() {
            Some("-") => io::stdin().lock().read_to_end(&mut bytes)?,
            _ => File::open(path)?.read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    };
    read().map_err(|error| cannot_read(path, &error))
}

/// The text of a file, or of standard input for `-`; it must be UTF-8.
pub fn read_text(path: &Path) -> Result<String, Box<dyn Error>> {
    let bytes = read_bytes(path)?;
    if is_artifact(&bytes) {
        return Err(format!("{}: this is an artifact; name the text it was built from", super::display_name(path)).into());
    }
    String::from_utf8(bytes).map_err(|error| match syntax::decode_source(error.as_bytes()) {
        Err(place) => format!("{}: {place}", super::display_name(path)).into(),
        Ok(_) => error.into(),
    })
}

fn cannot_read(path: &Path, error: &io::Error) -> Box<dyn Error> {
    format!("{}: cannot read: {error}", super::display_name(path)).into()
}

/// What a file of a directory tree may hold.
#[derive(Debug, PartialEq, Eq)]
pub enum Candidate {
    /// A policy, or something else in JSON.
    Document,
    /// A manifest.
    Manifest,
    /// Neither.
    Other,
}

/// Looks at a file of a directory tree. Whatever may be a policy counts as one: a file that is passed over could have held a
/// Deny.
pub fn candidate(path: &Path) -> Result<Candidate, Box<dyn Error>> {
    let has_extension = |wanted: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted));
    if has_extension("toml") {
        let text = read_text(path)?;
        let is_manifest = MANIFEST_SECTIONS.iter().any(|section| text.contains(&format!("[[{section}]]")));
        return Ok(if is_manifest { Candidate::Manifest } else { Candidate::Other });
    }
    let beginning = beginning(path)?;
    let is_json = match beginning.trim_ascii_start() {
        [b'{', ..] => true,
        [b'[', rest @ ..] => matches!(rest.trim_ascii_start(), [b'{' | b']', ..]),
        _ => has_extension("json"),
    };
    Ok(if is_json { Candidate::Document } else { Candidate::Other })
}

/// The sections of a manifest.
const MANIFEST_SECTIONS: [&str; 4] = ["principal", "account", "resource", "endpoint"];

/// The first bytes of a file.
fn beginning(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(256).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| cannot_read(path, &error))
}

/// What a text holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Shape {
    /// A policy document, or what should be one.
    Policy,
    /// `ibc.toml`, or the same as JSON.
    Manifest,
    /// Output of `aws iam get-account-authorization-details`.
    AccountDetails,
    /// Requests, which are no policies.
    Requests,
}

/// Tells by its content what a text is. What is nothing else counts as a policy, whose parser says what is wrong with it.
pub fn shape_of(text: &str) -> Shape {
    let text = without_byte_order_mark(text).trim_start();
    if let Some(names) = member_names(text) {
        let has_any = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
        return match () {
            () if has_any(&DUMP_SECTIONS) => Shape::AccountDetails,
            // What has an effect as well is a statement in lower case.
            () if has_any(&["action"]) && has_any(&["principal"]) && !has_any(&["effect"]) => Shape::Requests,
            () if has_any(&MANIFEST_SECTIONS) => Shape::Manifest,
            () => Shape::Policy,
        };
    }
    let is_json =
        text.starts_with(['{', '"']) || text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', ']']));
    match is_json || text.is_empty() {
        // A dump that was cut short; the policy parser would not know what it is about.
        true if DUMP_SECTIONS[..3].iter().any(|section| text.contains(&format!("\"{section}\""))) => Shape::AccountDetails,
        true => Shape::Policy,
        false => Shape::Manifest,
    }
}

/// The sections of an account dump; the name of the last could be a word in a policy.
const DUMP_SECTIONS: [&str; 4] = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];

/// The names of the members of the JSON object that a text begins with; of a list, those of its first entry.
pub fn member_names(text: &str) -> Option<Vec<String>> {
    Outline::deserialize(&mut serde_json::Deserializer::from_str(text)).ok().map(|Outline(names)| names)
}

/// The members of an object, or of a list's first entry.
struct Outline(Vec<String>);

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Outline, D::Error> {
        struct OutlineVisitor;

        impl<'de> Visitor<'de> for OutlineVisitor {
            type Value = Outline;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a list of objects")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outline, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Outline(names))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Outline, A::Error> {
                let first = list.next_element()?.unwrap_or(Outline(Vec::new()));
                while let Some(IgnoredAny) = list.next_element()? {}
                Ok(first)
            }
        }

        deserializer.deserialize_any(OutlineVisitor)
    }
}

/// Whether bytes begin like an artifact, perhaps one of another version, or damaged.
fn is_artifact(bytes: &[u8]) -> bool {
    bytes.starts_with(b"IBC\0")
}

/// Whether a file begins like an artifact.
pub fn begins_like_artifact(path: &Path) -> Result<bool, Box<dyn Error>> {
    Ok(is_artifact(&beginning(path)?))
}

/// Opens an artifact without copying its file.
pub fn open_artifact(path: &Path) -> Result<Artifact<Bytes>, Box<dyn Error>> {
    let bytes = Bytes::read(path).map_err(|error| cannot_read(path, &error))?;
    Artifact::from_bytes(bytes).map_err(|error| format!("{}: {error}", super::display_name(path)).into())
}

/// The mark is no part of JSON or TOML, but editors write it.
pub fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_recognised_by_content() {
        for (text, shape) in [
            (r#"{"Statement": []}"#, Shape::Policy),
            (r#"{"Statement": [}"#, Shape::Policy),
            ("\u{feff}{}", Shape::Policy),
            ("", Shape::Policy),
            ("[]", Shape::Policy),
            (r#"{"UserDetailList": []}"#, Shape::AccountDetails),
            (r#"{"Policies": []} {"RoleDetailList": []}"#, Shape::AccountDetails),
            (r#"[{"IsTruncated": true, "GroupDetailList": []}, {}]"#, Shape::AccountDetails),
            (r#"{"UserDetailList": [{"#, Shape::AccountDetails),
            (r#"{"Statement": []} {"UserDetailList": []}"#, Shape::Policy),
            (r#"{"principal": []}"#, Shape::Manifest),
            (r#"[{"principal": "arn:aws:iam::1:user/a", "action": "s3:GetObject", "resource": "*"}]"#, Shape::Requests),
            (r#"{"effect": "Allow", "principal": "*", "action": "s3:*"}"#, Shape::Manifest),
            ("[[principal]]\narn = \"x\"", Shape::Manifest),
            ("# comment\n", Shape::Manifest),
        ] {
            assert_eq!(shape_of(text), shape, "{text}");
        }
    }
}
