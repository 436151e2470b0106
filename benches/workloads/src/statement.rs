use std::borrow::Cow;
use std::net::Ipv4Addr;

use serde_json::json;

use crate::{Answer, RequestText};

/// A string that is usually a constant.
pub(crate) type Text = Cow<'static, str>;

/// A policy statement as data: written as JSON for `ibc`, translated for the peers, and evaluated by a straight loop.
///
/// The loop knows only the part of the language that the workloads use; it is here to say, by other means than the engine's,
/// what each request must get.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Whether it denies.
    pub denies: bool,
    /// Only in resource policies and RCPs: `*` or ARNs.
    pub principal: Option<Text>,
    /// What `actions` says.
    pub action_element: Element,
    /// Action patterns.
    pub actions: Vec<Text>,
    /// Resource patterns.
    pub resources: Vec<Text>,
    /// All must hold.
    pub tests: Vec<Test>,
}

/// `Action` or `NotAction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    /// One of the patterns must match.
    Action,
    /// None may.
    NotAction,
}

/// One test of a `Condition`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Test {
    /// How it compares.
    pub operator: Operator,
    /// The context key.
    pub key: Text,
    /// What it compares with.
    pub values: Vec<Text>,
}

/// The condition operators that the workloads use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The value is one of the list.
    StringEquals,
    /// The value is none of the list, or absent.
    StringNotEquals,
    /// The value is one of the list, whatever its letter case.
    StringEqualsIgnoreCase,
    /// The value matches a glob.
    StringLike,
    /// Every value is one of the list; holds without values.
    ForAllStringEquals,
    /// `true` or `false`.
    Bool,
    /// The value is a number greater than this.
    NumericGreaterThan,
    /// The value is an address of an IPv4 network.
    IpAddress,
    /// Whether the key is absent.
    Null,
}

impl Operator {
    /// As policies spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Operator::StringEquals => "StringEquals",
            Operator::StringNotEquals => "StringNotEquals",
            Operator::StringEqualsIgnoreCase => "StringEqualsIgnoreCase",
            Operator::StringLike => "StringLike",
            Operator::ForAllStringEquals => "ForAllValues:StringEquals",
            Operator::Bool => "Bool",
            Operator::NumericGreaterThan => "NumericGreaterThan",
            Operator::IpAddress => "IpAddress",
            Operator::Null => "Null",
        }
    }
}

impl Statement {
    /// An Allow of these actions on one resource pattern.
    pub fn allow(actions: &[&'static str], resource: impl Into<Text>) -> Statement {
        Statement {
            denies: false,
            principal: None,
            action_element: Element::Action,
            actions: actions.iter().map(|&action| action.into()).collect(),
            resources: vec![resource.into()],
            tests: Vec::new(),
        }
    }

    /// A Deny of these actions on one resource pattern.
    pub fn deny(actions: &[&'static str], resource: impl Into<Text>) -> Statement {
        Statement { denies: true, ..Statement::allow(actions, resource) }
    }

    /// The same with `NotAction`.
    #[must_use]
    pub fn on_other_actions(mut self) -> Statement {
        self.action_element = Element::NotAction;
        self
    }

    /// The same for a principal.
    #[must_use]
    pub fn to(mut self, principal: impl Into<Text>) -> Statement {
        self.principal = Some(principal.into());
        self
    }

    /// The same with one more test.
    #[must_use]
    pub fn when<V: Into<Text>>(
        mut self,
        operator: Operator,
        key: impl Into<Text>,
        values: impl IntoIterator<Item = V>,
    ) -> Statement {
        self.tests.push(Test { operator, key: key.into(), values: values.into_iter().map(Into::into).collect() });
        self
    }

    /// Whether the statement applies to a request; who asks is not looked at.
    #[must_use]
    pub fn applies(&self, request: &RequestText<'_>) -> bool {
        let is_listed = self.actions.iter().any(|pattern| action_matches(pattern, request.action));
        is_listed == (self.action_element == Element::Action)
            && self.tests.iter().all(|test| test.holds(request))
            && self.resources.iter().any(|pattern| glob_matches(pattern, request.resource))
    }

    /// The statement as it stands in a policy.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = serde_json::Map::new();
        json.insert("Effect".to_owned(), if self.denies { "Deny" } else { "Allow" }.into());
        match self.principal.as_deref() {
            None => {}
            Some("*") => drop(json.insert("Principal".to_owned(), "*".into())),
            Some(arn) => drop(json.insert("Principal".to_owned(), json!({ "AWS": arn }))),
        }
        let element = if self.action_element == Element::Action { "Action" } else { "NotAction" };
        json.insert(element.to_owned(), one_or_list(&self.actions));
        json.insert("Resource".to_owned(), one_or_list(&self.resources));
        if !self.tests.is_empty() {
            let mut condition = serde_json::Map::new();
            for test in &self.tests {
                let block = condition.entry(test.operator.name()).or_insert_with(|| json!({}));
                block[test.key.as_ref()] = one_or_list(&test.values);
            }
            json.insert("Condition".to_owned(), condition.into());
        }
        json.into()
    }
}

impl Test {
    /// Whether the request passes.
    #[must_use]
    pub fn holds(&self, request: &RequestText<'_>) -> bool {
        let value = request.value(&self.key);
        let values = value.as_ref().map_or(&[][..], |value| value.values());
        let is_listed = |value: &&str| self.values.iter().any(|own| own == value);
        match self.operator {
            Operator::StringEquals => values.iter().any(is_listed),
            Operator::StringNotEquals => !values.iter().any(is_listed),
            Operator::StringEqualsIgnoreCase => {
                values.iter().any(|value| self.values.iter().any(|own| own.eq_ignore_ascii_case(value)))
            }
            Operator::StringLike => values.iter().any(|value| self.values.iter().any(|glob| glob_matches(glob, value))),
            Operator::ForAllStringEquals => values.iter().all(is_listed),
            Operator::Bool => values.iter().any(|value| self.values.iter().any(|own| own.eq_ignore_ascii_case(value))),
            Operator::NumericGreaterThan => {
                let number = |text: &str| text.parse::<f64>().ok();
                values.iter().any(|value| self.values.iter().any(|bound| number(value) > number(bound)))
            }
            Operator::IpAddress => values.iter().any(|value| self.values.iter().any(|own| is_inside(own, value))),
            Operator::Null => self.values.iter().any(|own| own == if values.is_empty() { "true" } else { "false" }),
        }
    }
}

/// Decides by looking at every statement: an applying Deny wins, else an applying Allow.
pub fn decide<'s>(statements: impl IntoIterator<Item = &'s Statement>, request: &RequestText<'_>) -> Answer {
    let mut answer = Answer::ImplicitDeny;
    for statement in statements {
        // A Deny must still be found after an Allow was; another Allow need not.
        if (statement.denies || answer != Answer::Allow) && statement.applies(request) {
            if statement.denies {
                return Answer::ExplicitDeny;
            }
            answer = Answer::Allow;
        }
    }
    answer
}

/// Whether a text matches a pattern in which `*` stands for any characters and `?` for one.
#[must_use]
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes(), |a, b| a == b)
}

/// Whether an address is in a network, both of IPv4; what is neither is not.
fn is_inside(network: &str, address: &str) -> bool {
    let bits = |text: &str| text.parse::<Ipv4Addr>().ok().map(u32::from);
    let (base, size) = network.split_once('/').unwrap_or((network, "32"));
    let (Some(base), Some(address), Ok(size)) = (bits(base), bits(address), size.parse::<u32>()) else { return false };
    (base ^ address).checked_shr(32 - size).unwrap_or(0) == 0
}

fn action_matches(pattern: &str, action: &str) -> bool {
    matches(pattern.as_bytes(), action.as_bytes(), |a, b| a.eq_ignore_ascii_case(&b))
}

fn matches(pattern: &[u8], text: &[u8], is_equal: impl Fn(u8, u8) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    // After a `*`: where to go on in the pattern, and from where in the text to try next.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == b'?' || is_equal(c, text[t]) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after_star, from)) = retry else { return false };
                retry = Some((after_star, from + 1));
                (p, t) = (after_star, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

fn one_or_list(values: &[Text]) -> serde_json::Value {
    match values {
        [value] => json!(value),
        values => json!(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, is_match) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*ab*ab", "abab", true),
            ("a*", "ba", false),
        ] {
            assert_eq!(glob_matches(pattern, text), is_match, "{pattern} {text}");
        }
        assert!(action_matches("imagebuilder:get*", "imagebuilder:GetImage"));
    }

    #[test]
    fn networks() {
        for (network, address, expected) in [
            ("10.1.2.0/24", "10.1.2.255", true),
            ("10.1.2.0/24", "10.1.3.0", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "10.1.2.4", true),
            ("10.1.2.0/24", "::1", false),
        ] {
            assert_eq!(is_inside(network, address), expected, "{network} {address}");
        }
    }

    #[test]
    fn a_deny_after_an_allow_wins() {
        let request = RequestText { principal: "p", action: "s:Get", resource: "r", context: &[] };
        let statements = [Statement::allow(&["s:*"], "*"), Statement::deny(&["s:G*"], "r")];
        assert_eq!(decide(&statements, &request), Answer::ExplicitDeny);
        assert_eq!(decide(&statements[..1], &request), Answer::Allow);
        assert_eq!(decide(&[], &request), Answer::ImplicitDeny);
    }
}
