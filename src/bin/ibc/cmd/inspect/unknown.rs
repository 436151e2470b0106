//! What to say of names that an artifact does not know.

use ibc::diagnostic::{did_you_mean, nearest};
use ibc::engine::contents::Contents;
use ibc::iam::Principal;

use crate::output::count;

/// Of a principal that no policies are attached to.
pub(super) fn principal(principal: &Principal<'_>, contents: &Contents<'_>) -> String {
    let others = match contents.everyone_statement_count {
        Some(number) => {
            format!("the policies of everyone count for it: {}", count(number as usize, "statement", "statements"))
        }
        None => "there are none of everyone either".to_owned(),
    };
    let boundary = if contents.everyone_has_boundary { ", and the boundary of everyone" } else { "" };
    format!("no policies are attached to `{}`{}; {others}{boundary}", principal.name, similar(principal, contents))
}

/// The principal with the most similar name: ARNs of one account are alike in all the rest.
fn similar(principal: &Principal<'_>, contents: &Contents<'_>) -> String {
    let name = principal.role_name().unwrap_or_else(|| last_part(principal.name));
    let names = contents.principals.iter().map(|known| last_part(known.arn));
    let similar = nearest(name, names).and_then(|name| contents.principals.iter().find(|known| last_part(known.arn) == name));
    similar.map(|known| format!(" (did you mean `{}`?)", known.arn)).unwrap_or_default()
}

fn last_part(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// Of a context key, or a tag key, that no statement asks for; nothing of others.
pub(super) fn key(wanted: &str, contents: &Contents<'_>) -> Option<String> {
    let is_tag = !wanted.contains(':');
    let names = || {
        contents.keys.iter().filter_map(|own| if is_tag { own.name.split_once('/').map(|(_, tag)| tag) } else { Some(own.name) })
    };
    if names().any(|name| name.eq_ignore_ascii_case(wanted)) {
        return None;
    }
    Some(format!("no statement asks for `{wanted}`{}", did_you_mean(wanted, names())))
}
