use serde::{Deserialize, Deserializer};

use crate::iam::arn::Arn;

/// What is known of a type of resources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceFacts<'a> {
    /// Its name: `imagePipeline`.
    #[serde(rename = "type")]
    pub resource_type: &'a str,
    /// What its ARNs look like: `arn:${Partition}:imagebuilder:${Region}:${Account}:image-pipeline/${ImagePipelineName}`.
    #[serde(rename = "arn")]
    pub arn_format: &'a str,
    /// Whether requests supply the resource's tags (`aws:ResourceTag/k`).
    #[serde(rename = "tags", default)]
    pub has_tags: bool,
}

impl ResourceFacts<'_> {
    /// Whether `resource` is an ARN of this type, as far as service and kind tell: `image/web/1.0.0` is an `image` whether or not
    /// its build number is written.
    #[must_use]
    pub fn fits(&self, resource: &str) -> bool {
        let (Some(arn), Some(format)) = (Arn::parse(resource), Arn::parse(self.arn_format)) else { return false };
        let is_of_kind = match format.resource.split_once("${") {
            Some((kind, _)) => arn.resource.len() > kind.len() && arn.resource.starts_with(kind),
            None => arn.resource == format.resource,
        };
        arn.service == format.service && is_of_kind
    }

    /// The ARN, if partition and account tell it: there is one such resource in each account.
    #[must_use]
    pub fn only_arn(&self, partition: &str, account: &str) -> Option<String> {
        let arn = self.arn_format.replace("${Partition}", partition).replace("${Account}", account);
        (!arn.contains("${")).then_some(arn)
    }
}

/// A type of resources that an action can be allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceUse<'a> {
    /// The name of the type.
    pub resource_type: &'a str,
    /// Whether every call is on a resource of this type. Written with a `*` behind the type.
    pub is_required: bool,
    /// Whether every call is on a resource of this type or of another with this mark. Written with a `+` behind the type.
    pub is_choice: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for ResourceUse<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        Ok(ResourceUse {
            resource_type: text.trim_end_matches(['*', '+']),
            is_required: text.ends_with('*'),
            is_choice: text.ends_with('+'),
        })
    }
}
