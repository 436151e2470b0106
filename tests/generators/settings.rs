//! What a generator may produce.

use ibc::iam::PolicyKind;

/// How scenarios are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Whether the request is moved towards the words of the policies. Undirected requests know only the shared domains.
    pub(crate) directed: bool,
    /// The layers that may have policies; `Trust` goes with `Resource`.
    pub(crate) layers: &'static [PolicyKind],
    /// Most statements of one policy.
    pub(crate) max_statements: usize,
    /// Most entries of one `Condition` block.
    pub(crate) max_conditions: usize,
}

impl Settings {
    /// All layers, requests drawn from the policies' own words.
    pub(crate) const DIRECTED: Settings =
        Settings { directed: true, layers: &PolicyKind::ALL, max_statements: 3, max_conditions: 2 };

    /// All layers, requests drawn without looking at the policies.
    pub(crate) const UNDIRECTED: Settings = Settings { directed: false, ..Settings::DIRECTED };

    /// The same with policies in these layers only.
    pub(crate) const fn with_layers(self, layers: &'static [PolicyKind]) -> Settings {
        Settings { layers, ..self }
    }

    /// Whether this layer may have policies.
    pub(crate) fn has(&self, kind: PolicyKind) -> bool {
        self.layers.contains(&kind)
    }
}
