//! Names of condition operators: `ForAnyValue:StringLikeIfExists`.

use std::ops::Range;

use lalrpop_util::lalrpop_mod;
use logos::Logos;

use super::{Mistake, Stop, Tokens};
use crate::diagnostic::{Code, did_you_mean};
use crate::iam::{BaseOperator, ConditionOperator, SetOperator};

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, clippy::restriction, reason = "generated")]
    grammar,
    "/operator.rs"
);

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    #[token(":")]
    Colon,
    #[regex("[A-Za-z]+")]
    Word,
    #[regex("[^A-Za-z:]+")]
    Other,
}

/// The words of a name: which bytes each takes.
pub(crate) struct Parts {
    pub(crate) set: Option<Range<usize>>,
    pub(crate) base: Range<usize>,
}

/// The suffix that satisfies the test when the key is absent.
const IF_EXISTS: &str = "IfExists";

const HELP: &str = "Write one of the operators of IAM, such as `StringEquals` or `ForAnyValue:StringLike`.";

/// Reads a key of `Condition`. Letter case does not matter (D-17).
pub(in crate::syntax) fn parse(text: &str) -> Result<ConditionOperator, Mistake> {
    let parts = grammar::OperatorParser::new().parse(Tokens::<Token>::new(text)).map_err(|error| {
        let range = Stop::new(error, text).range;
        mistake(Code::InvalidConditionOperator, range, format!("`{text}` is not a condition operator"))
    })?;
    let set = match parts.set {
        None => None,
        Some(range) => Some(set_operator(&text[range.clone()]).ok_or_else(|| {
            let message =
                format!("`{}` is not a set operator{}", &text[range.clone()], did_you_mean(&text[range.clone()], SET_NAMES));
            mistake(Code::InvalidConditionOperator, range, message)
        })?),
    };
    let name = &text[parts.base.clone()];
    let (base_name, if_exists) = strip_if_exists(name);
    let Some(base) = BaseOperator::from_name(base_name) else {
        let names = BaseOperator::ALL.iter().map(|operator| operator.as_str());
        let message = format!("`{name}` is not a condition operator{}", did_you_mean(base_name, names));
        return Err(mistake(Code::InvalidConditionOperator, parts.base, message));
    };
    if base == BaseOperator::Null && if_exists {
        let range = parts.base.end - IF_EXISTS.len()..parts.base.end;
        return Err(Mistake {
            code: Code::NullWithIfExists,
            range,
            message: "`Null` cannot be combined with `IfExists`".to_owned(),
            help: "Write `Null`, which tests exactly whether the key exists.",
        });
    }
    Ok(ConditionOperator { set, base, if_exists })
}

const SET_NAMES: [&str; 2] = [SetOperator::ForAllValues.as_str(), SetOperator::ForAnyValue.as_str()];

fn set_operator(name: &str) -> Option<SetOperator> {
    [SetOperator::ForAllValues, SetOperator::ForAnyValue].into_iter().find(|set| set.as_str().eq_ignore_ascii_case(name))
}

/// The name without `IfExists`, and whether that was there.
fn strip_if_exists(name: &str) -> (&str, bool) {
    match name.len().checked_sub(IF_EXISTS.len()).map(|at| name.split_at(at)) {
        Some((base, suffix)) if suffix.eq_ignore_ascii_case(IF_EXISTS) => (base, true),
        _ => (name, false),
    }
}

#[cold]
fn mistake(code: Code, range: Range<usize>, message: String) -> Mistake {
    Mistake { code, range, message, help: HELP }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_mistake;
    use super::*;

    #[track_caller]
    fn check_error(text: &str, marked: &str) {
        check_mistake(parse(text), text, Code::InvalidConditionOperator, marked);
    }

    #[test]
    fn every_operator_is_read_back_in_any_letter_case() {
        for &base in BaseOperator::ALL {
            for set in [None, Some(SetOperator::ForAllValues), Some(SetOperator::ForAnyValue)] {
                for if_exists in [false, true] {
                    let operator = ConditionOperator { set, base, if_exists };
                    let name = operator.to_string();
                    if base == BaseOperator::Null && if_exists {
                        check_mistake(parse(&name), &name, Code::NullWithIfExists, "IfExists");
                        continue;
                    }
                    assert_eq!(parse(&name), Ok(operator), "{name}");
                    assert_eq!(parse(&name.to_lowercase()), Ok(operator), "{name}");
                }
            }
        }
    }

    #[test]
    fn the_wrong_word_is_marked() {
        check_error("", "");
        check_error("StringEqual", "StringEqual");
        check_error("StringEqualIfExists", "StringEqualIfExists");
        check_error("ForAllValue:StringEquals", "ForAllValue");
        check_error("ForAllValues:", "");
        check_error("ForAllValues:ForAnyValue:StringEquals", ":");
        check_error("String Equals", " ");
        check_error("IfExists", "IfExists");
        check_error("exists", "exists");
        assert!(parse("StringEqual").unwrap_err().message.contains("did you mean `StringEquals`"));
    }
}
