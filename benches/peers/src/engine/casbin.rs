//! [casbin](https://docs.rs/casbin): every statement is one row of the policy, and the matcher calls functions of our own.

use std::collections::HashMap;
use std::sync::Arc;

use casbin::function_map::OperatorFunction;
use casbin::rhai::{Dynamic, ImmutableString};
use casbin::{CoreApi, DefaultModel, Enforcer, StringAdapter};
use ibc_workloads::{Answer, RequestText, glob_matches};

use super::{Engine, Prepared};
use crate::policy::{Effect, Operator, Policies, Statement, Test, role_name};

/// Loads rows of comma-separated values.
pub(super) fn prepare(policies: &Policies) -> Prepared {
    let rows = || policies.statements().map(|(role, statement)| row(role, &statement)).collect::<String>();
    Prepared::new(rows, Casbin::load)
}

const MODEL: &str = r#"
[request_definition]
r = role, action, resource, context

[policy_definition]
p = eft, role, tests, actions, resources

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = (p.role == "*" || p.role == r.role) && all_hold(p.tests, r.context) && one_matches(p.actions, r.action) && one_matches(p.resources, r.resource)
"#;

/// The statement as a row; a column is a string, so lists are joined.
fn row(role: Option<&str>, statement: &Statement) -> String {
    let effect = match statement.effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    };
    let tests = joined(TESTS, &statement.tests.iter().map(test).collect::<Vec<_>>());
    let [actions, resources] = [&statement.actions, &statement.resources].map(|patterns| joined(VALUES, patterns));
    format!("p, {effect}, {}, {tests}, {actions}, {resources}\n", role.unwrap_or("*"))
}

fn test(Test { operator, key, values }: &Test) -> String {
    let sign = match operator {
        Operator::Equals => EQUALS,
        Operator::NotEquals => NOT_EQUALS,
        Operator::AllAmong => ALL_AMONG,
    };
    format!("{}{sign}{}", key.to_ascii_lowercase(), joined(VALUES, values))
}

/// # Panics
/// If a text has the character that would part it.
fn joined(separator: &str, texts: &[String]) -> String {
    assert!(texts.iter().all(|text| !text.contains(separator) && !text.contains([',', '"'])), "{texts:?} cannot be joined");
    texts.join(separator)
}

/// Between the tests of a statement, and between the values of a test or the patterns of an element.
const TESTS: &str = ";";
const VALUES: &str = "|";
const EQUALS: &str = "==";
const NOT_EQUALS: &str = "!=";
const ALL_AMONG: &str = "<=";

struct Casbin {
    enforcer: Enforcer,
}

/// Context values by key in lower case; shared, since casbin clones its arguments for every row.
type Context = Arc<HashMap<String, Vec<String>>>;

impl Casbin {
    fn load(rows: String) -> Casbin {
        let enforcer = pollster::block_on(async {
            let model = DefaultModel::from_str(MODEL).await?;
            Enforcer::new(model, StringAdapter::new(rows)).await
        });
        let mut enforcer = enforcer.expect("a model and rows");
        enforcer.add_function("all_hold", OperatorFunction::Arg2(|tests, context| all_hold(&tests, context).into()));
        enforcer.add_function("one_matches", OperatorFunction::Arg2(|patterns, text| one_matches(&patterns, &text).into()));
        Casbin { enforcer }
    }

    /// casbin says yes or no; a no is reported as an implicit deny.
    fn decide(&self, request: &RequestText<'_>) -> Answer {
        let values = |value: &ibc_workloads::Value<'_>| value.values().iter().map(|&value| value.to_owned()).collect();
        let context: Context =
            Arc::new(request.context.iter().map(|(key, value)| (key.to_ascii_lowercase(), values(value))).collect());
        let arguments: Vec<Dynamic> = vec![
            role_name(request.principal).to_owned().into(),
            request.action.to_ascii_lowercase().into(),
            request.resource.to_owned().into(),
            Dynamic::from(context),
        ];
        let is_allowed = self.enforcer.enforce(arguments).expect("a decision");
        if is_allowed { Answer::Allow } else { Answer::ImplicitDeny }
    }
}

fn all_hold(tests: &Dynamic, context: Dynamic) -> bool {
    let context: Context = context.cast();
    text(tests).split(TESTS).all(|test| holds(test, &context))
}

fn holds(test: &str, context: &Context) -> bool {
    let parted = [EQUALS, NOT_EQUALS, ALL_AMONG].iter().find_map(|sign| Some((*sign, test.split_once(sign)?)));
    let Some((sign, (key, list))) = parted else { unreachable!("`{test}` is no test") };
    let values = context.get(key).map_or(&[][..], Vec::as_slice);
    let is_listed = |value: &String| list.split(VALUES).any(|own| own == value);
    match sign {
        EQUALS => values.iter().any(is_listed),
        NOT_EQUALS => !values.iter().any(is_listed),
        _ => values.iter().all(is_listed),
    }
}

fn one_matches(patterns: &Dynamic, whole: &Dynamic) -> bool {
    let whole = text(whole);
    text(patterns).split(VALUES).any(|pattern| glob_matches(pattern, &whole))
}

fn text(value: &Dynamic) -> ImmutableString {
    value.clone().into_immutable_string().expect("a string")
}

impl Engine for Casbin {
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e> {
        Box::new(|request| self.decide(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{EXAMPLE, parse};

    #[test]
    fn a_statement_is_a_row() {
        let expected = "p, deny, builder, \
            imagebuilder:resourcetag/team==team-1;aws:principaltag/role!=admin;aws:tagkeys<=env|team, \
            imagebuilder:get*|imagebuilder:deleteimage, \
            arn:aws:imagebuilder:us-east-1:111122223333:image/app-*/1.0.*\n";
        assert_eq!(row(Some("builder"), &parse(EXAMPLE)[0]), expected);
    }
}
