use std::fmt;

use super::part::quoted;
use crate::diagnostic::did_you_mean;
use crate::service_facts::ServiceFacts;

/// Why a request is not that of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationError(OperationErrorKind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum OperationErrorKind {
    OtherService { action: String },
    UnknownOperation { action: String, suggestion: String },
    NotDependent { operation: String, action: String, dependents: Vec<&'static str> },
    WrongResource { action: String, resource: String, types: Vec<&'static str> },
}

impl OperationError {
    pub(super) fn unknown_operation(facts: &ServiceFacts<'static>, action: &str) -> OperationError {
        let action = action.to_owned();
        OperationError(match action.split_once(':') {
            Some((service, name)) if service.eq_ignore_ascii_case(facts.service) => {
                let suggestion = did_you_mean(name, facts.actions.iter().map(|known| known.name));
                OperationErrorKind::UnknownOperation { action, suggestion }
            }
            _ => OperationErrorKind::OtherService { action },
        })
    }

    pub(super) fn not_dependent(operation: &str, action: &str, dependents: Vec<&'static str>) -> OperationError {
        OperationError(OperationErrorKind::NotDependent {
            operation: operation.to_owned(),
            action: action.to_owned(),
            dependents,
        })
    }

    pub(super) fn wrong_resource(action: &str, resource: &str, types: Vec<&'static str>) -> OperationError {
        OperationError(OperationErrorKind::WrongResource { action: action.to_owned(), resource: resource.to_owned(), types })
    }
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            OperationErrorKind::OtherService { action } => {
                write!(f, "what else `{action}` needs is not known, only the operations of `imagebuilder` are; ")?;
                f.write_str("decide the action alone, without `--operation`")
            }
            OperationErrorKind::UnknownOperation { action, suggestion } => {
                write!(f, "`{action}` is no operation of EC2 Image Builder{suggestion}")
            }
            OperationErrorKind::NotDependent { operation, action, dependents } if dependents.is_empty() => {
                write!(f, "`{operation}` does not depend on `{action}`, nor on any other action; leave it out")
            }
            OperationErrorKind::NotDependent { operation, action, dependents } => {
                let suggestion = did_you_mean(action, dependents.iter().copied());
                write!(f, "`{operation}` does not depend on `{action}`{suggestion}; it does on {}", quoted(dependents, ", "))
            }
            OperationErrorKind::WrongResource { action, resource, types } => {
                write!(f, "`{resource}` is not what `{action}` is on; write the ARN of {}", quoted(types, " or "))
            }
        }
    }
}

impl std::error::Error for OperationError {}
