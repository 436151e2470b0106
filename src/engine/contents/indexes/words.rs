//! What statements say that the compiler files them under: values, resources, principals, actions.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use crate::artifact::access_key::{FACT_HASH, instant_hash, network_hash, part};
use crate::artifact::pattern_code::{
    ANY, EXACT, HAS_HEAD, HEAD_FLAGS, MAX_SCANNED_TEXTS, PREFIX, SEGMENTS, SUFFIX, TOKENS, WILD_HEAD, comparison, flag, token,
};
use crate::artifact::principal_name::PrincipalName;
use crate::artifact::separators::up_to_separator;
use crate::artifact::{Cursor, Damaged, Read, Section, View};
use crate::engine::access_part::{Part, arn_tail, later_tails, suffix};
use crate::engine::codes::principal_code as code;
use crate::engine::contents::Budget;
use crate::engine::contents::statements::classes;
use crate::engine::explain::decode::{Condition, Record, Test};
use crate::engine::long_list::List;
use crate::engine::resource::{LastHead, Resource};
use crate::hash::{combine, hash};
use crate::iam::value::Instant;

/// What one element or test of a statement says. Of patterns the literals alone: what lies between them, statements are not filed under.
pub(super) enum Words<'a> {
    /// Values of a context key.
    Values(u32, Values<'a>),
    /// Texts of resources.
    Resources(Vec<String>),
    /// Names of principals, hashed.
    Principals(Vec<u64>),
    /// Classes of actions.
    Actions(Vec<u64>),
}

/// Values that a test compares its key with.
pub(super) enum Values<'a> {
    Texts(Vec<Cow<'a, str>>),
    Instants(Vec<Instant>),
    Addresses(Vec<IpAddr>),
    /// None, or none that anything is filed under: the key alone.
    None,
}

/// Words with their number, if statements share them.
pub(super) type Numbered<'a> = (Option<u32>, Rc<Words<'a>>);

/// The words of statements; what they share is read once.
pub(super) struct Vocabulary<'a> {
    view: View<'a>,
    /// Bytes that may still be read: tests and elements share none.
    budget: Budget,
    shared: HashMap<Place, Numbered<'a>>,
}

/// Where words are that statements share.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// Address of a test's body in the section of shared tests.
    Test(usize),
    Principals(u32),
    Actions(u32),
}

impl<'a> Vocabulary<'a> {
    pub(super) fn new(view: View<'a>) -> Vocabulary<'a> {
        let sections = [Section::Records, Section::Tests, Section::Actions, Section::PrincipalSets];
        let size = sections.into_iter().map(|section| view.size(section) as usize).sum();
        Vocabulary { view, budget: Budget::new(size), shared: HashMap::new() }
    }

    /// Everything that a statement can be filed under.
    pub(super) fn of_record(&mut self, record: &Record<'a>) -> Read<Vec<Numbered<'a>>> {
        let view = self.view;
        let mut all = vec![self.shared_words(Place::Actions(record.action_set), |budget| {
            let classes = classes(view, record.action_set, budget)?;
            Ok(Words::Actions(classes.into_iter().map(u64::from).collect()))
        })?];
        if let Some(set) = record.principal_set {
            all.push(self.shared_words(Place::Principals(set), |budget| principals(view, set, budget))?);
        }
        for &test in &record.tests {
            let (Test::Resource(body) | Test::Condition(body)) = test;
            let read = |budget: &mut Budget| {
                budget.charge(body.rest().len())?;
                match test {
                    Test::Resource(body) => resources(view, body),
                    Test::Condition(body) => values(body),
                }
            };
            all.push(match shared_place(view, body)? {
                Some(place) => self.shared_words(place, read)?,
                None => (None, Rc::new(read(&mut self.budget)?)),
            });
        }
        Ok(all)
    }

    /// Words that are read where they come up first.
    fn shared_words(&mut self, place: Place, read: impl FnOnce(&mut Budget) -> Read<Words<'a>>) -> Read<Numbered<'a>> {
        if let Some((number, words)) = self.shared.get(&place) {
            return Ok((*number, Rc::clone(words)));
        }
        let words = (Some(self.shared.len() as u32), Rc::new(read(&mut self.budget)?));
        self.shared.insert(place, (words.0, Rc::clone(&words.1)));
        Ok(words)
    }
}

/// The place of a test's body, if it is among those that statements share.
fn shared_place(view: View<'_>, body: Cursor<'_>) -> Read<Option<Place>> {
    let shared = view.cursor(Section::Tests, 0)?.slice(view.size(Section::Tests) as usize)?;
    let start = body.rest().as_ptr();
    Ok(shared.as_ptr_range().contains(&start).then_some(Place::Test(start as usize)))
}

impl Words<'_> {
    /// Whether a part of an access key can be one of them.
    pub(super) fn are_about(&self, part: Part) -> bool {
        match self {
            Words::Values(key, _) => {
                let is_of_key = part::is_of_value(part.tag) || part::is_fact(part.tag);
                (is_of_key && part.key == *key) || part.tag == part::KEY || part::of_any_key(part.tag).is_some()
            }
            Words::Resources(_) => (part::RESOURCE..=part::RESOURCE_GRAM).contains(&part.tag),
            Words::Principals(_) => part.tag == part::PRINCIPAL,
            Words::Actions(_) => part.tag == part::ACTION,
        }
    }

    /// The hashes under which a statement can be filed by a part, each once.
    pub(super) fn hashes(&self, seed: u64, part: Part) -> Vec<u64> {
        let mut hashes = match self {
            Words::Values(..) if part::is_fact(part.tag) => vec![FACT_HASH],
            Words::Values(key, _) if part.tag == part::KEY => vec![(*key).into()],
            Words::Values(key, values) => match part::of_any_key(part.tag) {
                Some(tag) => {
                    values.hashes(seed, Part { tag, ..part }).into_iter().map(|hash| combine((*key).into(), hash)).collect()
                }
                None => values.hashes(seed, part),
            },
            Words::Resources(texts) => texts.iter().flat_map(|text| resource_hashes(seed, part, text)).collect(),
            Words::Principals(hashes) | Words::Actions(hashes) => hashes.clone(),
        };
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }
}

impl Values<'_> {
    fn hashes(&self, seed: u64, part: Part) -> Vec<u64> {
        match self {
            Values::Texts(texts) if part.tag == part::VALUE_GRAM => {
                texts.iter().flat_map(|text| grams(text.as_bytes(), part.size)).map(|gram| hash(seed, gram)).collect()
            }
            Values::Texts(texts) if part.tag == part::VALUE_LATER_TAIL => {
                let tails = texts.iter().filter_map(|text| arn_tail(text));
                tails.flat_map(|tail| later_tails(tail, part.size)).map(|text| hash(seed, text)).collect()
            }
            Values::Texts(texts) => texts.iter().filter_map(|text| part.hash_of(seed, text)).collect(),
            Values::Instants(instants) if part.tag == part::VALUE_INSTANT => {
                instants.iter().map(|&instant| instant_hash(seed, instant)).collect()
            }
            Values::Addresses(addresses) if part.tag == part::VALUE_NETWORK => {
                addresses.iter().filter_map(|&address| network_hash(seed, part.size, address)).collect()
            }
            Values::Instants(_) | Values::Addresses(_) | Values::None => Vec::new(),
        }
    }
}

/// What a request about this resource would be looked up by.
fn resource_hashes(seed: u64, part: Part, text: &str) -> Vec<u64> {
    let resource = Resource::new(text, &mut LastHead::default());
    let (head, tail) = resource.head_and_tail();
    let found: Vec<&[u8]> = match part.tag {
        part::RESOURCE => vec![text.as_bytes()],
        part::RESOURCE_HEAD => vec![head],
        part::RESOURCE_TAIL => up_to_separator(tail, part.size).into_iter().collect(),
        part::RESOURCE_LATER_TAIL => later_tails(tail, part.size).collect(),
        part::RESOURCE_FIELD => resource.fields_from(part.size).collect(),
        part::RESOURCE_SUFFIX => suffix(text.as_bytes(), part.size.into()).into_iter().collect(),
        part::RESOURCE_GRAM => grams(tail, part.size).collect(),
        _ => Vec::new(),
    };
    found.into_iter().map(|text| hash(seed, text)).collect()
}

fn principals<'a>(view: View<'_>, set: u32, budget: &mut Budget) -> Read<Words<'a>> {
    let body = view.cursor(Section::PrincipalSets, view.u32(Section::PrincipalSets, set.saturating_mul(4))?)?.part()?;
    budget.charge(body.rest().len())?;
    let List { is_negated, mut entries, .. } = List::read(body)?;
    let mut names = Vec::new();
    while !entries.is_empty() {
        let kind = entries.u8()?;
        match kind {
            code::EVERYONE | code::AWS_ANYONE => continue,
            _ => names.push(PrincipalName::of(entries.bytes()?).hash(view.seed())),
        }
        if kind == code::ACCOUNT {
            entries.bytes()?;
        }
    }
    Ok(Words::Principals(if is_negated { Vec::new() } else { names }))
}

fn resources<'a>(view: View<'_>, body: Cursor<'_>) -> Read<Words<'a>> {
    let List { is_negated, mut entries, .. } = List::read(body)?;
    let mut texts = Vec::new();
    while !is_negated && !entries.is_empty() {
        texts.push(literals(view, entries.part()?)?);
    }
    Ok(Words::Resources(texts))
}

fn values(body: Cursor<'_>) -> Read<Words<'_>> {
    let Condition { comparison, flags, key, mut values } = Condition::read(body)?;
    let has_values = flags & flag::NEGATED == 0;
    let values = match comparison {
        _ if !has_values => Values::None,
        comparison::EQUALS | comparison::EQUALS_FOLDED => {
            let count = values.varint()?;
            if count > MAX_SCANNED_TEXTS {
                values.slice((count as usize).saturating_mul(4))?;
            }
            Values::Texts((0..count).map(|_| values.text().map(Cow::Borrowed)).collect::<Read<_>>()?)
        }
        comparison::NUMERIC => {
            let mut texts = Vec::new();
            while !values.is_empty() {
                texts.push(Cow::Borrowed(values.text()?));
            }
            Values::Texts(texts)
        }
        comparison::LIKE | comparison::LIKE_FOLDED | comparison::ARN => {
            let mut texts = Vec::new();
            while !values.is_empty() {
                let pattern = values.part()?;
                texts.push(Cow::Owned(literals_of(pattern)?));
                texts.extend(default_of(pattern)?.map(Cow::Borrowed));
            }
            Values::Texts(texts)
        }
        comparison::DATE => {
            let mut instants = Vec::new();
            while !values.is_empty() {
                instants.push(Instant { seconds: values.u64()? as i64, nanoseconds: values.u32()? });
            }
            Values::Instants(instants)
        }
        comparison::IP_ADDRESS => {
            let mut addresses = Vec::new();
            while !values.is_empty() {
                let (_prefix_len, network) = (values.u8()?, values.bytes()?);
                addresses.push(address(network).ok_or(Damaged)?);
            }
            Values::Addresses(addresses)
        }
        _ => Values::None,
    };
    Ok(Words::Values(key, values))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => bytes.first_chunk().map(|bytes| IpAddr::V4(Ipv4Addr::from(*bytes))),
        16 => bytes.first_chunk().map(|bytes| IpAddr::V6(Ipv6Addr::from(*bytes))),
        _ => None,
    }
}

/// The literals of a resource pattern, one after the other.
fn literals(view: View<'_>, mut pattern: Cursor<'_>) -> Read<String> {
    let class = pattern.u8()?;
    let mut text = Vec::new();
    if class & HAS_HEAD != 0 {
        let head = view.head(pattern.varint()?)?;
        if class & WILD_HEAD == 0 {
            text.extend_from_slice(head);
        } else {
            let mut head = Cursor::new(head);
            add_literals(&mut text, head.u8()?, head)?;
        }
    }
    add_literals(&mut text, class & !HEAD_FLAGS, pattern)?;
    String::from_utf8(text).map_err(|_| Damaged)
}

/// The same of a pattern of a context key.
fn literals_of(mut pattern: Cursor<'_>) -> Read<String> {
    let mut text = Vec::new();
    add_literals(&mut text, pattern.u8()?, pattern)?;
    String::from_utf8(text).map_err(|_| Damaged)
}

/// What a pattern that begins with a variable is where the variable has no value, if the policy says so.
fn default_of(mut pattern: Cursor<'_>) -> Read<Option<&str>> {
    if pattern.u8()? != TOKENS || pattern.is_empty() || pattern.u8()? != token::VARIABLE {
        return Ok(None);
    }
    let _key = pattern.varint()?;
    if pattern.u8()? == 1 { pattern.text().map(Some) } else { Ok(None) }
}

fn add_literals(text: &mut Vec<u8>, class: u8, mut body: Cursor<'_>) -> Read<()> {
    match class {
        ANY => {}
        EXACT | PREFIX | SUFFIX => text.extend_from_slice(body.rest()),
        SEGMENTS => {
            text.extend_from_slice(body.bytes()?);
            let suffix = body.bytes()?;
            while !body.is_empty() {
                text.extend_from_slice(body.bytes()?);
            }
            text.extend_from_slice(suffix);
        }
        TOKENS => {
            while !body.is_empty() {
                match body.u8()? {
                    token::LITERAL => text.extend_from_slice(body.bytes()?),
                    token::VARIABLE => {
                        body.varint()?;
                        if body.u8()? == 1 {
                            body.bytes()?;
                        }
                    }
                    _ => {}
                }
            }
        }
        _ => return Err(Damaged),
    }
    Ok(())
}

/// All pieces of a text that have this size.
fn grams(text: &[u8], size: u8) -> impl Iterator<Item = &[u8]> {
    text.windows(usize::from(size).max(1))
}
