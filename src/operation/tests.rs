use super::*;
use crate::request::document::{ContextMap, ContextMapValue, DependentMap, RequestDocument};
use crate::service_facts::image_builder;

const ACCOUNT: &str = "arn:aws:imagebuilder:eu-west-1:111122223333";

/// The request of a call by ada, with these further members.
fn request(action: &str, resource: &str, members: &str) -> RequestDocument<'static> {
    let resource = if resource == "*" { resource.to_owned() } else { format!("{ACCOUNT}:{resource}") };
    let json = format!(
        r#"{{"principal": "arn:aws:iam::111122223333:user/ada", "action": "imagebuilder:{action}", "resource": "{resource}"{members}}}"#
    );
    serde_json::from_str(Box::leak(json.into_boxed_str())).unwrap()
}

fn dependent(json: &str) -> DependentMap {
    serde_json::from_str(&json.replace("IB:", &format!("{ACCOUNT}:")).replace("IAM:", "arn:aws:iam::111122223333:")).unwrap()
}

/// One line for each part: what is asked on what, or why not.
#[track_caller]
fn parts(request: &RequestDocument<'_>, named: &str) -> Vec<String> {
    let show = |part: &Part<'_>| match &part.state {
        PartState::Asked(question) => format!("{} on {}", part.action, question.request.resource.replace(ACCOUNT, "")),
        PartState::NotGiven(missing) => format!("{} not given: {missing}", part.action),
        PartState::NotAsked(need) => format!("{} {need}", part.action),
    };
    expand(request, &dependent(named)).unwrap().parts.iter().map(show).collect()
}

/// Checks that these are among the parts.
#[track_caller]
fn check(request: &RequestDocument<'_>, named: &str, expected: &[&str]) {
    let parts = parts(request, named);
    for expected in expected {
        assert!(parts.iter().any(|part| part.starts_with(expected)), "no `{expected}` in {parts:#?}");
    }
}

/// Context and keys left out of the question about `action`.
#[track_caller]
fn keys(request: &RequestDocument<'_>, named: &str, action: &str) -> (Vec<String>, Vec<String>) {
    let operation = expand(request, &dependent(named)).unwrap();
    let part = operation.parts.iter().find(|part| part.action == action).expect(action);
    let PartState::Asked(question) = &part.state else { panic!("{part:?}") };
    (shown(&question.request.context), question.left_out.clone())
}

fn shown(context: &ContextMap) -> Vec<String> {
    let show = |(key, value): (&str, &ContextMapValue)| format!("{key}={}", value.values().collect::<Vec<_>>().join(","));
    context.iter().map(show).collect()
}

#[test]
fn create_image_asks_for_what_it_passes() {
    let request = request("CreateImage", "image/web/1.0.0/1", r#", "requestTags": {"team": "red"}"#);
    let named = r#"{"imagebuilder:GetInfrastructureConfiguration": "IB:infrastructure-configuration/small",
        "imagebuilder:GetImageRecipe": "IB:image-recipe/web/1.0.0", "iam:PassRole": "IAM:role/builder"}"#;
    assert_eq!(
        parts(&request, named),
        [
            "imagebuilder:CreateImage on :image/web/1.0.0/1",
            "imagebuilder:GetInfrastructureConfiguration on :infrastructure-configuration/small",
            "imagebuilder:GetImageRecipe on :image-recipe/web/1.0.0",
            "imagebuilder:GetDistributionConfiguration only if the call passes `distributionConfigurationArn`",
            "imagebuilder:GetWorkflow only if the call passes `workflows`",
            "iam:PassRole on arn:aws:iam::111122223333:role/builder",
            "imagebuilder:TagResource on :image/web/1.0.0/1",
            "iam:CreateServiceLinkedRole only if the account has no service-linked role of Image Builder yet",
            "ecr:BatchGetRepositoryScanningConfiguration only if the call passes `imageScanningConfiguration.ecrConfiguration`",
            "ecr:DescribeRepositories only if the call passes `imageScanningConfiguration.ecrConfiguration`",
            "inspector2:BatchGetAccountStatus only if the call passes `imageScanningConfiguration`",
        ]
    );
}

#[test]
fn what_every_call_needs_is_not_given_unless_named() {
    let pipeline = request("CreateImagePipeline", "image-pipeline/nightly", "");
    check(
        &pipeline,
        "{}",
        &[
            "imagebuilder:GetInfrastructureConfiguration not given: the request does not say on which `infrastructureConfiguration`",
            "imagebuilder:GetImageRecipe not given: the request does not say which `imageRecipeArn or containerRecipeArn` the call \
             passes; name one of `imagebuilder:GetImageRecipe`, `imagebuilder:GetContainerRecipe` in `dependent`",
            "iam:PassRole only if the call passes `executionRole`",
        ],
    );
    assert!(!parts(&pipeline, "{}").iter().any(|part| part.starts_with("imagebuilder:GetContainerRecipe")));
    let container = r#"{"imagebuilder:GetContainerRecipe": "IB:container-recipe/web/1.0.0"}"#;
    check(&pipeline, container, &["imagebuilder:GetContainerRecipe on :container-recipe/web/1.0.0"]);
    assert!(!parts(&pipeline, container).iter().any(|part| part.starts_with("imagebuilder:GetImageRecipe")));
    let infrastructure = request("CreateInfrastructureConfiguration", "infrastructure-configuration/small", "");
    check(
        &infrastructure,
        r#"{"iam:PassRole": "*"}"#,
        &[
            "iam:PassRole not given: the request does not say on which `role`; name it in `dependent`: arn:${Partition}:iam::",
            "iam:GetInstanceProfile not given",
        ],
    );
    check(
        &request("ImportDiskImage", "image/web/1.0.0", ""),
        "{}",
        &["s3:GetObject not given", "imagebuilder:GetWorkflow not given"],
    );
}

/// What one dependent action shows of a call holds for the others.
#[test]
fn a_named_action_shows_what_the_call_passes() {
    let component = request("CreateComponent", "component/hardening/1.0.0/1", "");
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    let on_key = |action: &str| format!("{action} on {key}");
    let named = format!(r#"{{"kms:Encrypt": "{key}"}}"#);
    check(
        &component,
        &named,
        &[&on_key("kms:Encrypt"), &on_key("kms:GenerateDataKey"), &on_key("kms:GenerateDataKeyWithoutPlaintext")],
    );
    check(&component, &named, &["s3:GetObject only if the call passes `uri`"]);
    check(&component, r#"{"s3:GetObject": "arn:aws:s3:::b/k"}"#, &["s3:GetObject on", "s3:ListBucket not given"]);
    let image = request("CreateImage", "image/web/1.0.0/1", "");
    let repository = r#"{"ecr:DescribeRepositories": "arn:aws:ecr:eu-west-1:111122223333:repository/r"}"#;
    check(
        &image,
        repository,
        &["ecr:BatchGetRepositoryScanningConfiguration on arn:aws:ecr", "inspector2:BatchGetAccountStatus on *"],
    );
    check(
        &image,
        r#"{"inspector2:BatchGetAccountStatus": {}}"#,
        &["inspector2:BatchGetAccountStatus on *", "ecr:DescribeRepositories only if"],
    );
    let disk = request("CreateDistributionConfiguration", "distribution-configuration/d", "");
    check(&disk, r#"{"iam:PassRole": "IAM:role/vmimport"}"#, &["iam:PassRole on", "s3:ListBucket not given"]);
}

#[test]
fn a_context_key_shows_what_the_call_passes() {
    let topic = r#", "context": {"imagebuilder:StatusTopicArn": "arn:aws:sns:eu-west-1:111122223333:builds"}"#;
    let infrastructure = request("UpdateInfrastructureConfiguration", "infrastructure-configuration/small", topic);
    check(&infrastructure, "{}", &["sns:Publish on arn:aws:sns:eu-west-1:111122223333:builds"]);
    let strange =
        request("UpdateInfrastructureConfiguration", "infrastructure-configuration/small", &topic.replace("arn:", "x:"));
    check(&strange, "{}", &["sns:Publish not given"]);
    for (members, expected) in [
        (r#", "requestTags": {"a": ""}"#, "imagebuilder:TagResource on :image-recipe/web/1.0.0"),
        (r#", "context": {"aws:tagkeys": ["a"]}"#, "imagebuilder:TagResource on :image-recipe/web/1.0.0"),
        (r#", "requestTags": {}"#, "imagebuilder:TagResource only if the call passes `tags`"),
        ("", "imagebuilder:TagResource only if the call passes `tags`"),
    ] {
        check(&request("CreateImageRecipe", "image-recipe/web/1.0.0", members), "{}", &[expected]);
    }
}

#[test]
fn an_action_may_be_on_several_resources() {
    let recipe = request("CreateContainerRecipe", "container-recipe/web/1.0.0", "");
    let named = r#"{"imagebuilder:GetComponent": ["IB:component/a/1.0.0/1", {"resource": "IB:component/b/1.0.0/1", "resourceTags": {"t": "1"}}],
        "ecr:DescribeRepositories": "arn:aws:ecr:eu-west-1:111122223333:repository/r"}"#;
    check(
        &recipe,
        named,
        &["imagebuilder:GetComponent on :component/a/1.0.0/1", "imagebuilder:GetComponent on :component/b/1.0.0/1"],
    );
    let send = request("SendWorkflowStepAction", "image/web/1.0.0/1", "");
    check(
        &send,
        "{}",
        &[
            "imagebuilder:SendWorkflowStepAction on :image/",
            "imagebuilder:SendWorkflowStepAction not given: the call is on \
        `workflowStepExecution`; write its ARN as `resource`",
        ],
    );
    let both = parts(&send, r#"{"imagebuilder:SendWorkflowStepAction": "IB:workflow-step-execution/s"}"#);
    assert_eq!(
        both,
        [
            "imagebuilder:SendWorkflowStepAction on :image/web/1.0.0/1",
            "imagebuilder:SendWorkflowStepAction on :workflow-step-execution/s",
        ]
    );
}

#[test]
fn start_of_a_pipeline_reads_it_and_tags_an_image() {
    let start = request(
        "StartImagePipelineExecution",
        "image-pipeline/nightly",
        r#", "resourceTags": {"team": "red"}, "requestTags": {"env": "dev"}"#,
    );
    check(&start, "{}", &["imagebuilder:GetImagePipeline on :image-pipeline/nightly", "imagebuilder:TagResource not given"]);
    let named = r#"{"imagebuilder:TagResource": "IB:image/web/1.0.0/1"}"#;
    let twins = ["aws:ResourceTag/team=red", "imagebuilder:ResourceTag/team=red"];
    assert_eq!(keys(&start, named, "imagebuilder:GetImagePipeline"), (twins.map(str::to_owned).to_vec(), vec![]));
    let (context, left_out) = keys(&start, named, "imagebuilder:TagResource");
    assert_eq!((context, left_out), (vec!["aws:RequestTag/env=dev".to_owned(), "aws:TagKeys=env".to_owned()], vec![]));
}

#[test]
fn without_resource_level_permission_the_resource_is_the_star() {
    let list = request("ListImages", "image/web/1.0.0/1", r#", "resourceTags": {"team": "red"}"#);
    let operation = expand(&list, &DependentMap::default()).unwrap();
    let [Part { state: PartState::Asked(question), .. }] = operation.parts.as_slice() else { panic!("{operation:?}") };
    assert_eq!(question.request.resource, "*");
    assert_eq!(question.moved_from.as_deref(), Some("arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.0.0/1"));
    assert_eq!(question.left_out, ["aws:ResourceTag/team", "imagebuilder:ResourceTag/team"]);
    assert_eq!(shown(&question.request.context), [""; 0]);
    check(
        &request("ListImageScanFindings", "*", ""),
        "{}",
        &["imagebuilder:ListImageScanFindings on *", "inspector2:ListFindings on *"],
    );
}

#[test]
fn a_call_on_a_resource_names_it() {
    for (action, missing) in [
        ("GetImage", "imagebuilder:GetImage not given: the call is on `image`; write its ARN as `resource`"),
        ("TagResource", "imagebuilder:TagResource not given: the call is on `component` or `containerRecipe` or"),
        ("StartImagePipelineExecution", "imagebuilder:StartImagePipelineExecution not given: the call is on `imagePipeline`"),
    ] {
        let parts = parts(&request(action, "*", ""), "{}");
        assert!(parts[0].starts_with(missing), "{parts:#?}");
    }
    check(&request("StartImagePipelineExecution", "*", ""), "{}", &["imagebuilder:GetImagePipeline not given: the call is on"]);
}

#[test]
fn keys_that_the_service_does_not_supply_are_left_out() {
    let given = r#", "context": {"aws:SourceIp": "203.0.113.7", "imagebuilder:CreatedResourceTag/a": "1", "imagebuilder:StatusTopicArn": "t",
        "ec2:Region": "eu-west-1", "ec2:RoleDelivery": "2.0", "imagebuilder:ResourceTag/team": "red"}, "requestTags": {"a": "1"}"#;
    for (action, resource, kept, left_out) in [
        (
            "CreateInfrastructureConfiguration",
            "infrastructure-configuration/small",
            &[
                "imagebuilder:CreatedResourceTag/a=1",
                "imagebuilder:StatusTopicArn=t",
                "aws:ResourceTag/team=red",
                "aws:TagKeys=a",
            ][..],
            &["ec2:Region"][..],
        ),
        (
            "UntagResource",
            "component/c/1.0.0/1",
            &["imagebuilder:ResourceTag/team=red", "aws:ResourceTag/team=red", "aws:TagKeys=a"],
            &["imagebuilder:CreatedResourceTag/a", "imagebuilder:StatusTopicArn", "ec2:Region", "aws:RequestTag/a"],
        ),
        (
            "GetLifecycleExecution",
            "lifecycle-execution/e",
            &[],
            &[
                "imagebuilder:CreatedResourceTag/a",
                "imagebuilder:StatusTopicArn",
                "ec2:Region",
                "imagebuilder:ResourceTag/team",
                "aws:RequestTag/a",
                "aws:TagKeys",
            ],
        ),
    ] {
        let (context, found) = keys(&request(action, resource, given), "{}", &format!("imagebuilder:{action}"));
        assert_eq!(found, left_out, "{action}");
        for key in kept.iter().chain(&["aws:SourceIp=203.0.113.7", "ec2:RoleDelivery=2.0"]) {
            assert!(context.iter().any(|shown| shown == key), "{action}: no {key} in {context:?}");
        }
    }
}

#[test]
fn the_twin_of_a_tag_key_is_there_unless_it_says_otherwise() {
    let image = |context: &str| request("GetImage", "image/web/1.0.0/1", &format!(r#", "context": {context}"#));
    let own = |context: &str| keys(&image(context), "{}", "imagebuilder:GetImage").0;
    assert_eq!(own(r#"{"AWS:resourcetag/a/b": "1"}"#), ["AWS:resourcetag/a/b=1", "imagebuilder:ResourceTag/a/b=1"]);
    assert_eq!(own(r#"{"imagebuilder:ResourceTag/a": "1"}"#), ["imagebuilder:ResourceTag/a=1", "aws:ResourceTag/a=1"]);
    let both = r#"{"imagebuilder:ResourceTag/a": "1", "aws:ResourceTag/A": "2"}"#;
    assert_eq!(own(both), ["imagebuilder:ResourceTag/a=1", "aws:ResourceTag/A=2"]);
}

#[test]
fn roles_are_passed_to_the_service_that_will_have_them() {
    let given = r#", "principalTags": {"team": "red"}, "resourceTags": {"team": "blue"}, "requestTags": {"a": "1"},
        "context": {"aws:SourceIp": "203.0.113.7", "aws:ResourceOrgID": "o-1", "imagebuilder:Ec2MetadataHttpTokens": "required"}"#;
    let infrastructure = request("CreateInfrastructureConfiguration", "infrastructure-configuration/small", given);
    let named = r#"{"iam:PassRole": {"resource": "IAM:role/team/builder", "resourceTags": {"team": "red"}}}"#;
    let (context, left_out) = keys(&infrastructure, named, "iam:PassRole");
    assert_eq!(context, ["iam:PassedToService=ec2.amazonaws.com", "aws:SourceIp=203.0.113.7", "aws:PrincipalTag/team=red"]);
    assert_eq!(left_out, ["aws:ResourceTag/team", "iam:ResourceTag/team"]);
    let other = r#"{"iam:PassRole": {"resource": "IAM:role/builder", "context": {"IAM:passedtoservice": "x.amazonaws.com", "aws:SourceIp": []}}}"#;
    let other = other.replace("IAM:passed", "iam:Passed");
    let (context, _) = keys(&infrastructure, &other, "iam:PassRole");
    assert_eq!(context, ["iam:Passedtoservice=x.amazonaws.com", "aws:SourceIp=", "aws:PrincipalTag/team=red"]);
    for (action, resource, service) in [
        ("CreateImage", "image/web/1.0.0/1", "imagebuilder.amazonaws.com"),
        ("UpdateDistributionConfiguration", "distribution-configuration/d", "vmie.amazonaws.com"),
    ] {
        let (context, _) = keys(&request(action, resource, ""), r#"{"iam:PassRole": "IAM:role/r"}"#, "iam:PassRole");
        assert_eq!(context, [format!("iam:PassedToService={service}")]);
    }
}

#[test]
fn the_service_linked_role_is_the_one_of_the_caller_s_account() {
    let import = request("ImportVmImage", "image/web/1.0.0", "");
    let named = r#"{"iam:CreateServiceLinkedRole": {}}"#;
    check(
        &import,
        named,
        &[
            "ec2:DescribeImportImageTasks on *",
            "ec2:DescribeImages on *",
            "iam:CreateServiceLinkedRole on arn:aws:iam::111122223333:role/aws-service-role/imagebuilder.amazonaws.com/",
        ],
    );
    assert_eq!(keys(&import, named, "iam:CreateServiceLinkedRole").0, ["iam:AWSServiceName=imagebuilder.amazonaws.com"]);
}

#[test]
fn owner_and_grant_belong_to_their_resource() {
    let members = r#", "resourceAccount": "444455556666", "grantAllows": true, "requestTags": {"a": "1"}"#;
    let component = request("CreateComponent", "component/c/1.0.0/1", members);
    let named = r#"{"kms:Encrypt": {"resource": "arn:aws:kms:eu-west-1:1:key/k", "grantAllows": true, "resourceAccount": "1"}}"#;
    let operation = expand(&component, &dependent(named)).unwrap();
    let facts = |action: &str| {
        let part = operation.parts.iter().find(|part| part.action == action).unwrap();
        let PartState::Asked(question) = &part.state else { panic!("{part:?}") };
        let request = &question.request;
        (request.resource_account.as_deref(), request.grant_allows)
    };
    assert_eq!(facts("imagebuilder:CreateComponent"), (Some("444455556666"), true));
    assert_eq!(facts("imagebuilder:TagResource"), (Some("444455556666"), false));
    assert_eq!(facts("kms:GenerateDataKey"), (Some("1"), true));
}

#[test]
fn what_is_no_call_is_refused() {
    let tag = |members: &str| request("TagResource", "component/c/1.0.0/1", members);
    let other_service: RequestDocument<'_> =
        serde_json::from_str(r#"{"principal": "*", "action": "ec2:RunInstances", "resource": "*"}"#).unwrap();
    for (request, named, message) in [
        (
            request("CreatImage", "*", ""),
            "{}",
            "`imagebuilder:CreatImage` is no operation of EC2 Image Builder (did you mean `CreateImage`?)",
        ),
        (other_service, "{}", "what else `ec2:RunInstances` needs is not known, only the operations of `imagebuilder` are"),
        (
            tag(""),
            r#"{"iam:PassRole": "*"}"#,
            "`imagebuilder:TagResource` does not depend on `iam:PassRole`, nor on any other action",
        ),
        (
            request("CreateLifecyclePolicy", "lifecycle-policy/p", ""),
            r#"{"iam:PassRoles": "*"}"#,
            "`imagebuilder:CreateLifecyclePolicy` does not depend on `iam:PassRoles` (did you mean `iam:PassRole`?); it does on `iam:PassRole`, ",
        ),
        (
            request("CreateLifecyclePolicy", "lifecycle-policy/p", ""),
            r#"{"iam:PassRole": "IAM:instance-profile/p"}"#,
            "`arn:aws:iam::111122223333:instance-profile/p` is not what `iam:PassRole` is on; write the ARN of `role`",
        ),
        (
            request("CreateImage", "component/c/1.0.0/1", ""),
            "{}",
            "`arn:aws:imagebuilder:eu-west-1:111122223333:component/c/1.0.0/1` is not what `imagebuilder:CreateImage` is on; write the ARN of `image`",
        ),
        (
            request("CreateImage", "image/web/1.0.0/1", r#", "requestTags": {"a": "1"}"#),
            r#"{"imagebuilder:TagResource": "IAM:role/r"}"#,
            "`arn:aws:iam::111122223333:role/r` is not what `imagebuilder:TagResource` is on",
        ),
    ] {
        let error = expand(&request, &dependent(named)).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

/// Every action of the facts, on a resource of each of its types and on none: the first part is the action itself.
#[test]
fn every_operation_expands() {
    let facts = image_builder();
    for action in &facts.actions {
        let types = action
            .resources
            .iter()
            .map(|used| facts.resource(used.resource_type).unwrap().arn_format.split_once("${Account}:").unwrap().1);
        for resource in types.chain(["*"]) {
            let request = request(&action.name.to_uppercase(), resource, r#", "requestTags": {"a": "1"}"#);
            let operation = expand(&request, &DependentMap::default()).unwrap_or_else(|error| panic!("{error}"));
            let first = &operation.parts[0];
            assert_eq!(first.action, format!("imagebuilder:{}", action.name));
            assert!(!matches!(first.state, PartState::NotAsked(_)), "{first:?}");
            let dependents: usize = action.dependents.iter().map(|dependents| dependents.actions.len()).sum();
            assert!(operation.parts.len() <= dependents + 2, "{operation:#?}");
        }
    }
}
