//! Which access keys a statement offers.

use ipnet::IpNet;
use smallvec::SmallVec;

use super::arn_tails::{VALUE_TAILS, offer_tails};
use super::census::Census;
use super::pieces::{FOLDED_VALUE_AFFIXES, GRAM_SIZE, VALUE_AFFIXES, literals, offer_affixes, rarest_grams};
use super::resource_parts::{is_filed, offer_resources};
use crate::artifact::access_key::{instant_hash, network_code, network_hash, number_hash, part};
use crate::artifact::writer::principals;
use crate::engine::derivation::{self, Derivation};
use crate::hash::{combine, folded_text_hash, hash};
use crate::iam::SetOperator;
use crate::iam::value::{Decimal, Instant};
use crate::ir::{Comparison, KeyId, Pattern, Predicate, PrincipalSet, Program, Statement, Test};

/// A statement is not filed under more values than this: each is a slot, and all are worked out for every part that it offers.
pub(super) const MAX_VALUES: usize = 1 << 14;

/// One part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) tag: u8,
    pub(super) size: u8,
    /// Of the fact that two keys have the same value.
    pub(super) other: u16,
    pub(super) key: u32,
}

/// Parts that are probed together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind(SmallVec<[Part; 3]>);

impl Kind {
    pub(super) fn of(parts: impl IntoIterator<Item = Part>) -> Kind {
        Kind(parts.into_iter().collect())
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }
}

/// A part and the hashes of the values under which the statement would be filed.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) part: Part,
    pub(super) hashes: SmallVec<[u64; 2]>,
}

/// Everything a statement offers but its action class.
pub(super) fn offers(seed: u64, program: &Program, census: &Census, statement: &Statement) -> Vec<Offer> {
    let mut offers = Vec::new();
    let tests = || statement.predicates.iter().map(|predicate| &program.predicates[predicate.index()]);
    for predicate in tests() {
        offer_values(seed, predicate, census, &mut offers);
        // That all values are listed says of a key without values nothing, and of any other that one is.
        if predicate.set == Some(SetOperator::ForAllValues)
            && !predicate.negated
            && tests().any(|other| other.key == predicate.key && (needs_a_value(other) || is_presence(other)))
        {
            offer_listed(seed, predicate, &mut offers);
        }
    }
    if census.has_many_keys {
        offer_keys(program, statement, &mut offers);
    }
    if let Some(principal) = statement.principal {
        offer_principals(seed, &program.principal_sets[principal.index()], &mut offers);
    }
    if let Some(set) = statement.resource.map(|set| &program.resource_sets[set.index()]).filter(|set| is_filed(set)) {
        offer_resources(seed, &set.patterns, census, &mut offers);
    }
    offers
}

/// Offers what every value that a test accepts has.
pub(super) fn offer_values(seed: u64, predicate: &Predicate, census: &Census, offers: &mut Vec<Offer>) {
    if !needs_a_value(predicate) {
        return;
    }
    offer_listed(seed, predicate, offers);
    if let Test::IpAddress(ranges) = &predicate.test {
        offer_networks(seed, predicate.key.0, ranges, offers);
    }
    if let Test::LikeFolded(patterns) = &predicate.test
        && (1..=MAX_VALUES).contains(&patterns.len())
    {
        offer_affixes(seed, predicate.key.0, FOLDED_VALUE_AFFIXES, patterns, offers);
    }
    if let Some(patterns) = filed_patterns(predicate) {
        offer_affixes(seed, predicate.key.0, VALUE_AFFIXES, patterns, offers);
        offer_tails(seed, predicate.key.0, VALUE_TAILS, patterns, offers);
        let part = Part { tag: part::VALUE_GRAM, size: GRAM_SIZE as u8, key: predicate.key.0, ..Part::default() };
        offers.extend(rarest_grams(seed, part, patterns.iter().map(literals), census));
    }
}

/// Whether a test compares a value, and is false if its key is absent, whatever else holds.
pub(super) fn needs_a_value(predicate: &Predicate) -> bool {
    !matches!(predicate.test, Test::Null(..))
        && !predicate.negated
        && !predicate.if_exists
        && predicate.set != Some(SetOperator::ForAllValues)
}

/// Whether a test says that a key is there.
fn is_presence(predicate: &Predicate) -> bool {
    matches!(predicate.test, Test::Null(false, _)) && predicate.set.is_none()
}

/// Offers the values that a test lists, one of which the request has.
fn offer_listed(seed: u64, predicate: &Predicate, offers: &mut Vec<Offer>) {
    let (tag, hashes): (u8, SmallVec<[u64; 2]>) = match &predicate.test {
        Test::Equals(texts) => (part::VALUE, texts.iter().map(|text| hash(seed, text.as_bytes())).collect()),
        Test::EqualsFolded(texts) => (part::VALUE_FOLDED, texts.iter().map(|text| folded_text_hash(seed, text)).collect()),
        Test::Numeric(Comparison::Equals, texts) => {
            let number = |text: &str| number_hash(seed, Decimal::parse(text).expect("lowering has read it"));
            (part::VALUE_NUMBER, texts.iter().map(|text| number(text)).collect())
        }
        Test::Date(Comparison::Equals, instants) => {
            let hash = |&(seconds, nanoseconds)| instant_hash(seed, Instant { seconds, nanoseconds });
            (part::VALUE_INSTANT, instants.iter().map(hash).collect())
        }
        _ => return,
    };
    if (1..=MAX_VALUES).contains(&hashes.len()) {
        offers.push(Offer { part: Part { tag, key: predicate.key.0, ..Part::default() }, hashes });
    }
}

/// The hashes of the values that a test of equality accepts, if a statement can be filed under them.
pub(super) fn value_hashes(seed: u64, predicate: &Predicate) -> Option<SmallVec<[u64; 2]>> {
    let mut offers = Vec::new();
    if needs_a_value(predicate) {
        offer_listed(seed, predicate, &mut offers);
    }
    offers.pop().filter(|offer| offer.part.tag == part::VALUE).map(|offer| offer.hashes)
}

/// Offers the keys that a statement wants a value of, with what it is offered under of their values, and without.
fn offer_keys(program: &Program, statement: &Statement, offers: &mut Vec<Offer>) {
    // A request has these keys itself, or the caller's record has.
    let can_be_gone_through = |key: KeyId| {
        let derivation = derivation::of_key(&program.keys[key.index()]);
        matches!(derivation, Derivation::None | Derivation::PrincipalTag)
    };
    let is_of_value = |part: Part| part::is_of_value(part.tag) && !part::is_of_pieces(part.tag);
    let with_values = offers.iter().filter(|offer| is_of_value(offer.part) && can_be_gone_through(KeyId(offer.part.key)));
    let with_values: Vec<Offer> = with_values
        .map(|offer| Offer {
            part: Part { tag: part::OF_ANY_KEY | offer.part.tag, size: offer.part.size, ..Part::default() },
            hashes: offer.hashes.iter().map(|&hash| combine(offer.part.key.into(), hash)).collect(),
        })
        .collect();
    offers.extend(with_values);
    let tests = statement.predicates.iter().map(|predicate| &program.predicates[predicate.index()]);
    let wanted = tests.filter(|test| (needs_a_value(test) || is_presence(test)) && can_be_gone_through(test.key));
    let mut keys: SmallVec<[u32; 4]> = wanted.map(|test| test.key.0).collect();
    keys.sort_unstable();
    keys.dedup();
    let part = Part { tag: part::KEY, ..Part::default() };
    offers.extend(keys.into_iter().map(|key| Offer { part, hashes: SmallVec::from_slice(&[key.into()]) }));
}

/// Offers the names of principals, if all have one.
fn offer_principals(seed: u64, set: &PrincipalSet, offers: &mut Vec<Offer>) {
    let name = |pattern| principals::name(pattern).map(|name| name.hash(seed));
    let hashes: Option<SmallVec<[u64; 2]>> = set.patterns.iter().map(name).collect();
    if let Some(hashes) = hashes.filter(|hashes| !set.negated && (1..=MAX_VALUES).contains(&hashes.len())) {
        offers.push(Offer { part: Part { tag: part::PRINCIPAL, ..Part::default() }, hashes });
    }
}

/// Networks that hold those of a test: of the shortest prefix among them, and of shorter ones that more statements share.
fn offer_networks(seed: u64, key: u32, ranges: &[IpNet], offers: &mut Vec<Offer>) {
    let is_v6 = |range: &IpNet| matches!(range, IpNet::V6(_));
    let Some(shortest) = ranges.iter().map(IpNet::prefix_len).min().filter(|_| ranges.len() <= MAX_VALUES) else { return };
    // What is filed under networks of one kind alone, addresses of the other kind would not find.
    if ranges.iter().any(|range| is_v6(range) != is_v6(&ranges[0])) {
        return;
    }
    let sizes = if is_v6(&ranges[0]) { [64, 48, 32] } else { [24, 16, 8] };
    for size in [shortest].into_iter().chain(sizes.into_iter().filter(|&size| size < shortest)).filter(|&size| size > 0) {
        let code = network_code(is_v6(&ranges[0]), size);
        let hashes = ranges.iter().map(|range| network_hash(seed, code, range.network()).expect("all are of one kind")).collect();
        offers.push(Offer { part: Part { tag: part::VALUE_NETWORK, size: code, key, ..Part::default() }, hashes });
    }
}

/// The patterns of a test, if a statement can be filed under parts of them.
pub(super) fn filed_patterns(predicate: &Predicate) -> Option<&[Pattern]> {
    patterns(predicate).filter(|patterns| needs_a_value(predicate) && (1..=MAX_VALUES).contains(&patterns.len()))
}

/// The patterns of a test.
pub(super) fn patterns(predicate: &Predicate) -> Option<&[Pattern]> {
    match &predicate.test {
        Test::Like(patterns) | Test::Arn(patterns) => Some(patterns),
        _ => None,
    }
}
