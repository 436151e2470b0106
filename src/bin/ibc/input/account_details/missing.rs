//! Managed policies that are attached, but whose documents are nowhere to be found.

use std::collections::BTreeMap;

use super::account_of;

/// How many users of a missing policy are named.
const NAMED_USER_COUNT: usize = 3;

/// The missing policies by ARN. Leaving one out could open access, since it may deny (EV-62); an unknown boundary would have
/// to allow nothing (EV-63). So each is an error.
#[derive(Debug, Default)]
pub(super) struct MissingPolicies<'a>(BTreeMap<&'a str, Users>);

#[derive(Debug)]
struct Users {
    /// Where the first user stands.
    place: String,
    named: Vec<String>,
    count: usize,
}

impl<'a> MissingPolicies<'a> {
    /// Notes that `user`, who stands at `place`, has the policy.
    pub(super) fn add(&mut self, policy_arn: &'a str, user: impl Into<String>, place: impl FnOnce() -> String) {
        let users = self.0.entry(policy_arn).or_insert_with(|| Users { place: place(), named: Vec::new(), count: 0 });
        users.count += 1;
        if users.named.len() < NAMED_USER_COUNT {
            users.named.push(user.into());
        }
    }

    /// One message for each missing policy; `has_directories` says whether `--managed` was given.
    pub(super) fn messages(&self, has_directories: bool) -> impl Iterator<Item = String> {
        self.0.iter().map(move |(arn, Users { place, named, count })| {
            let more = match count - named.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let help = match account_of(arn) {
                "aws" if has_directories => "add it to a directory of `--managed`",
                "aws" => "name a directory of AWS's managed policies with `--managed DIR`",
                _ => "make the dump without `--filter`, or give a dump that holds it with `--managed DIR`",
            };
            format!("{place}: the document of `{arn}` is missing, which is attached to {}{more}; {help}", named.join(", "))
        })
    }
}
