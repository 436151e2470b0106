//! One API call as the authorization questions that it raises (M-1).
//!
//! A call of EC2 Image Builder asks for more than the action it is named after: `CreateImage` also reads the recipe, hands a role
//! to the service and sets tags. [`expand`] turns the request of a call into [`Part`]s, one for each question, from what
//! [`service_facts`](crate::service_facts) knows; the call is allowed if every part is (EV-47).
//!
//! The request of the call is an ordinary one. What the other actions are on stands in a [`DependentMap`], the member `dependent`:
//!
//! ```
//! use ibc::operation::{PartState, expand};
//! use ibc::request::document::{DependentMap, RequestDocument};
//!
//! let request: RequestDocument<'_> = serde_json::from_str(r#"{
//!     "principal": "arn:aws:iam::111122223333:user/ada", "action": "imagebuilder:CreateLifecyclePolicy",
//!     "resource": "arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/monthly" }"#)?;
//! let dependent: DependentMap = serde_json::from_str(r#"{ "iam:PassRole": "arn:aws:iam::111122223333:role/cleaner" }"#)?;
//! let operation = expand(&request, &dependent)?;
//! let shown: Vec<String> = operation.parts.iter().map(|part| match &part.state {
//!     PartState::Asked(question) => format!("{} on {}", part.action, question.request.resource),
//!     PartState::NotGiven(missing) => format!("{}: {missing}", part.action),
//!     PartState::NotAsked(need) => format!("{}: {need}", part.action),
//! }).collect();
//! assert_eq!(shown, [
//!     "imagebuilder:CreateLifecyclePolicy on arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/monthly",
//!     "iam:PassRole on arn:aws:iam::111122223333:role/cleaner",
//!     "imagebuilder:TagResource: only if the call passes `tags`",
//! ]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which actions are asked for
//! - Those that every call needs. If the request does not say on which resource, the part is [`PartState::NotGiven`], which is
//!   never better than an implicit deny: what was not asked was not allowed.
//! - Those of a parameter or a state of affairs, if the request shows it: by naming one of its actions in `dependent`, or by a
//!   context key (tags are shown by `aws:TagKeys`). Otherwise the part is [`PartState::NotAsked`], and says when it is needed.
//! - Of alternatives, such as the two kinds of recipes, those that are named; one must be.
//!
//! # What each question is asked with
//! - An action without resource-level permission is asked on `*` (WC-13).
//! - A context key that Image Builder does not supply for the action is left out (TG-11); `imagebuilder:ResourceTag/k` counts as
//!   the twin of `aws:ResourceTag/k`, and both are there if one is (D-25). So are the resource's tags for `iam:PassRole` (TG-12).
//! - A dependent action inherits what the call says of caller, session, network and time; tags and owner of a resource only if it
//!   is the same one. Its own `context` wins, and an empty list takes a key out (M-3). Session and endpoint policies of the call
//!   hold for every question.
//!
//! A gateway that calls `decide` is believed; none of this happens there.

mod error;
mod expansion;
mod part;
mod supply;

pub use error::OperationError;
pub use expansion::{canonical_name, expand};
pub use part::{Missing, Operation, Part, PartState, Question};

#[cfg(doc)]
use crate::request::document::DependentMap;
#[cfg(test)]
mod tests;
