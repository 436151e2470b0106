//! Filing statements by hand, for engines that have no index of their own.
//!
//! A *slice* holds the statements of one role, or those that are about one team; what is about no one team is in the slice
//! [`COMMON`]. A request can only be touched by the common slice, that of its role and that of its team. This is what a user of
//! such an engine writes who knows that the policies are about teams.

use ibc_workloads::{RequestText, Value};

use crate::policy::{Operator, Statement, role_name};

/// Into which slices statements are filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slicing {
    /// By the role they are attached to.
    Roles,
    /// By role, and statements of everyone by the team that they are about.
    RolesAndTeams,
}

/// The slice of what every caller and every team must be asked about.
pub(super) const COMMON: &str = "common";

impl Slicing {
    /// The slice of a statement.
    pub(super) fn slice_of(self, role: Option<&str>, statement: &Statement) -> String {
        match (role, team_of(statement)) {
            (Some(role), _) => role_slice(role),
            (None, Some(team)) if self == Slicing::RolesAndTeams => team_slice(team),
            (None, _) => COMMON.to_owned(),
        }
    }

    /// The slices that may have something to say about a request.
    pub(super) fn slices_for(self, request: &RequestText<'_>) -> Vec<String> {
        let mut slices = vec![COMMON.to_owned(), role_slice(role_name(request.principal))];
        if self == Slicing::RolesAndTeams
            && let Some(Value::Single(team)) = request.value(TEAM)
        {
            slices.push(team_slice(team));
        }
        slices
    }
}

/// The only team that a statement applies to.
fn team_of(statement: &Statement) -> Option<&str> {
    let test = statement.tests.iter().find(|test| test.operator == Operator::Equals && test.key == TEAM)?;
    match &test.values[..] {
        [team] => Some(team),
        _ => None,
    }
}

fn role_slice(role: &str) -> String {
    format!("role/{role}")
}

fn team_slice(team: &str) -> String {
    format!("team/{team}")
}

const TEAM: &str = "imagebuilder:ResourceTag/team";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{EXAMPLE, parse};

    #[test]
    fn a_statement_is_where_its_requests_look() {
        let statement = &parse(EXAMPLE)[0];
        let context = [(TEAM, Value::Single("team-1"))];
        let request = RequestText { principal: "arn:aws:sts::1:assumed-role/r/s", action: "", resource: "", context: &context };
        for (slicing, role, slice) in [
            (Slicing::Roles, None, COMMON),
            (Slicing::Roles, Some("r"), "role/r"),
            (Slicing::RolesAndTeams, None, "team/team-1"),
            (Slicing::RolesAndTeams, Some("r"), "role/r"),
        ] {
            assert_eq!(slicing.slice_of(role, statement), slice);
            assert!(slicing.slices_for(&request).iter().any(|own| own == slice), "{slice}");
        }
    }
}
