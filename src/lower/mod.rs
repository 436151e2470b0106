//! Tree to intermediate representation.
//!
//! [`lower`] cuts the policies of a bundle into units, turns every element into interned tests, and leaves the spans behind.
//! What a text means here must be what the reference evaluator finds in it; the property tests hold the two together.

mod condition;
mod resource;
mod unit;

use crate::bundle::{Bundle, PolicyId};
use crate::iam::{ActionPattern, BaseOperator, Template, TemplatePart};
use crate::ir::{
    ActionSet, ActionSetId, Keys, Origin, Pattern, PatternToken, PredicateId, PrincipalSet, PrincipalSetId, Program,
    ResourceSetId, Statement, StatementId, Unit,
};
use crate::source::Spanned;
use crate::syntax::ast;

/// Lowers every policy of `bundle`.
#[must_use]
pub(crate) fn lower(bundle: &Bundle) -> Program {
    let policy_names = bundle.policies.iter().map(|policy| policy.name.clone()).collect();
    let mut program = Program { policy_names, ..Program::default() };
    // PERF: room for every statement and every test, of which only what is used is written to; growing would copy each several times.
    let statements = || bundle.policies.iter().flat_map(|named| &named.policy.statements);
    program.origins.reserve(statements().count());
    program.predicates.reserve(statements().map(|statement| statement.conditions.len()).sum());
    let units = unit::partition(bundle);
    for policies in &units.members {
        let statement_count = policies.iter().map(|&policy| bundle.policy(policy).statements.len()).sum();
        let mut unit = Unit { statements: Vec::with_capacity(statement_count) };
        for &policy in policies {
            for statement in &bundle.policy(policy).statements {
                unit.statements.push(lower_statement(&mut program, bundle, policy, statement));
            }
        }
        program.units.push(unit);
    }
    program.directory = unit::directory(bundle, &units);
    program
}

fn lower_statement(program: &mut Program, bundle: &Bundle, id: PolicyId, statement: &ast::Statement) -> Statement {
    let policy = bundle.policy(id);
    let mut operators: smallvec::SmallVec<[(PredicateId, BaseOperator); 3]> = statement
        .conditions
        .iter()
        .map(|condition| (lower_condition(program, condition), condition.operator.value.base))
        .collect();
    operators.sort_unstable();
    operators.dedup_by_key(|(predicate, _)| *predicate);
    let lowered = Statement {
        id: StatementId(program.origins.len() as u32),
        effect: statement.effect.value,
        principal: statement.principal.as_ref().map(|element| lower_principal(program, element)),
        action: lower_action(program, &statement.action),
        resource: statement.resource.as_ref().map(|element| {
            let set = resource::lower(&mut program.keys, policy.kind, element);
            ResourceSetId::from_index(program.resource_sets.insert_full(set).0)
        }),
        predicates: operators.iter().map(|&(predicate, _)| predicate).collect(),
    };
    program.origins.push(Origin {
        policy: id,
        source: policy.source,
        span: statement.span,
        sid: statement.sid.as_ref().map(|sid| sid.value.clone()),
        operators,
    });
    lowered
}

fn lower_condition(program: &mut Program, condition: &ast::Condition) -> PredicateId {
    let predicate = condition::lower(&mut program.keys, condition);
    PredicateId::from_index(program.predicates.insert_full(predicate).0)
}

fn lower_principal(program: &mut Program, element: &ast::Element<crate::iam::PrincipalPattern>) -> PrincipalSetId {
    let patterns = element.patterns.iter().map(|pattern| pattern.value.clone()).collect();
    PrincipalSetId::from_index(program.principal_sets.insert_full(PrincipalSet { negated: element.negated, patterns }).0)
}

fn lower_action(program: &mut Program, element: &ast::Element<ActionPattern>) -> ActionSetId {
    let mut patterns: Vec<_> = element
        .patterns
        .iter()
        .map(|pattern| match &pattern.value {
            ActionPattern::Any => None,
            ActionPattern::Service { prefix, name } => {
                Some((prefix.to_ascii_lowercase().into_boxed_str(), name.to_ascii_lowercase().into_boxed_str()))
            }
        })
        .collect();
    patterns.sort_unstable();
    patterns.dedup();
    let (index, is_new) = program.action_sets.insert_full(ActionSet { negated: element.negated, patterns });
    if is_new {
        let spelling = |pattern: &Spanned<ActionPattern>| pattern.value.to_string().into_boxed_str();
        program.action_spellings.push(element.patterns.iter().map(spelling).collect());
    }
    ActionSetId::from_index(index)
}

/// A part that is the same in every kind of pattern; wildcards are the caller's matter.
fn lower_part(keys: &mut Keys, part: &TemplatePart, wildcard: impl FnOnce(bool) -> PatternToken) -> PatternToken {
    match part {
        TemplatePart::Literal(text) => PatternToken::Literal(text.clone()),
        TemplatePart::AnyRun => wildcard(true),
        TemplatePart::AnyChar => wildcard(false),
        TemplatePart::Variable(variable) => PatternToken::Variable(keys.intern(variable.key.as_str()), variable.default.clone()),
    }
}

/// A pattern without wildcards: `*` and `?` are characters (WC-3).
fn plain_pattern(keys: &mut Keys, template: &Template) -> Pattern {
    Pattern::new(
        template
            .parts
            .iter()
            .map(|part| lower_part(keys, part, |is_run| PatternToken::Literal(if is_run { "*" } else { "?" }.into()))),
    )
}
