use std::fmt;

use crate::request::document::RequestDocument;
use crate::service_facts::Need;

/// A call, as what it asks for.
#[derive(Debug)]
pub struct Operation<'a> {
    /// The action that the call is named after: `imagebuilder:CreateImage`.
    pub action: String,
    /// Its parts: the action itself first, then the actions it depends on in the order of the facts.
    ///
    /// Invariant, kept by [`expand`](super::expand): there is one of the action itself, and it is asked or not given.
    pub parts: Vec<Part<'a>>,
}

/// One action that a call asks for, or may.
#[derive(Debug)]
pub struct Part<'a> {
    /// The action: `iam:PassRole`.
    pub action: String,
    /// Whether it is asked.
    pub state: PartState<'a>,
}

/// Whether a part is asked.
#[derive(Debug)]
pub enum PartState<'a> {
    /// It is.
    Asked(Box<Question<'a>>),
    /// The call needs it, and the request does not say on what. Counts as an implicit deny (EV-47).
    NotGiven(Missing),
    /// Nothing in the request shows that the call needs it, which it does only under a condition. Does not count.
    NotAsked(Need<'static>),
}

/// An authorization question of a call.
#[derive(Debug)]
pub struct Question<'a> {
    /// The request.
    pub request: RequestDocument<'a>,
    /// The resource that was given for an action without resource-level permission, which is asked on `*` instead.
    pub moved_from: Option<String>,
    /// Context keys that were given for this action and that its requests do not carry.
    pub left_out: Vec<String>,
}

/// What a request does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The resource of the call itself: one of these types.
    OwnResource(Vec<&'static str>),
    /// The resource of a dependent action.
    Resource {
        /// Its type.
        resource_type: &'static str,
        /// What its ARNs look like.
        arn_format: &'static str,
    },
    /// Which of several actions the call needs.
    Choice {
        /// What decides it.
        parameter: &'static str,
        /// The actions.
        actions: Vec<&'static str>,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::OwnResource(types) => {
                write!(f, "the call is on {}; write its ARN as `resource`", quoted(types, " or "))
            }
            Missing::Resource { resource_type, arn_format } => {
                write!(f, "the request does not say on which `{resource_type}`; name it in `dependent`: {arn_format}")
            }
            Missing::Choice { parameter, actions } => {
                write!(f, "the request does not say which `{parameter}` the call passes; name one of {}", quoted(actions, ", "))?;
                f.write_str(" in `dependent`")
            }
        }
    }
}

impl fmt::Display for Need<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Always => f.write_str("always"),
            Need::Parameter(name) => write!(f, "only if the call passes `{name}`"),
            Need::State(state) => write!(f, "only if {state}"),
            Need::OneOf(name) => write!(f, "only if `{name}` says so"),
        }
    }
}

/// The names in backticks.
pub(super) fn quoted(names: &[&str], separator: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(separator)
}
