//! Random policies and requests for the property tests.
//!
//! Reading order: [`words`] (the small domains everything is drawn from) → [`policy`] (one policy of a kind) → [`request`]
//! (who asks what) → [`scenario`] (all layers, a request, and where each policy is attached) → [`directed`] (how a request
//! is moved towards the words of the policies) → [`settings`] (how often what occurs). [`transform`] changes scenarios in ways
//! whose effect a law predicts; [`answers`] asks the evaluators; [`runner`] runs a property deterministically. Whole bundles
//! come from [`bundles`] (few names, the whole language), [`organisation`] (many names, policies as people write them) and
//! [`crowd`] (many similar statements); [`chorus`] repeats a few tests in many statements.
//!
//! Domains are small on purpose: with two accounts, eight actions and a dozen values for a key, policy and request meet
//! often enough that each decision makes up at least a fifth of all cases (`properties::decisions_are_balanced`).

pub(crate) mod answers;
pub(crate) mod bundles;
pub(crate) mod cabinet;
pub(crate) mod chorus;
pub(crate) mod crowd;
pub(crate) mod directed;
pub(crate) mod grid;
pub(crate) mod handful;
pub(crate) mod herd;
pub(crate) mod organisation;
pub(crate) mod overlaps;
pub(crate) mod policy;
pub(crate) mod request;
pub(crate) mod runner;
pub(crate) mod scenario;
pub(crate) mod settings;
pub(crate) mod text;
pub(crate) mod texts;
pub(crate) mod transform;
pub(crate) mod verbs;
pub(crate) mod words;

pub(crate) use answers::{Verdict, decide};
pub(crate) use runner::check;
pub(crate) use scenario::{Scenario, scenarios};
pub(crate) use settings::Settings;
