//! The vocabulary: pure value types, named as in the AWS documents, that every other module shares.
//!
//! | type | what it is |
//! |---|---|
//! | [`Effect`], [`Decision`], [`Layer`] | what a statement says; what a request gets; which kind of policy decided |
//! | [`PolicyKind`], [`Version`] | which elements a policy may have; whether policy variables work |
//! | [`ConditionOperator`] | base operator + set operator + `IfExists`, from one table |
//! | [`Principal`] | who asks, borrowed from the request |
//! | [`arn`] | the six fields of an ARN |
//! | [`fold`] | letter case of names (actions, condition keys) |
//! | [`value`] | typed context values: decimal numbers, instants, addresses |
//! | [`Template`], [`ConditionKey`], [`ActionPattern`], [`PrincipalPattern`] | the texts of a policy (feature `compile`) |
//!
//! Nothing here knows policies, artifacts or diagnostics.

mod action_traits;
pub mod arn;
mod decision;
mod effect;
pub mod fold;
mod operator;
mod policy_kind;
mod principal;
pub mod value;

pub(crate) use action_traits::ActionTraits;
pub use decision::{Decision, Layer};
pub use effect::Effect;
pub use operator::{BaseOperator, ConditionOperator, SetOperator, ValueType};
pub use policy_kind::{PolicyKind, Version};
pub use principal::{Principal, PrincipalKind, is_service_linked_role};

#[cfg(feature = "compile")]
mod action_pattern;
#[cfg(feature = "compile")]
mod condition_key;
#[cfg(feature = "compile")]
mod principal_pattern;
#[cfg(feature = "compile")]
mod template;

#[cfg(feature = "compile")]
pub use action_pattern::ActionPattern;
#[cfg(feature = "compile")]
pub use condition_key::ConditionKey;
#[cfg(feature = "compile")]
pub use principal_pattern::PrincipalPattern;
#[cfg(feature = "compile")]
pub use template::{Template, TemplatePart, Variable};
