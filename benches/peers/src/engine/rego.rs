//! Rego in [`regorus`](https://docs.rs/regorus): statements as data under one generic policy, `rego.rego`.
//!
//! Two ways to run it, the interpreter and the virtual machine, and for the machine a second way to lay out the data.

use std::collections::BTreeMap;

use ibc_workloads::{Answer, RequestText};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Value, cache};
use serde_json::json;

use super::slices::Slicing;
use super::{Engine, Prepared};
use crate::policy::{Effect, Operator, Policies, Statement};

/// The interpreter.
pub(super) fn prepare_interpreter(policies: &Policies) -> Prepared {
    Prepared::new(|| data(policies, Slicing::Roles), Interpreter::load)
}

/// The virtual machine.
pub(super) fn prepare_vm(policies: &Policies) -> Prepared {
    Prepared::new(|| data(policies, Slicing::Roles), |data| Vm::load(&data, Slicing::Roles))
}

/// The virtual machine over statements that are filed by team as well.
pub(super) fn prepare_indexed_vm(policies: &Policies) -> Prepared {
    Prepared::new(|| data(policies, Slicing::RolesAndTeams), |data| Vm::load(&data, Slicing::RolesAndTeams))
}

/// The statements as JSON.
fn data(policies: &Policies, slicing: Slicing) -> String {
    #[derive(Default, serde::Serialize)]
    struct Slice {
        deny: Vec<serde_json::Value>,
        allow: Vec<serde_json::Value>,
    }
    let mut slices: BTreeMap<String, Slice> = BTreeMap::new();
    for (role, statement) in policies.statements() {
        let slice = slices.entry(slicing.slice_of(role, &statement)).or_default();
        let list = match statement.effect {
            Effect::Deny => &mut slice.deny,
            Effect::Allow => &mut slice.allow,
        };
        list.push(statement_data(&statement));
    }
    json!({ "slices": slices }).to_string()
}

fn statement_data(statement: &Statement) -> serde_json::Value {
    let tests = |operator| -> Vec<serde_json::Value> {
        let own = statement.tests.iter().filter(|test| test.operator == operator);
        own.map(|test| json!({ "key": test.key.to_ascii_lowercase(), "values": test.values })).collect()
    };
    let patterns = |patterns: &[String]| patterns.iter().map(|pattern| pattern_data(pattern)).collect::<Vec<_>>();
    json!({
        "equals": tests(Operator::Equals),
        "not_equals": tests(Operator::NotEquals),
        "all_among": tests(Operator::AllAmong),
        "actions": patterns(&statement.actions),
        "resources": patterns(&statement.resources),
    })
}

/// # Panics
/// If the pattern has a character that is special in Rego's globs and not in those of IAM.
fn pattern_data(pattern: &str) -> serde_json::Value {
    assert!(!pattern.contains(['[', ']', '{', '}', '\\', '!']), "`{pattern}` means something else in Rego");
    match pattern.find(['*', '?']) {
        None => json!({ "literal": pattern }),
        Some(end) if &pattern[end..] == "*" => json!({ "start": pattern[..end] }),
        Some(end) => json!({ "start": pattern[..end], "glob": pattern }),
    }
}

fn input(request: &RequestText<'_>, slicing: Slicing) -> Value {
    let list = |values: &[&str]| Value::from(values.iter().map(|&value| Value::from(value)).collect::<Vec<_>>());
    let slices = slicing.slices_for(request).into_iter().map(Value::from).collect::<Vec<_>>();
    let context: BTreeMap<Value, Value> = request
        .context
        .iter()
        .map(|&(key, value)| {
            let value = match value {
                ibc_workloads::Value::Single(value) => Value::from(value),
                ibc_workloads::Value::Multi(values) => list(values),
            };
            (Value::from(key.to_ascii_lowercase()), value)
        })
        .collect();
    let input = BTreeMap::from([
        (Value::from("slices"), Value::from(slices)),
        (Value::from("action"), Value::from(request.action.to_ascii_lowercase())),
        (Value::from("resource"), Value::from(request.resource)),
        (Value::from("context"), Value::from(context)),
    ]);
    Value::from(input)
}

fn answer(decision: &Value) -> Answer {
    match decision.as_string().expect("a decision").as_ref() {
        "allowed" => Answer::Allow,
        "explicitDeny" => Answer::ExplicitDeny,
        "implicitDeny" => Answer::ImplicitDeny,
        decision => unreachable!("the policy does not say `{decision}`"),
    }
}

fn engine() -> regorus::Engine {
    // The cache of compiled globs holds 128 by default, fewer than the requests need.
    cache::configure(cache::Config { glob: cache::Config::MAX_CAPACITY, ..cache::Config::default() });
    let mut engine = regorus::Engine::new();
    engine.add_policy("rego.rego".to_owned(), POLICY.to_owned()).expect("a policy");
    engine
}

#[derive(Debug)]
struct Interpreter {
    engine: regorus::Engine,
}

impl Interpreter {
    fn load(data: String) -> Interpreter {
        let mut engine = engine();
        engine.add_data_json(&data).expect("data");
        Interpreter { engine }
    }
}

impl Engine for Interpreter {
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e> {
        Box::new(|request| {
            self.engine.set_input(input(request, Slicing::Roles));
            answer(&self.engine.eval_rule(DECISION.to_owned()).expect("a decision"))
        })
    }
}

struct Vm {
    vm: RegoVM,
    slicing: Slicing,
}

impl Vm {
    fn load(data: &str, slicing: Slicing) -> Vm {
        let policy = engine().compile_with_entrypoint(&DECISION.into()).expect("a compiled policy");
        let program = Compiler::compile_from_policy(&policy, &[DECISION]).expect("a program");
        let mut vm = RegoVM::new();
        vm.set_max_instructions(usize::MAX);
        vm.load_program(program);
        vm.set_data(Value::from_json_str(data).expect("data")).expect("data beside the rules");
        Vm { vm, slicing }
    }
}

impl Engine for Vm {
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e> {
        Box::new(|request| {
            self.vm.set_input(input(request, self.slicing));
            answer(&self.vm.execute().expect("a decision"))
        })
    }
}

const POLICY: &str = include_str!("rego.rego");
const DECISION: &str = "data.iam.decision";
