use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::case::{Case, CaseParts};
use super::{LoadedBundle, Scenario};
use crate::bundle::{Boundary, PolicyIds, ResourceEntry};
use crate::diagnostic::Diagnostic;
use crate::document::InputError;
use crate::iam::{PolicyKind, arn::Arn};
use crate::request::document::{EndpointDocument, PolicyList, PolicyText, RequestDocument};
use crate::source::{SourceId, SourceMap};
use crate::syntax::{self, ast::Policy};

/// Reads the files that scenarios name. The library itself touches no file.
pub trait Loader {
    /// The name for messages and the text of the policy file at `path`.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be read; the text says which and why.
    fn policy(&self, path: &str) -> Result<(String, String), String>;

    /// The bundle made of the inputs at `path`; empty for a request of [`ScenarioFile::of_requests`](super::ScenarioFile).
    ///
    /// # Errors
    /// If there is no such input, or it is wrong; the text says which and why.
    fn bundle(&self, path: &str) -> Result<Arc<LoadedBundle>, String>;
}

/// A loader for scenarios that name no files.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn policy(&self, path: &str) -> Result<(String, String), String> {
        Err(format!("`{path}` is a file; this scenario cannot name files, write the policy itself"))
    }

    fn bundle(&self, path: &str) -> Result<Arc<LoadedBundle>, String> {
        Err(format!("`{path}` is a file; this scenario cannot name files, write `policies`"))
    }
}

/// The member `policies`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PolicySet<'a> {
    #[serde(borrow)]
    identity: PolicyList<'a>,
    #[serde(borrow)]
    boundary: PolicyList<'a>,
    #[serde(borrow)]
    session: PolicyList<'a>,
    #[serde(borrow)]
    resource: PolicyList<'a>,
    #[serde(borrow)]
    scp: Option<Vec<Level<'a>>>,
    #[serde(borrow)]
    rcp: Option<Vec<Level<'a>>>,
    #[serde(borrow)]
    endpoint: PolicyList<'a>,
}

/// The policies of the root, of one OU, or of the account. Always a list: `[{...}, {...}]` as a whole could mean two levels
/// or one level with two policies.
#[derive(Debug)]
struct Level<'a>(PolicyList<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Level<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if !raw.get().starts_with('[') {
            let message =
                "a level is a list of policies; write a list of levels, from the root to the account: `[[{...}], [{...}]]`";
            return Err(serde::de::Error::custom(message));
        }
        PolicyList::from_raw(raw).map(Level).map_err(serde::de::Error::custom)
    }
}

impl<'a> Case<'a> {
    /// Reads the request and parses the policies.
    ///
    /// # Errors
    /// If anything in the scenario is wrong; the error names the first mistake.
    pub fn load(&self, loader: &dyn Loader) -> Result<Scenario<'a>, InputError> {
        let parts = match &self.parts {
            Ok(parts) => parts,
            Err(error) => return Err(self.member_error(error)),
        };
        let request: RequestDocument<'a> = parts.request.read().map_err(|error| self.member_error(&error))?;
        request.with_request(|request| request.map(drop)).map_err(|error| self.error(&error.to_string()))?;
        let policies: PolicySet<'a> = parts.policies.read().map_err(|error| self.member_error(&error))?;
        PolicyReader { case: self, parts, loader }.scenario(request, policies)
    }
}

/// Parses the policies of one case.
struct PolicyReader<'r, 'a> {
    case: &'r Case<'a>,
    parts: &'r CaseParts<'a>,
    loader: &'r dyn Loader,
}

impl<'a> PolicyReader<'_, 'a> {
    fn scenario(&self, mut request: RequestDocument<'a>, mut policies: PolicySet<'a>) -> Result<Scenario<'a>, InputError> {
        let session = self.one_of(
            std::mem::take(&mut policies.session),
            std::mem::take(&mut request.session_policies),
            "session policies",
        )?;
        let endpoint = match request.endpoint.take_if(|endpoint| matches!(endpoint, EndpointDocument::Policies(_))) {
            Some(EndpointDocument::Policies(list)) => list,
            _ => PolicyList::default(),
        };
        let endpoint = self.one_of(std::mem::take(&mut policies.endpoint), endpoint, "endpoint policies")?;
        let mut runtime_sources = SourceMap::new();
        let session = self.parse_list(&mut runtime_sources, &session, PolicyKind::Session)?;
        let endpoint = self.parse_list(&mut runtime_sources, &endpoint, PolicyKind::Endpoint)?;
        let bundle = match &self.parts.bundle {
            Some(path) => self.loader.bundle(path).map_err(|message| self.error(message))?,
            None => Arc::new(self.bundle(&policies, &request.resource)?),
        };
        let some_if_any = |policies: Vec<Policy>| (!policies.is_empty()).then_some(policies);
        let Case { file, index, .. } = self.case;
        Ok(Scenario {
            request,
            bundle,
            runtime_sources,
            session: some_if_any(session),
            endpoint: some_if_any(endpoint),
            place: (file.name().to_owned(), file.position(self.parts.at, *index)),
        })
    }

    /// Policies that may stand in the scenario or in its request.
    fn one_of(&self, own: PolicyList<'a>, of_request: PolicyList<'a>, what: &str) -> Result<PolicyList<'a>, InputError> {
        if !own.is_empty() && !of_request.is_empty() {
            return Err(self.error(format!("{what} stand in `policies` and in `request`; remove one")));
        }
        Ok(if own.is_empty() { of_request } else { own })
    }

    /// The bundle of the policies that a scenario holds: they apply to whoever asks, wherever the resource is.
    fn bundle(&self, policies: &PolicySet<'a>, resource: &str) -> Result<LoadedBundle, InputError> {
        let mut loaded = LoadedBundle::default();
        loaded.bundle.everyone.identity = self.add_list(&mut loaded, &policies.identity, PolicyKind::Identity)?;
        let boundary = self.add_list(&mut loaded, &policies.boundary, PolicyKind::Boundary)?;
        loaded.bundle.everyone.boundary = self.at_most_one(&boundary, "boundary")?.map(Boundary::Policy);
        let is_role = Arn::parse(resource).is_some_and(|arn| arn.is_role());
        let kind = if is_role { PolicyKind::Trust } else { PolicyKind::Resource };
        let attached = self.add_list(&mut loaded, &policies.resource, kind)?;
        if let Some(policy) = self.at_most_one(&attached, "resource")? {
            loaded.bundle.resources.push(ResourceEntry { pattern: "*".to_owned(), policy });
        }
        loaded.bundle.any_account.scp = self.add_levels(&mut loaded, policies.scp.as_deref(), PolicyKind::Scp)?;
        loaded.bundle.any_account.rcp = self.add_levels(&mut loaded, policies.rcp.as_deref(), PolicyKind::Rcp)?;
        Ok(loaded)
    }

    fn at_most_one<T: Copy>(&self, policies: &[T], member: &str) -> Result<Option<T>, InputError> {
        match policies {
            [] => Ok(None),
            &[policy] => Ok(Some(policy)),
            more => Err(self.error(format!("`{member}` has {} policies; keep one, there can be no more", more.len()))),
        }
    }

    fn add_levels(
        &self,
        loaded: &mut LoadedBundle,
        levels: Option<&[Level<'a>]>,
        kind: PolicyKind,
    ) -> Result<Vec<PolicyIds>, InputError> {
        levels.unwrap_or_default().iter().map(|level| self.add_list(loaded, &level.0, kind)).collect()
    }

    fn add_list(&self, loaded: &mut LoadedBundle, list: &PolicyList<'a>, kind: PolicyKind) -> Result<PolicyIds, InputError> {
        let policies = self.parse_list(&mut loaded.sources, list, kind)?;
        Ok(policies.into_iter().map(|policy| loaded.bundle.add_policy(kind.as_str(), policy)).collect())
    }

    fn parse_list(&self, sources: &mut SourceMap, list: &PolicyList<'a>, kind: PolicyKind) -> Result<Vec<Policy>, InputError> {
        list.as_slice().iter().map(|policy| self.parse(sources, policy, kind)).collect()
    }

    fn parse(&self, sources: &mut SourceMap, policy: &PolicyText<'a>, kind: PolicyKind) -> Result<Policy, InputError> {
        let source = self.add_source(sources, policy, kind)?;
        let parsed = syntax::parse_policy(sources, source, None, kind);
        parsed.policy.ok_or_else(|| match parsed.diagnostics.iter().find(|found| found.code.blocks_loading()) {
            Some(diagnostic) => self.policy_error(sources, diagnostic),
            None => self.error(format!("the {kind} policy cannot be loaded")),
        })
    }

    fn add_source(&self, sources: &mut SourceMap, policy: &PolicyText<'a>, kind: PolicyKind) -> Result<SourceId, InputError> {
        let Case { file, index, name, .. } = self.case;
        let text = match policy {
            PolicyText::Inline(text) if file.has_places() => {
                return Ok(sources.add_excerpt(file.name(), *text, file.position(text, *index)));
            }
            PolicyText::Path(path) => {
                let (name, text) = self.loader.policy(path).map_err(|message| self.error(message))?;
                return Ok(sources.add(name, text));
            }
            PolicyText::Inline(text) => text,
            PolicyText::Text(text) => text.as_str(),
        };
        // Positions count from the beginning of the policy: escapes and TOML hide where its characters stand in the file.
        Ok(sources.add(format!("{}, scenario `{name}`, {kind} policy", file.name()), text))
    }

    fn policy_error(&self, sources: &SourceMap, diagnostic: &Diagnostic) -> InputError {
        let Some(label) = diagnostic.labels.first() else { return self.error(diagnostic.message.clone()) };
        let source = sources.source(label.source);
        let help = diagnostic.help.iter().map(|help| format!(". {help}")).collect::<String>();
        InputError::new(source.name(), source.line_column(label.span.start), format!("{}{help}", diagnostic.message))
    }

    fn error(&self, message: impl Into<String>) -> InputError {
        self.case.error(&message.into())
    }
}
