//! Which context keys a question is asked with.

use crate::service_facts::{ActionFacts, is_of_family};

/// The two keys of a tag of an Image Builder resource (D-25).
const RESOURCE_TAG: &str = "aws:ResourceTag/${TagKey}";
const RESOURCE_TAG_TWIN: &str = "imagebuilder:ResourceTag/${TagKey}";

/// Keys that tell of the resource, beside its tags.
const OF_RESOURCE: [&str; 3] = ["aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths"];

/// Keys that tell of what the call passes; Image Builder says for each action whether it supplies them.
const OF_TAGGING: [&str; 2] = ["aws:RequestTag/${TagKey}", "aws:TagKeys"];

/// Keys of other services that come with the caller's credentials (semantics 7.4).
const OF_SESSION: [&str; 9] = [
    "codebuild:BuildArn",
    "codebuild:ProjectArn",
    "ec2:RoleDelivery",
    "ec2:SourceInstanceArn",
    "glue:CredentialIssuingService",
    "glue:RoleAssumedBy",
    "identitystore:UserId",
    "lambda:SourceFunctionArn",
    "ssm:SourceInstanceArn",
];

/// What decides which keys a request carries.
#[derive(Clone, Copy)]
pub(super) enum Supply {
    /// An action of Image Builder, on a resource whose tags it supplies or not.
    Own { action: &'static ActionFacts<'static>, has_tags: bool },
    /// `iam:PassRole`.
    PassRole,
    /// An action of a service of which nothing is known.
    Unknown,
}

impl Supply {
    /// Whether a key that was given for this very action is part of the request.
    pub(super) fn takes(self, key: &str) -> bool {
        match self {
            Supply::Own { action, has_tags } => {
                if is_tag_of_resource(key) {
                    has_tags
                } else if is_one_of(key, &OF_TAGGING) {
                    action.supplies(key)
                } else {
                    is_global(key) || action.supplies(key)
                }
            }
            // TG-12: what a condition on the role's tags does is not to be relied on.
            Supply::PassRole => !is_one_of(key, &[RESOURCE_TAG, "iam:ResourceTag/${TagKey}"]),
            Supply::Unknown => true,
        }
    }

    /// Whether a key that was given for the call is part of the request of this action, too.
    pub(super) fn inherits(self, key: &str, is_same_resource: bool) -> bool {
        let is_of_resource = is_tag_of_resource(key) || is_one_of(key, &OF_RESOURCE);
        match self {
            Supply::Own { .. } => self.takes(key) && (is_same_resource || !is_of_resource),
            Supply::PassRole | Supply::Unknown => is_global(key) && !is_of_resource && !is_one_of(key, &OF_TAGGING),
        }
    }

    /// The other key of a tag of an Image Builder resource.
    pub(super) fn twin_of(self, key: &str) -> Option<String> {
        let Supply::Own { .. } = self else { return None };
        let (_, tag) = key.split_once('/')?;
        let twin = if is_of_family(key, RESOURCE_TAG) {
            RESOURCE_TAG_TWIN
        } else if is_of_family(key, RESOURCE_TAG_TWIN) {
            RESOURCE_TAG
        } else {
            return None;
        };
        Some(twin.replace("${TagKey}", tag))
    }
}

fn is_tag_of_resource(key: &str) -> bool {
    is_one_of(key, &[RESOURCE_TAG, RESOURCE_TAG_TWIN])
}

/// Whether every service supplies the key if there is something to supply.
fn is_global(key: &str) -> bool {
    key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) || is_one_of(key, &OF_SESSION)
}

fn is_one_of(key: &str, known: &[&str]) -> bool {
    known.iter().any(|known| is_of_family(key, known))
}
