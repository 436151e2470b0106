//! Policies as data: what the straight loop evaluates, and what the translators read.
//!
//! Knows the part of the policy language that the workloads use and refuses the rest, so that no engine can be given less than
//! `ibc`.

use std::collections::BTreeMap;

use ibc_workloads::{Attachments, Document, Workload};
use serde::{Deserialize, Deserializer};

/// The policies of a workload.
#[derive(Debug)]
pub(crate) struct Policies {
    /// As JSON texts.
    pub(crate) documents: Vec<Document>,
    /// What they are attached to.
    pub(crate) attachments: Attachments,
}

impl Policies {
    /// Takes the policies out of a workload.
    pub(crate) fn take(workload: &mut Workload) -> Policies {
        let attachments = workload.attachments.clone();
        let is_identity_only = attachments.boundary.is_none()
            && attachments.scp.is_empty()
            && attachments.rcp.is_empty()
            && attachments.resources.is_empty();
        assert!(is_identity_only, "{}: the peers are given identity policies only", workload.name);
        Policies { documents: std::mem::take(&mut workload.documents), attachments }
    }

    /// Every document with the role it is attached to; `None` is everyone.
    fn attached(&self) -> impl Iterator<Item = (Option<&str>, &Document)> {
        let document = |place: usize| &self.documents[place];
        let everyone = self.attachments.everyone.iter().map(move |&place| (None, document(place)));
        let roles = self.attachments.roles.iter().flat_map(move |(arn, places)| {
            let role = role_name(arn);
            places.iter().map(move |&place| (Some(role), document(place)))
        });
        everyone.chain(roles)
    }

    /// Every document's text with the role it is attached to, for engines that read policy JSON.
    pub(crate) fn texts(&self) -> Vec<(Option<String>, String)> {
        self.attached().map(|(role, document)| (role.map(str::to_owned), document.text.clone())).collect()
    }

    /// Every statement with the role it is attached to.
    pub(crate) fn statements(&self) -> impl Iterator<Item = (Option<&str>, Statement)> {
        self.attached().flat_map(|(role, document)| parse(&document.text).into_iter().map(move |statement| (role, statement)))
    }
}

/// The name of the role in its ARN or in that of one of its sessions; all roles of the workloads are of one account.
pub(crate) fn role_name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or_default()
}

/// Reads a policy document.
///
/// # Panics
/// If it is none, or says what this reader does not know.
pub(crate) fn parse(text: &str) -> Vec<Statement> {
    let document: PolicyDocument = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    document.statements
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyDocument {
    #[serde(rename = "Version")]
    _version: String,
    #[serde(rename = "Statement")]
    statements: Vec<Statement>,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    #[serde(rename = "Effect")]
    pub(crate) effect: Effect,
    /// Action patterns in lower case; actions are compared without regard to letter case.
    #[serde(rename = "Action", deserialize_with = "lower_case")]
    pub(crate) actions: Vec<String>,
    /// Resource patterns.
    #[serde(rename = "Resource", deserialize_with = "one_or_list")]
    pub(crate) resources: Vec<String>,
    /// All must hold. Equalities come first: they tell most statements apart.
    #[serde(rename = "Condition", deserialize_with = "tests", default)]
    pub(crate) tests: Vec<Test>,
}

/// What a statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// One test of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// The condition operators that `flat` and `attached` use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Operator {
    /// The value is one of the list.
    #[serde(rename = "StringEquals")]
    Equals,
    /// The value is none of the list, or absent.
    #[serde(rename = "StringNotEquals")]
    NotEquals,
    /// Every value is one of the list; holds without values.
    #[serde(rename = "ForAllValues:StringEquals")]
    AllAmong,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrList {
    One(String),
    List(Vec<String>),
}

impl OneOrList {
    fn into_list(self) -> Vec<String> {
        match self {
            OneOrList::One(one) => vec![one],
            OneOrList::List(list) => list,
        }
    }
}

fn one_or_list<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<String>, D::Error> {
    OneOrList::deserialize(json).map(OneOrList::into_list)
}

fn lower_case<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<String>, D::Error> {
    let mut patterns = one_or_list(json)?;
    patterns.iter_mut().for_each(|pattern| pattern.make_ascii_lowercase());
    Ok(patterns)
}

fn tests<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<Test>, D::Error> {
    let condition: BTreeMap<Operator, BTreeMap<String, OneOrList>> = BTreeMap::deserialize(json)?;
    let of_block = |(operator, block): (Operator, BTreeMap<String, OneOrList>)| {
        block.into_iter().map(move |(key, values)| Test { operator, key, values: values.into_list() })
    };
    Ok(condition.into_iter().flat_map(of_block).collect())
}

/// A statement with everything that the translators must cope with.
#[cfg(test)]
pub(crate) const EXAMPLE: &str = r#"{"Version":"2012-10-17","Statement":[{
    "Effect":"Deny",
    "Action":["imagebuilder:Get*","imagebuilder:DeleteImage"],
    "Resource":"arn:aws:imagebuilder:us-east-1:111122223333:image/app-*/1.0.*",
    "Condition":{
        "ForAllValues:StringEquals":{"aws:TagKeys":["env","team"]},
        "StringNotEquals":{"aws:PrincipalTag/role":"admin"},
        "StringEquals":{"imagebuilder:ResourceTag/team":"team-1"}}}]}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read() {
        let test = |operator, key: &str, values: &[&str]| {
            let values = values.iter().map(|&value| value.to_owned()).collect();
            Test { operator, key: key.to_owned(), values }
        };
        let expected = Statement {
            effect: Effect::Deny,
            actions: vec!["imagebuilder:get*".to_owned(), "imagebuilder:deleteimage".to_owned()],
            resources: vec!["arn:aws:imagebuilder:us-east-1:111122223333:image/app-*/1.0.*".to_owned()],
            tests: vec![
                test(Operator::Equals, "imagebuilder:ResourceTag/team", &["team-1"]),
                test(Operator::NotEquals, "aws:PrincipalTag/role", &["admin"]),
                test(Operator::AllAmong, "aws:TagKeys", &["env", "team"]),
            ],
        };
        assert_eq!(parse(EXAMPLE), [expected]);
    }

    #[test]
    #[should_panic(expected = "unknown variant `StringLike`")]
    fn what_is_not_known_is_refused() {
        parse(&EXAMPLE.replace("StringNotEquals", "StringLike"));
    }

    #[test]
    fn roles_and_their_sessions_have_one_name() {
        assert_eq!(role_name("arn:aws:iam::111122223333:role/builder-3"), "builder-3");
        assert_eq!(role_name("arn:aws:sts::111122223333:assumed-role/builder-3/session"), "builder-3");
    }
}
