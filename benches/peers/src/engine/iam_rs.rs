//! [`iam-rs`](https://docs.rs/iam-rs): reads the policies as they are; one evaluator for each role.

use std::collections::HashMap;

use iam_rs::{
    Arn, Context, ContextValue, Decision, EvaluationOptions, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId,
};
use ibc_workloads::{Answer, RequestText, Value};

use super::{Engine, Prepared};
use crate::policy::{Policies, role_name};

/// Loads the policy JSON itself.
pub(super) fn prepare(policies: &Policies) -> Prepared {
    Prepared::new(|| policies.texts(), IamRs::load)
}

#[derive(Debug)]
struct IamRs {
    everyone: PolicyEvaluator,
    roles: HashMap<String, PolicyEvaluator>,
}

impl IamRs {
    fn load(texts: Vec<(Option<String>, String)>) -> IamRs {
        let mut engine = IamRs { everyone: evaluator(), roles: HashMap::new() };
        for (role, text) in texts {
            let policy: IAMPolicy = serde_json::from_str(&text).expect("a policy");
            let evaluator = match role {
                None => &mut engine.everyone,
                Some(role) => engine.roles.entry(role).or_insert_with(evaluator),
            };
            evaluator.add_policy(policy);
        }
        engine
    }

    /// Policies are attached to everyone or to roles in a workload, never both, so one evaluator has all that apply.
    fn decide(&self, request: &RequestText<'_>) -> Answer {
        let evaluator = self.roles.get(role_name(request.principal)).unwrap_or(&self.everyone);
        let principal = Principal::Aws(PrincipalId::String(request.principal.to_owned()));
        let resource = Arn::parse(request.resource).expect("an ARN");
        let context = request.context.iter().map(|&(key, value)| (key.to_owned(), context_value(value))).collect();
        let request = IAMRequest::new_with_context(principal, request.action, resource, Context::with_data(context));
        match evaluator.evaluate(&request).expect("a request that can be decided").decision {
            Decision::Allow => Answer::Allow,
            Decision::Deny => Answer::ExplicitDeny,
            Decision::NotApplicable => Answer::ImplicitDeny,
        }
    }
}

/// Without the limit of 1,000 statements that a new evaluator has.
fn evaluator() -> PolicyEvaluator {
    PolicyEvaluator::new().with_options(EvaluationOptions { max_statements: usize::MAX, ..EvaluationOptions::default() })
}

fn context_value(value: Value<'_>) -> ContextValue {
    match value {
        Value::Single(value) => ContextValue::String(value.to_owned()),
        Value::Multi(values) => ContextValue::StringList(values.iter().map(|&value| value.to_owned()).collect()),
    }
}

impl Engine for IamRs {
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e> {
        Box::new(|request| self.decide(request))
    }
}
