//! The facts of Image Builder against a machine-readable copy of AWS's tables.
//!
//! The copy lies beside the repository; without it the check passes and says so.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use ibc::service_facts::{AccessLevel, ActionFacts, image_builder, is_of_family};

fn reference() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/imagebuilder-reference.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("reference not found, check skipped");
        return None;
    };
    Some(serde_json::from_str(&text).expect("the reference is JSON"))
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap_or_else(|| panic!("no list `{member}` in {value}"))
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no text `{member}` in {value}"))
}

fn texts<'a>(value: &'a Value, member: &str) -> BTreeSet<&'a str> {
    list(value, member).iter().map(|text| text.as_str().expect("a text")).collect()
}

#[test]
fn facts_are_those_of_the_reference() {
    let Some(reference) = reference() else { return };
    let facts = image_builder();
    let actions = list(&reference, "actions");
    assert_eq!(facts.actions.len(), actions.len());
    for (expected, operation) in actions.iter().zip(list(&reference, "operations")) {
        let name = text(expected, "name");
        let action = facts.action(name).expect(name);
        check_action(action, expected);
        check_dependents(action, expected, operation);
    }
    let keys = list(&reference, "condition_keys");
    let keys: Vec<_> = keys.iter().map(|key| (text(key, "key"), text(key, "type"))).collect();
    assert_eq!(facts.keys.iter().map(|key| (key.key, key.value_type)).collect::<Vec<_>>(), keys);
}

fn check_action(action: &ActionFacts<'_>, expected: &Value) {
    let name = action.name;
    let level = |level: &AccessLevel| match level {
        AccessLevel::PermissionsManagement => "Permissions management".to_owned(),
        level => format!("{level:?}"),
    };
    let levels: Vec<String> = action.access.iter().map(level).collect();
    assert_eq!(levels.iter().map(String::as_str).collect::<BTreeSet<_>>(), texts(expected, "access_levels"), "{name}");
    assert_eq!(action.keys.iter().copied().collect::<BTreeSet<_>>(), texts(expected, "condition_keys"), "{name}");
    let types: Vec<_> = action.resources.iter().map(|used| (used.resource_type, used.is_required)).collect();
    let expected_types = list(expected, "resource_types");
    let is_required = |used: &Value| used["required"].as_bool().expect("a boolean");
    assert_eq!(types, expected_types.iter().map(|used| (text(used, "type"), is_required(used))).collect::<Vec<_>>(), "{name}");
    for used in expected_types {
        let has_tags = texts(used, "condition_keys").iter().any(|key| is_of_family(key, "aws:ResourceTag/${TagKey}"));
        assert_eq!(image_builder().resource(text(used, "type")).expect(name).has_tags, has_tags, "{name}");
    }
}

/// Two tables of AWS name what an operation needs, and each has what the other lacks: the facts have both.
fn check_dependents(action: &ActionFacts<'_>, expected: &Value, operation: &Value) {
    let name = action.name;
    assert_eq!(text(operation, "operation"), name);
    let own = format!("imagebuilder:{name}");
    let mut wanted = texts(expected, "dependent_actions");
    wanted.extend(list(expected, "resource_types").iter().flat_map(|used| texts(used, "dependent_actions")));
    wanted.extend(list(operation, "iam_actions").iter().map(|asked| text(asked, "action")));
    wanted.remove(own.as_str());
    let found: BTreeSet<&str> = action.dependents.iter().flat_map(|dependents| dependents.actions.iter().copied()).collect();
    assert_eq!(found, wanted, "{name}");
    for asked in list(operation, "iam_actions") {
        let Some(fixed) = asked["static_conditions"].as_object() else { continue };
        let dependents = action.dependents.iter().find(|dependents| dependents.actions.contains(&text(asked, "action")));
        for (key, values) in fixed {
            let value = dependents.expect(name).keys.get(key.as_str()).expect(key);
            assert_eq!(values, &Value::from(vec![*value]), "{name}");
        }
    }
}

#[test]
fn arns_are_those_of_the_reference() {
    let Some(reference) = reference() else { return };
    let of_service = |arn: &str| arn.starts_with("arn:${Partition}:imagebuilder:");
    let facts = image_builder().resources.iter().map(|resource| (resource.resource_type, resource.arn_format));
    let current = list(&reference, "resource_types").iter().filter(|resource| resource["status"] == "current");
    let expected = current.map(|resource| (text(resource, "name"), text(resource, "arn_format")));
    assert_eq!(facts.filter(|(_, arn)| of_service(arn)).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}
