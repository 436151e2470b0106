//! The values of one open key, as far as the open tests tell them apart.
//!
//! A value is abstract: one bit for each test of the key, whether it holds. An absent key, a single value and a list are all tried,
//! by table 4.2 itself ([`quantified`]). The domain never lacks a value that some request could have; where it cannot be had
//! exactly and cheaply, it has more.

use super::candidates::{self, Beyond, Candidates};
use super::collect::{Atom, AtomKind, Holder};
use crate::artifact::pattern_code::{comparison, flag};
use crate::artifact::{Cursor, Damaged, Read};
use crate::engine::condition::{null_holds, quantified};
use crate::engine::explain::decode::Condition;
use crate::engine::layers::Layers;
use crate::request::ContextValue;

/// The abstract values of a key.
#[derive(Debug, Default)]
pub(super) struct Domain {
    /// The tests of the key: indexes of atoms.
    pub(super) atoms: Vec<usize>,
    /// Distinct; bit `i` is whether test `i` holds. `None` if there would be too many.
    pub(super) values: Option<Vec<u64>>,
}

/// Most tests of one key that are told apart.
const MAX_ATOMS: usize = 32;
/// Most matchers of one key that may go either way for a value that behaves like no candidate.
const MAX_EITHER: usize = 6;
/// Most different single values whose lists are tried.
const MAX_LISTED: usize = 6;

/// One comparison with the values of a policy, without quantifier and negation.
struct Matcher<'a> {
    holder: Holder,
    comparison: u8,
    ordering: u8,
    values: Cursor<'a>,
}

impl Matcher<'_> {
    fn is_like(&self, other: &Matcher<'_>) -> bool {
        (self.holder, self.comparison, self.ordering) == (other.holder, other.comparison, other.ordering)
            && self.values.rest() == other.values.rest()
    }

    fn ordering_of(flags: u8) -> u8 {
        flags >> flag::ORDERING_SHIFT << flag::ORDERING_SHIFT
    }
}

impl Domain {
    /// The domain of each open key, in their order.
    pub(super) fn of_all<'a>(layers: &mut Layers<'a, '_, '_>, atoms: &[Atom<'a>], key_count: usize) -> Read<Vec<Domain>> {
        let mut tests: Vec<Vec<(usize, Holder, Condition<'a>)>> = vec![Vec::new(); key_count];
        for (index, atom) in atoms.iter().enumerate() {
            if let AtomKind::OneKey(key, condition) = atom.kind {
                tests.get_mut(key).ok_or(Damaged)?.push((index, atom.holder, condition));
            }
        }
        tests.into_iter().map(|own| Domain::of(layers, own)).collect()
    }

    /// The domain of a key with these tests.
    fn of<'a>(layers: &mut Layers<'a, '_, '_>, own: Vec<(usize, Holder, Condition<'a>)>) -> Read<Domain> {
        let mut domain = Domain { atoms: own.iter().map(|&(index, ..)| index).collect(), values: None };
        if own.len() > MAX_ATOMS {
            return Ok(domain);
        }
        let (matchers, matcher_of) = matchers(&own);
        let Some(singles) = singles(layers, &matchers)? else { return Ok(domain) };
        domain.values = values(&own, &matcher_of, &singles)?;
        Ok(domain)
    }
}

/// The distinct matchers of the tests, and which one each test has; a `Null` test has none.
fn matchers<'a>(atoms: &[(usize, Holder, Condition<'a>)]) -> (Vec<Matcher<'a>>, Vec<Option<usize>>) {
    let mut matchers: Vec<Matcher<'a>> = Vec::new();
    let mut matcher_of = Vec::new();
    for &(_, holder, Condition { comparison, flags, values, .. }) in atoms {
        if comparison == comparison::NULL {
            matcher_of.push(None);
            continue;
        }
        let matcher = Matcher { holder, comparison, ordering: Matcher::ordering_of(flags), values };
        let known = matchers.iter().position(|other| other.is_like(&matcher));
        matcher_of.push(Some(known.unwrap_or(matchers.len())));
        if known.is_none() {
            matchers.push(matcher);
        }
    }
    (matchers, matcher_of)
}

/// The abstract single values: bit `i` is whether matcher `i` matches.
fn singles<'a>(layers: &mut Layers<'a, '_, '_>, matchers: &[Matcher<'a>]) -> Read<Option<Vec<u64>>> {
    let mut kinds = Vec::new();
    for matcher in matchers {
        kinds.push(candidates::kind(layers.evaluation(matcher.holder)?, matcher.comparison, matcher.values)?);
    }
    let Candidates { texts, beyond } = candidates::candidates(&kinds);
    let mut singles = Vec::new();
    for text in &texts {
        let mut single = 0;
        for (index, matcher) in matchers.iter().enumerate() {
            let evaluation = layers.evaluation(matcher.holder)?;
            let matches = evaluation.matches_one(matcher.comparison, matcher.ordering, matcher.values, text)?;
            single |= u64::from(matches) << index;
        }
        singles.push(single);
    }
    let either: Vec<usize> = (0..beyond.len()).filter(|&index| beyond[index] == Beyond::Either).collect();
    if either.len() > MAX_EITHER {
        return Ok(None);
    }
    let always: u64 = (0..beyond.len()).filter(|&index| beyond[index] == Beyond::Matches).map(|index| 1 << index).sum();
    for choice in 0..1_u64 << either.len() {
        let chosen = either.iter().enumerate().map(|(bit, &index)| (choice >> bit & 1) << index);
        singles.push(always | chosen.sum::<u64>());
    }
    singles.sort_unstable();
    singles.dedup();
    Ok(Some(singles))
}

/// The abstract values of the key: absent, every single value, every list that the tests tell apart.
fn values(atoms: &[(usize, Holder, Condition<'_>)], matcher_of: &[Option<usize>], singles: &[u64]) -> Read<Option<Vec<u64>>> {
    // Stands for a value in the table: the number of an abstract single value.
    let names: Vec<String> = (0..singles.len()).map(|index| index.to_string()).collect();
    let value_of = |value: Option<ContextValue<'_>>| {
        let mut bits = 0;
        for (bit, (&(_, _, condition), matcher)) in atoms.iter().zip(matcher_of).enumerate() {
            let holds = match *matcher {
                None => null_holds(condition.flags, condition.values, value.is_some())?,
                Some(matcher) => quantified(condition.flags, value, |name| {
                    let single = name.parse().ok().and_then(|index: usize| singles.get(index)).ok_or(Damaged)?;
                    Ok(single >> matcher & 1 == 1)
                })?,
            };
            bits |= u64::from(holds) << bit;
        }
        Read::Ok(bits)
    };
    let mut values = vec![value_of(None)?];
    for name in &names {
        values.push(value_of(Some(ContextValue::Single(name)))?);
    }
    let has_set_operator = atoms.iter().any(|(_, _, condition)| condition.flags & (flag::FOR_ALL | flag::FOR_ANY) != 0);
    if !has_set_operator {
        // Without one, all lists are alike (D-07).
        values.push(value_of(Some(ContextValue::Multi(&["0"])))?);
    } else if names.len() > MAX_LISTED {
        return Ok(None);
    } else {
        for subset in 1..1_u32 << names.len() {
            let chosen = names.iter().enumerate().filter(|(index, _)| subset >> index & 1 == 1);
            let list: Vec<&str> = chosen.map(|(_, name)| name.as_str()).collect();
            values.push(value_of(Some(ContextValue::Multi(&list)))?);
        }
    }
    values.sort_unstable();
    values.dedup();
    Ok(Some(values))
}
