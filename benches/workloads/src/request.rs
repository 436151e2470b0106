use std::ops::Range;

use crate::statement::Text;

/// What a request must get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Allowed.
    Allow,
    /// Nothing allows it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

/// A context value as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Of a single-valued key.
    Single(&'a str),
    /// Of a multi-valued key.
    Multi(&'a [&'a str]),
}

impl<'a> Value<'a> {
    /// All values.
    #[must_use]
    pub fn values(&self) -> &[&'a str] {
        match self {
            Value::Single(value) => std::slice::from_ref(value),
            Value::Multi(values) => values,
        }
    }
}

/// A request as a gateway has it: strings.
#[derive(Debug, Clone, Copy)]
pub struct RequestText<'a> {
    /// ARN of the caller.
    pub principal: &'a str,
    /// `service:Name`.
    pub action: &'a str,
    /// ARN of the resource.
    pub resource: &'a str,
    /// Context keys and values.
    pub context: &'a [(&'a str, Value<'a>)],
}

impl<'a> RequestText<'a> {
    /// The value of a context key, found as policies find it: without regard to letter case.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value<'a>> {
        self.context.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|&(_, value)| value)
    }

    /// Every string of the request, in order.
    pub fn strings(&self) -> impl Iterator<Item = &'a str> {
        let context = self.context.iter().flat_map(|(key, value)| {
            let values: &'a [&'a str] = match value {
                Value::Single(value) => std::slice::from_ref(value),
                Value::Multi(values) => values,
            };
            std::iter::once(*key).chain(values.iter().copied())
        });
        [self.principal, self.action, self.resource].into_iter().chain(context)
    }

    /// The request in the JSON form that `ibc eval` and `ibc bench` read.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let context: serde_json::Map<String, serde_json::Value> = self
            .context
            .iter()
            .map(|(key, value)| match value {
                Value::Single(value) => ((*key).to_owned(), (*value).into()),
                Value::Multi(values) => ((*key).to_owned(), values.to_vec().into()),
            })
            .collect();
        serde_json::json!({
            "principal": self.principal, "action": self.action, "resource": self.resource, "context": context,
        })
    }
}

/// Many requests, their texts packed into one buffer as bytes from a wire would be, and the answer of each.
#[derive(Debug, Default)]
pub struct RequestSet {
    text: String,
    strings: Vec<Range<u32>>,
    /// Of each request: its strings, and how many values each context key has.
    requests: Vec<Stored>,
    arities: Vec<Arity>,
    answers: Vec<Option<Answer>>,
}

#[derive(Debug)]
struct Stored {
    strings: Range<u32>,
    arities: Range<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Arity {
    Single,
    Multi(u32),
}

impl RequestSet {
    /// Adds a request; `None` if only the reference evaluator of the engine can say what it gets.
    pub fn push(&mut self, request: &RequestText<'_>, answer: Option<Answer>) {
        let first_string = self.strings.len() as u32;
        let first_arity = self.arities.len() as u32;
        for string in request.strings() {
            let start = self.text.len() as u32;
            self.text.push_str(string);
            self.strings.push(start..self.text.len() as u32);
        }
        self.arities.extend(request.context.iter().map(|(_, value)| match value {
            Value::Single(_) => Arity::Single,
            Value::Multi(values) => Arity::Multi(values.len() as u32),
        }));
        self.requests
            .push(Stored { strings: first_string..self.strings.len() as u32, arities: first_arity..self.arities.len() as u32 });
        self.answers.push(answer);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The answers, in the order of the requests; `None` where the workload does not know it.
    #[must_use]
    pub fn answers(&self) -> &[Option<Answer>] {
        &self.answers
    }

    /// Looks at all requests, or at the first ones, as text. The views live as long as the call.
    pub fn with_texts<T>(&self, limit: usize, look: impl FnOnce(&[RequestText<'_>]) -> T) -> T {
        let requests = &self.requests[..limit.min(self.requests.len())];
        let string = |range: &Range<u32>| &self.text[range.start as usize..range.end as usize];
        let all: Vec<&str> = self.strings.iter().map(string).collect();

        let mut context = Vec::with_capacity(self.arities.len());
        for stored in requests {
            let mut at = stored.strings.start as usize + NAME_COUNT;
            for arity in &self.arities[stored.arities.start as usize..stored.arities.end as usize] {
                let (value, count) = match *arity {
                    Arity::Single => (Value::Single(all[at + 1]), 1),
                    Arity::Multi(count) => (Value::Multi(&all[at + 1..at + 1 + count as usize]), count as usize),
                };
                context.push((all[at], value));
                at += 1 + count;
            }
        }
        let texts: Vec<RequestText<'_>> = requests
            .iter()
            .map(|stored| {
                let at = stored.strings.start as usize;
                let context = &context[stored.arities.start as usize..stored.arities.end as usize];
                RequestText { principal: all[at], action: all[at + 1], resource: all[at + 2], context }
            })
            .collect();
        look(&texts)
    }
}

/// A request that is being made.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) principal: Text,
    pub(crate) action: String,
    pub(crate) resource: String,
    context: Vec<(Text, DraftValue)>,
}

#[derive(Debug, Clone)]
enum DraftValue {
    Single(Text),
    Multi(Vec<Text>),
}

impl Draft {
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Draft {
        Draft { principal: "*".into(), action: action.into(), resource: resource.into(), context: Vec::new() }
    }

    pub(crate) fn by(mut self, principal: impl Into<Text>) -> Draft {
        self.principal = principal.into();
        self
    }

    pub(crate) fn push(&mut self, key: impl Into<Text>, value: impl Into<Text>) {
        self.context.push((key.into(), DraftValue::Single(value.into())));
    }

    pub(crate) fn push_list<V: Into<Text>>(&mut self, key: impl Into<Text>, values: impl IntoIterator<Item = V>) {
        self.context.push((key.into(), DraftValue::Multi(values.into_iter().map(Into::into).collect())));
    }

    /// Gives a key that is there another value.
    pub(crate) fn replace(&mut self, key: &str, value: impl Into<Text>) {
        if let Some((_, own)) = self.context.iter_mut().find(|(own, _)| own == key) {
            *own = DraftValue::Single(value.into());
        }
    }

    /// Adds a value to a list, which is made if it is not there.
    pub(crate) fn add_to_list(&mut self, key: &'static str, value: impl Into<Text>) {
        let value = value.into();
        match self.context.iter_mut().find(|(own, _)| own == key) {
            Some((_, DraftValue::Multi(values))) => values.push(value),
            Some((_, single)) => *single = DraftValue::Multi(vec![value]),
            None => self.push_list(key, [value]),
        }
    }

    /// Looks at the request as text.
    pub(crate) fn with_text<T>(&self, look: impl FnOnce(&RequestText<'_>) -> T) -> T {
        let lists: Vec<Vec<&str>> = self
            .context
            .iter()
            .map(|(_, value)| match value {
                DraftValue::Single(_) => Vec::new(),
                DraftValue::Multi(values) => values.iter().map(Text::as_ref).collect(),
            })
            .collect();
        let context: Vec<(&str, Value<'_>)> = self
            .context
            .iter()
            .zip(&lists)
            .map(|((key, value), list)| match value {
                DraftValue::Single(value) => (key.as_ref(), Value::Single(value)),
                DraftValue::Multi(_) => (key.as_ref(), Value::Multi(list)),
            })
            .collect();
        look(&RequestText { principal: &self.principal, action: &self.action, resource: &self.resource, context: &context })
    }
}

/// Principal, action, resource.
const NAME_COUNT: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back() {
        let first = [("k", Value::Single("v")), ("aws:TagKeys", Value::Multi(&["a", "b"])), ("e", Value::Multi(&[]))];
        let requests = [
            RequestText { principal: "p", action: "s:A", resource: "r", context: &first },
            RequestText { principal: "q", action: "s:B", resource: "*", context: &[] },
        ];
        let mut set = RequestSet::default();
        requests.iter().for_each(|request| set.push(request, Some(Answer::Allow)));
        set.with_texts(9, |texts| {
            assert_eq!(texts.len(), 2);
            assert_eq!(texts[0].context, first);
            assert_eq!((texts[1].principal, texts[1].action, texts[1].resource), ("q", "s:B", "*"));
            assert_eq!(texts[0].value("AWS:tagkeys"), Some(Value::Multi(&["a", "b"])));
        });
    }
}
