//! `ibc eval`: decide requests, API calls, or scenarios that bring their own policies.

mod operation;
mod requests;
mod scenarios;

use ibc::iam::Decision;
use ibc::operation::OperationError;
use ibc::scenario::OperationName;

use requests::Scope;

use crate::args::EvalArgs;
use crate::exit_code::ExitCode;
use crate::output::Done;

pub fn run(args: &EvalArgs) -> Done {
    let tally = match (&args.scenarios, &args.policies) {
        (Some(file), _) => scenarios::run(file.as_ref(), &args.managed.directories, args.format)?,
        (None, Some(policies)) => requests::run(policies, &args.managed.directories, &args.requests, scope(args)?, args.format)?,
        (None, None) => return Err("name an artifact or policies, and requests".into()),
    };
    Ok(tally.exit_code(args.exit_code))
}

fn scope(args: &EvalArgs) -> Result<Scope, OperationError> {
    Ok(match &args.operation {
        None => Scope::Question,
        Some(name) => Scope::Operation(name.as_deref().map(OperationName::new).transpose()?),
    })
}

/// What came out of all requests.
#[derive(Debug, Default)]
struct Tally {
    allowed_count: usize,
    implicit_deny_count: usize,
    explicit_deny_count: usize,
    error_count: usize,
}

impl Tally {
    /// Counts one request; `None` is one that could not be decided.
    fn add(&mut self, decision: Option<Decision>) {
        match decision {
            Some(Decision::Allow) => self.allowed_count += 1,
            Some(Decision::ImplicitDeny) => self.implicit_deny_count += 1,
            Some(Decision::ExplicitDeny) => self.explicit_deny_count += 1,
            None => self.error_count += 1,
        }
    }

    /// The most restrictive decision counts (EV-47); an error counts more.
    fn exit_code(&self, is_wanted: bool) -> ExitCode {
        match self {
            Tally { error_count: 1.., .. } => ExitCode::Failure,
            Tally { explicit_deny_count: 1.., .. } if is_wanted => ExitCode::ExplicitDeny,
            Tally { implicit_deny_count: 1.., .. } if is_wanted => ExitCode::ImplicitDeny,
            _ => ExitCode::Success,
        }
    }
}
