//! Which context keys can still change a decision, so that a gateway fetches only those.
//!
//! [`Engine::wanted_keys`] evaluates a request whose context is not complete. [`collect`] leaves of each layer only what open keys
//! decide; [`domain`] finds the values of each open key that its tests tell apart; [`search`] tries them, and asks for each
//! combination what the decision would be.
//!
//! # How exact it is
//! A key that is not wanted never changes the decision: whatever value it gets, single or a list, and whatever the other keys are.
//! The converse may fail, so that a key is wanted that changes nothing, in these cases:
//!
//! 1. A test that looks at several open keys (`${aws:PrincipalTag/team}` beside `aws:ResourceTag/team`, both open), or at open
//!    keys through a `Resource`, is taken to hold or not, independently of all other tests.
//! 2. Of a key whose tests are more than equalities and prefixes, or numbers only, dates only, Booleans only, or equalities
//!    without regard to letter case only, each test that is no equality is taken to match or not, independently, for values that
//!    no policy names: two globs that exclude each other, or two address ranges.
//! 3. If all combinations are more than [`search`] tries, or a key has more values than [`domain`] lists, every key is wanted that
//!    a statement tests which can apply and whose layer can still change the decision.
//!
//! What is used in any case: a Deny that applies already, or Allows that cannot be taken away and suffice, fix the decision;
//! statements about other actions, resources or principals do not count, nor those that contradict themselves or what the request
//! says; an Allow does not count where its layer allows already, or where another layer that must allow never can.

mod candidates;
mod collect;
mod domain;
mod search;

use super::explain::names;
use super::layers::Layers;
use super::{Engine, Evaluation, Overlay};
use crate::artifact::{Damaged, Read, Section};
use crate::request::Request;
use collect::{Collector, Holder};
use domain::Domain;
use search::Problem;

impl<B: AsRef<[u8]>> Engine<B> {
    /// The context keys that can still change the decision, as policies spell them; none if it is fixed.
    ///
    /// The context of `request` holds what is known so far: an entry with an empty list says that a key is known to be absent. Keys
    /// that follow from the request or that the artifact knows (`aws:PrincipalArn`, the caller's tags) are known as well. The module's
    /// documentation says how exact the answer is. This is a slow path: it allocates, and looks at every statement of the layers
    /// that take part; a gateway asks once for each kind of request.
    ///
    /// # Panics
    /// Never. Of an artifact that cannot be read, every key is wanted.
    #[must_use]
    pub fn wanted_keys<O: AsRef<[u8]>>(&self, request: &Request<'_>, overlay: &Overlay<'_, O>) -> Vec<String> {
        if request.validate().is_err() {
            return Vec::new();
        }
        let wanted = self.with_layers(request, overlay, &mut self.scratch(), find_wanted_keys);
        wanted.unwrap_or_else(|_| self.all_keys(overlay))
    }

    fn all_keys<O: AsRef<[u8]>>(&self, overlay: &Overlay<'_, O>) -> Vec<String> {
        let views = [Some(self.view()), overlay.session.map(Engine::view), overlay.endpoint.map(Engine::view)];
        let mut keys: Vec<String> = views
            .into_iter()
            .flatten()
            .flat_map(|view| (0..view.count(Section::Keys)).filter_map(move |key| names::key(view, key).ok().map(str::to_owned)))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn find_wanted_keys(layers: &mut Layers<'_, '_, '_>) -> Read<Vec<String>> {
    let mut collector = Collector::new(layers.endpoint.is_some());
    layers.decide_by(&mut collector)?;
    let Collector { slots, atoms, keys, .. } = collector;
    let domains = Domain::of_all(layers, &atoms, keys.len())?;
    let wanted = Problem { slots, atoms: &atoms, domains }.keys_that_matter(layers)?;
    Ok(wanted.into_iter().filter_map(|key| keys.get(key)).map(|key| key.name.clone()).collect())
}

impl<'a, 's> Layers<'a, 's, '_> {
    /// The evaluation over an artifact.
    fn evaluation(&mut self, holder: Holder) -> Read<&mut Evaluation<'a, 's>> {
        match holder {
            Holder::Base => Ok(self.base),
            Holder::Session => self.session.as_deref_mut().ok_or(Damaged),
            Holder::Endpoint => self.endpoint.as_deref_mut().ok_or(Damaged),
        }
    }
}
