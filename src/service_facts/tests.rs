use super::*;
use crate::compile::catalogue::action_names;

/// The facts name only what they describe, and describe only what they name.
#[test]
fn the_facts_hold_together() {
    let facts = image_builder();
    let is_known = |key: &&str| facts.keys.iter().any(|known| known.key == *key);
    let mut used_types: Vec<&str> = Vec::new();
    for action in &facts.actions {
        let name = action.name;
        assert!(!action.access.is_empty(), "{name}");
        assert!(action.keys.iter().all(is_known), "{name}");
        used_types.extend(action.resources.iter().map(|used| used.resource_type));
        let mut dependents: Vec<&str> = action.dependents.iter().flat_map(|dependents| dependents.actions.clone()).collect();
        dependents.sort_unstable();
        assert!(dependents.windows(2).all(|pair| pair[0] != pair[1]), "{name} depends twice on one action");
        for dependents in &action.dependents {
            assert!(!dependents.actions.is_empty(), "{name}");
            for dependent in &dependents.actions {
                let service = dependent.split(':').next().unwrap();
                let known = action_names(service).any(|known| format!("{service}:{known}") == *dependent);
                assert!(known, "{name} depends on {dependent}, which is no action");
            }
            match dependents.resource {
                "*" => {}
                "operation" => assert!(!action.resources.is_empty(), "{name}"),
                resource_type => used_types.push(resource_type),
            }
        }
    }
    assert!(facts.parameters.iter().flat_map(|parameter| &parameter.keys).all(is_known));
    for resource in &facts.resources {
        let name = resource.resource_type;
        assert!(used_types.contains(&name), "{name} is described and not used");
        let example = resource.arn_format.replace("${Partition}", "aws");
        assert!(resource.fits(&example), "{name} does not fit its own format");
    }
    for used in used_types {
        assert!(facts.resource(used).is_some(), "{used} is used and not described");
    }
}

#[test]
fn the_actions_are_those_of_the_catalogue() {
    let names: Vec<&str> = image_builder().actions.iter().map(|action| action.name).collect();
    assert_eq!(names, action_names("imagebuilder").collect::<Vec<_>>());
}

#[test]
fn an_arn_fits_the_type_that_its_kind_says() {
    for (resource_type, resource, fits) in [
        ("image", "arn:aws:imagebuilder:eu-west-1:1:image/web/1.0.0/1", true),
        ("image", "arn:aws:imagebuilder:eu-west-1:aws:image/web/x.x.x", true),
        ("image", "arn:aws:imagebuilder:eu-west-1:1:image-recipe/web/1.0.0", false),
        ("image", "arn:aws:imagebuilder:eu-west-1:1:image/", false),
        ("image", "arn:aws:ec2:eu-west-1:1:image/ami-1", false),
        ("image", "*", false),
        ("role", "arn:aws:iam::1:role/team/builder", true),
        ("role", "arn:aws:iam::1:instance-profile/builder", false),
        ("topic", "arn:aws:sns:eu-west-1:1:builds", true),
    ] {
        assert_eq!(image_builder().resource(resource_type).unwrap().fits(resource), fits, "{resource_type} {resource}");
    }
}

#[test]
fn a_family_of_keys_is_told_by_its_prefix() {
    for (key, known, is_one) in [
        ("aws:RequestTag/team", "aws:RequestTag/${TagKey}", true),
        ("AWS:requesttag/a/b", "aws:RequestTag/${TagKey}", true),
        ("aws:RequestTags", "aws:RequestTag/${TagKey}", false),
        ("aws:tagkeys", "aws:TagKeys", true),
        ("aws:TagKeysX", "aws:TagKeys", false),
        ("é", "aws:RequestTag/${TagKey}", false),
    ] {
        assert_eq!(is_of_family(key, known), is_one, "{key} {known}");
    }
}

#[test]
fn the_only_arn_of_an_account_is_told_without_being_named() {
    let facts = image_builder();
    let role = facts.resource("serviceLinkedRole").unwrap().only_arn("aws", "111122223333").unwrap();
    assert!(role.starts_with("arn:aws:iam::111122223333:role/aws-service-role/imagebuilder.amazonaws.com/"), "{role}");
    assert_eq!(facts.resource("role").unwrap().only_arn("aws", "111122223333"), None);
}
