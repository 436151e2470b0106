//! From the numbers of the artifact to words: what was looked up, and what the request has there.

use super::step::{AccessPart, BlockPlan, DimensionPlan, Lookup, LookupKind, LookupResult, UnitForm, VerifiedStatement};
use crate::artifact::access_key::{KIND_SIZE, MAX_PARTS, network_of, part};
use crate::artifact::separators::up_to_separator;
use crate::artifact::unit_code::{dimension, resource_texts};
use crate::artifact::{Damaged, RECORD_HEADER_SIZE, Read, Section, View, word};
use crate::engine::access_part::{Part, arn_tail, suffix};
use crate::engine::block::colon;
use crate::engine::explain::names;
use crate::engine::watch::{KindFate, Step};
use crate::engine::{Evaluation, StatementId};
use crate::hash::with_folded_text;
use crate::iam::Effect;
use crate::iam::arn::FIELDS;
use crate::request::ContextValue;

/// Puts the steps through a unit together.
pub(super) fn lookups(evaluation: &mut Evaluation<'_, '_>, form: UnitForm, steps: &[Step]) -> Read<Vec<Lookup>> {
    let mut lookups: Vec<Lookup> = Vec::new();
    if form == UnitForm::List {
        lookups.push(lookup(LookupKind::Every, LookupResult::NotFound));
    }
    for step in steps {
        match *step {
            Step::Kind { record, fate } => {
                let result = match fate {
                    KindFate::Settled => LookupResult::Settled,
                    KindFate::OtherActions => LookupResult::OtherActions,
                    KindFate::NoValue => LookupResult::NoValue,
                    KindFate::Probed => LookupResult::NotFound,
                };
                lookups.push(lookup(LookupKind::Filed(parts(evaluation, &record)?), result));
                continue;
            }
            Step::Small { key, always_count, filed_count } => {
                let part = value_part(evaluation, key)?;
                let result = if part.values.is_empty() { LookupResult::NoValue } else { LookupResult::NotFound };
                let mut filed = lookup(LookupKind::Filed(vec![part]), result);
                filed.find(filed_count);
                lookups.push(filed);
                if always_count > 0 {
                    let mut unfiled = lookup(LookupKind::Unfiled, LookupResult::NotFound);
                    unfiled.find(always_count);
                    lookups.push(unfiled);
                }
                continue;
            }
            Step::OtherActions => {
                lookups = vec![lookup_of_action(evaluation)?];
                continue;
            }
            Step::ByAction { count } => {
                let mut of_action = lookup_of_action(evaluation)?;
                of_action.find(count);
                lookups.push(of_action);
                continue;
            }
            Step::Rest => {
                lookups.push(lookup(LookupKind::Unfiled, LookupResult::NotFound));
                continue;
            }
            _ => {}
        }
        let lookup = lookups.last_mut().ok_or(Damaged)?;
        match *step {
            Step::Found { count } => lookup.find(count),
            Step::Block { effect, count } => {
                lookup.blocks.push(BlockPlan { effect, statement_count: count, dimensions: Vec::new(), candidate_count: count });
                lookup.find(count);
            }
            Step::Dimension { tag, key, left } => {
                let part = dimension_part(evaluation, tag, key)?;
                let block = lookup.blocks.last_mut().ok_or(Damaged)?;
                block.dimensions.push(DimensionPlan { part, left_count: left });
                block.candidate_count = left;
            }
            Step::Statement { reference, applies } => lookup.verified.push(statement(evaluation.view, reference, applies)?),
            Step::Kind { .. } | Step::Small { .. } | Step::OtherActions | Step::ByAction { .. } | Step::Rest => {}
        }
    }
    Ok(lookups)
}

fn lookup(kind: LookupKind, result: LookupResult) -> Lookup {
    Lookup { kind, result, found_count: 0, blocks: Vec::new(), verified: Vec::new() }
}

/// The lookup of a unit by the action, which has led to nothing yet.
fn lookup_of_action(evaluation: &Evaluation<'_, '_>) -> Read<Lookup> {
    let name = part_name(evaluation.view, Part { tag: part::ACTION, ..Part::default() })?;
    let part = AccessPart { name, values: vec![evaluation.request.action.to_owned()] };
    Ok(lookup(LookupKind::Filed(vec![part]), LookupResult::OtherActions))
}

impl Lookup {
    /// Takes down that it led to more statements.
    fn find(&mut self, count: u32) {
        self.found_count = self.found_count.saturating_add(count);
        if self.found_count > 0 {
            self.result = LookupResult::Found;
        }
    }
}

fn statement(view: View<'_>, reference: u32, applies: bool) -> Read<VerifiedStatement> {
    let header: &[u8; RECORD_HEADER_SIZE] = view.chunk(Section::Records, reference)?;
    let id = word(header, 0);
    let effect = if id & 1 == 1 { Effect::Allow } else { Effect::Deny };
    Ok(VerifiedStatement { statement: StatementId(id >> 1), effect, applies })
}

/// The keys whose predicate tables the decision looked into, as policies spell them.
pub(super) fn table_keys(evaluation: &Evaluation<'_, '_>) -> Read<Vec<String>> {
    evaluation.memo.looked_up_keys().map(|key| names::key(evaluation.view, key).map(str::to_owned)).collect()
}

fn parts(evaluation: &mut Evaluation<'_, '_>, kind: &[u8; KIND_SIZE]) -> Read<Vec<AccessPart>> {
    let count = usize::from(kind[0]).min(MAX_PARTS);
    (0..count)
        .map(|index| {
            let part = Part::read(kind, index);
            Ok(AccessPart { name: part_name(evaluation.view, part)?, values: part_values(evaluation, part)? })
        })
        .collect()
}

/// What a part of an access key is called.
pub(in crate::engine) fn part_name(view: View<'_>, part: Part) -> Read<String> {
    let Part { tag, size, other, key } = part;
    let key = || if part::of_any_key(tag).is_some() { Ok("any context key") } else { names::key(view, key) };
    Ok(match part::of_any_key(tag).unwrap_or(tag) {
        part::VALUE => format!("value of {}", key()?),
        part::VALUE_PREFIX => format!("first {size} bytes of {}", key()?),
        part::VALUE_SUFFIX => format!("last {size} bytes of {}", key()?),
        part::VALUE_GRAM => format!("any {size} bytes of {}", key()?),
        part::VALUE_FOLDED => format!("value of {} in any letter case", key()?),
        part::VALUE_FOLDED_PREFIX => format!("first {size} bytes of {} in any letter case", key()?),
        part::VALUE_FOLDED_SUFFIX => format!("last {size} bytes of {} in any letter case", key()?),
        part::VALUE_NETWORK => format!("{} network of {}", network_name(size), key()?),
        part::VALUE_NUMBER => format!("number of {}", key()?),
        part::VALUE_INSTANT => format!("date of {}", key()?),
        part::VALUE_TAIL if size == 1 => format!("first part of the name in {}", key()?),
        part::VALUE_TAIL => format!("first {size} parts of the name in {}", key()?),
        part::VALUE_LATER_TAIL if size == 1 => format!("first part of the name in {}, behind any colon", key()?),
        part::VALUE_LATER_TAIL => format!("first {size} parts of the name in {}, behind any colon", key()?),
        part::RESOURCE => "the resource".to_owned(),
        part::RESOURCE_FIELD => format!("{} of the resource", FIELDS.get(usize::from(size).wrapping_sub(1)).ok_or(Damaged)?),
        part::RESOURCE_SUFFIX => format!("last {size} bytes of the resource"),
        part::RESOURCE_GRAM => format!("any {size} bytes of the resource's name"),
        part::RESOURCE_LATER_TAIL if size == 1 => "first part of the resource's name, behind any colon".to_owned(),
        part::RESOURCE_LATER_TAIL => format!("first {size} parts of the resource's name, behind any colon"),
        part::RESOURCE_TAIL if size == 1 => "first part of the resource's name".to_owned(),
        part::RESOURCE_TAIL => format!("first {size} parts of the resource's name"),
        part::RESOURCE_HEAD => "ARN of the resource up to the account".to_owned(),
        part::ACTION => "the action".to_owned(),
        part::PRINCIPAL => "account, name or id of the caller".to_owned(),
        part::KEY => "name of any context key".to_owned(),
        part::ABSENT => format!("{} is absent", key()?),
        part::SAME => format!("value of {} is that of {}", key()?, names::key(view, other.into())?),
        _ => return Err(Damaged),
    })
}

fn network_name(code: u8) -> String {
    let (version, prefix_len) = network_of(code);
    format!("IPv{version} /{prefix_len}")
}

/// What the request has there; of a network the address, of pieces at every position the whole.
fn part_values(evaluation: &mut Evaluation<'_, '_>, part: Part) -> Read<Vec<String>> {
    let Part { tag, size, key, .. } = part;
    let (_, tail) = evaluation.resource.head_and_tail();
    let text = match tag {
        part::ABSENT => return Ok(Vec::new()),
        part::KEY => return keys(evaluation, |_| vec![String::new()]),
        tag if part::of_any_key(tag).is_some() => {
            return keys(evaluation, |value| value.values().iter().map(|value| format!("={value}")).collect());
        }
        part::PRINCIPAL => return Ok(evaluation.caller.names()?.into_iter().flatten().map(|name| lossy(name.name)).collect()),
        part::ACTION => Some(evaluation.request.action.as_bytes()),
        part::RESOURCE => Some(evaluation.resource.bytes()),
        part::RESOURCE_HEAD => Some(evaluation.resource.head_and_tail().0),
        part::RESOURCE_TAIL => evaluation.tail_up_to_separator(size),
        part::RESOURCE_FIELD => return Ok(evaluation.resource.fields_from(size).map(lossy).collect()),
        part::RESOURCE_SUFFIX => suffix(evaluation.resource.bytes(), size.into()),
        part::RESOURCE_GRAM | part::RESOURCE_LATER_TAIL => Some(tail),
        _ => {
            let (count, size) = (size, usize::from(size));
            let values = values(evaluation, key)?;
            let cut = |value: &String| match tag {
                part::VALUE_PREFIX => value.as_bytes().get(..size).map(lossy),
                part::VALUE_SUFFIX => suffix(value.as_bytes(), size).map(lossy),
                part::VALUE_TAIL => up_to_separator(arn_tail(value)?, count).map(lossy),
                part::VALUE_LATER_TAIL => arn_tail(value).map(lossy),
                part::VALUE_FOLDED_PREFIX => with_folded_text(value, |folded| folded.get(..size).map(lossy)),
                part::VALUE_FOLDED_SUFFIX => with_folded_text(value, |folded| suffix(folded, size).map(lossy)),
                _ => Some(value.clone()),
            };
            return Ok(values.iter().filter_map(cut).collect());
        }
    };
    Ok(text.map(lossy).into_iter().collect())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn values(evaluation: &mut Evaluation<'_, '_>, key: u32) -> Read<Vec<String>> {
    let value = evaluation.value(key)?;
    Ok(value.map(|value| value.values().iter().map(|&value| value.to_owned()).collect()).unwrap_or_default())
}

/// The keys that the request has, as policies spell them, with what is said of their values.
fn keys(evaluation: &mut Evaluation<'_, '_>, say: impl Fn(ContextValue<'_>) -> Vec<String>) -> Read<Vec<String>> {
    let mut keys = Vec::new();
    evaluation.each_key(|evaluation, key, value| {
        let name = names::key(evaluation.view, key)?;
        keys.extend(say(value).into_iter().map(|said| format!("{name}{said}")));
        Ok(())
    })?;
    Ok(keys)
}

fn value_part(evaluation: &mut Evaluation<'_, '_>, key: u32) -> Read<AccessPart> {
    let name = part_name(evaluation.view, Part { tag: part::VALUE, key, ..Part::default() })?;
    Ok(AccessPart { name, values: values(evaluation, key)? })
}

/// What a dimension of a block is called.
pub(in crate::engine) fn dimension_name(view: View<'_>, tag: u32, key: u32) -> Read<String> {
    match tag {
        dimension::ACTION => Ok("the action".to_owned()),
        dimension::VALUES => Ok(format!("value of {}", names::key(view, key)?)),
        dimension::FOLDED_VALUES => Ok(format!("value of {} in any letter case", names::key(view, key)?)),
        dimension::ADDRESSES => Ok(format!("address in {}", names::key(view, key)?)),
        dimension::BEGINNINGS => Ok(format!("how {} begins", names::key(view, key)?)),
        dimension::ENDINGS => Ok(format!("how {} ends", names::key(view, key)?)),
        dimension::TESTS => Ok("tests that many of them have".to_owned()),
        dimension::RESOURCES => Ok("how the resource begins".to_owned()),
        dimension::RESOURCE_TEXTS => resource_texts_name(key),
        dimension::NUMBERS | dimension::NUMBER_WINDOWS => Ok(format!("number of {}", names::key(view, key)?)),
        dimension::DATES | dimension::DATE_WINDOWS => Ok(format!("date of {}", names::key(view, key)?)),
        _ => Err(Damaged),
    }
}

/// What texts of the resource are called.
fn resource_texts_name(texts: u32) -> Read<String> {
    Ok(match texts {
        resource_texts::BEGINNING => "how the resource begins".to_owned(),
        resource_texts::ENDING => "how the resource ends".to_owned(),
        resource_texts::BEHIND_SLASHES => "what is behind a slash of the resource".to_owned(),
        _ => {
            let number = colon(texts).ok_or(Damaged)?;
            let field = FIELDS.get(usize::from(number) - 1).copied().unwrap_or("name");
            format!("how the resource goes on from its {field}")
        }
    })
}

fn dimension_part(evaluation: &mut Evaluation<'_, '_>, tag: u32, key: u32) -> Read<AccessPart> {
    let name = dimension_name(evaluation.view, tag, key)?;
    let values = match tag {
        dimension::ACTION => vec![evaluation.request.action.to_owned()],
        dimension::TESTS => Vec::new(),
        dimension::RESOURCES => vec![evaluation.request.resource.to_owned()],
        dimension::RESOURCE_TEXTS => match (key, colon(key)) {
            (resource_texts::BEHIND_SLASHES, _) => evaluation.resource.texts_behind_slashes().map(lossy).collect(),
            (_, Some(number)) => evaluation.resource.texts_behind_colon(number).map(lossy).collect(),
            _ => vec![evaluation.request.resource.to_owned()],
        },
        _ => values(evaluation, key)?,
    };
    Ok(AccessPart { name, values })
}
