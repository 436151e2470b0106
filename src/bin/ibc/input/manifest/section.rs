//! The shapes of a manifest's sections, and where they stand.

use std::collections::BTreeMap;

use ibc::document::{InputError, TextFile};
use serde::Deserialize;
use serde_json::value::RawValue;
use toml::Spanned;

/// The whole file. The parameters say how a section comes: with its place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest<P, A, R, E> {
    #[serde(default = "Vec::new")]
    pub(super) principal: Vec<P>,
    #[serde(default = "Vec::new")]
    pub(super) account: Vec<A>,
    #[serde(default = "Vec::new")]
    pub(super) resource: Vec<R>,
    #[serde(default = "Vec::new")]
    pub(super) endpoint: Vec<E>,
}

/// A manifest whose sections are read.
pub(super) type Sections<'t> =
    Manifest<Placed<'t, PrincipalSection>, Placed<'t, AccountSection>, Placed<'t, ResourceSection>, Placed<'t, EndpointSection>>;

/// A section, and the file's text from its beginning on.
#[derive(Debug)]
pub(super) struct Placed<'t, S> {
    pub(super) section: S,
    pub(super) text: &'t str,
}

/// A user, role or root user; paths may be globs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PrincipalSection {
    pub(super) arn: String,
    pub(super) unique_id: Option<String>,
    #[serde(default)]
    pub(super) identity: Paths,
    pub(super) boundary: Option<String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

/// An account: its guard rails, one list for each level from the root to the account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountSection {
    pub(super) id: String,
    #[serde(default)]
    pub(super) management: bool,
    #[serde(default)]
    pub(super) scp: Vec<Vec<String>>,
    #[serde(default)]
    pub(super) rcp: Vec<Vec<String>>,
    /// A dump, or the pages of one.
    #[serde(default)]
    pub(super) details: Paths,
}

/// A resource, or the pattern of several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceSection {
    pub(super) arn: String,
    pub(super) policy: String,
}

/// A VPC endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointSection {
    pub(super) id: String,
    pub(super) policy: Paths,
}

/// One path or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Paths {
    One(String),
    Many(Vec<String>),
}

impl Default for Paths {
    fn default() -> Paths {
        Paths::Many(Vec::new())
    }
}

impl Paths {
    pub(super) fn as_slice(&self) -> &[String] {
        match self {
            Paths::One(path) => std::slice::from_ref(path),
            Paths::Many(paths) => paths,
        }
    }
}

/// Reads a manifest in TOML, or the same as JSON.
pub(super) fn parse(file: &TextFile) -> Result<Sections<'_>, InputError> {
    match file.text().trim_start().starts_with('{') {
        true => parse_json(file),
        false => parse_toml(file),
    }
}

fn parse_toml(file: &TextFile) -> Result<Sections<'_>, InputError> {
    let text = file.text();
    type Sections =
        Manifest<Spanned<PrincipalSection>, Spanned<AccountSection>, Spanned<ResourceSection>, Spanned<EndpointSection>>;
    let sections: Sections = toml::from_str(text).map_err(|error| {
        let at = error.span().and_then(|span| text.get(span.start..)).unwrap_or(text);
        file.error_at(at, error.message())
    })?;
    fn placed<S>(text: &str, sections: Vec<Spanned<S>>) -> Vec<Placed<'_, S>> {
        let place = |section: Spanned<S>| {
            let text = text.get(section.span().start..).unwrap_or(text);
            Placed { section: section.into_inner(), text }
        };
        sections.into_iter().map(place).collect()
    }
    Ok(Manifest {
        principal: placed(text, sections.principal),
        account: placed(text, sections.account),
        resource: placed(text, sections.resource),
        endpoint: placed(text, sections.endpoint),
    })
}

fn parse_json(file: &TextFile) -> Result<Sections<'_>, InputError> {
    type Sections<'t> = Manifest<&'t RawValue, &'t RawValue, &'t RawValue, &'t RawValue>;
    let sections: Sections<'_> = serde_json::from_str(file.text()).map_err(|error| file.json_error(&error))?;
    fn placed<'t, S: Deserialize<'t>>(file: &TextFile, sections: Vec<&'t RawValue>) -> Result<Vec<Placed<'t, S>>, InputError> {
        let place = |raw: &'t RawValue| match serde_json::from_str(raw.get()) {
            Ok(section) => Ok(Placed { section, text: raw.get() }),
            Err(error) => Err(file.json_error_in(raw.get(), &error)),
        };
        sections.into_iter().map(place).collect()
    }
    Ok(Manifest {
        principal: placed(file, sections.principal)?,
        account: placed(file, sections.account)?,
        resource: placed(file, sections.resource)?,
        endpoint: placed(file, sections.endpoint)?,
    })
}
