//! Whether the last page of every dump is there.

use std::collections::BTreeMap;

/// The pages by account. Pages may come in any order, in one file or several; which of them is the last, only it says.
#[derive(Debug, Default)]
pub(super) struct Completeness {
    /// For each account whether its last page is there, and where a page stands that says it is not the last.
    accounts: BTreeMap<String, Account>,
    /// Pages that hold AWS's policies alone, so that no ARN tells the account.
    nameless: Account,
}

#[derive(Debug, Default)]
struct Account {
    last_page_count: usize,
    truncated: Option<String>,
}

impl Completeness {
    pub(super) fn add(&mut self, account: Option<&str>, is_truncated: bool, place: impl FnOnce() -> String) {
        let pages = match account {
            Some(account) => self.accounts.entry(account.to_owned()).or_default(),
            None => &mut self.nameless,
        };
        match is_truncated {
            true => pages.truncated = Some(place()),
            false => pages.last_page_count += 1,
        }
    }

    /// What is wrong if a last page is missing.
    pub(super) fn problem(&self) -> Option<String> {
        let unfinished = || self.accounts.values().filter(|account| account.last_page_count == 0);
        // A nameless last page may be that of any account.
        let is_finished = match self.accounts.is_empty() {
            true => self.nameless.truncated.is_none() || self.nameless.last_page_count > 0,
            false => unfinished().count() <= self.nameless.last_page_count,
        };
        let place = unfinished().chain([&self.nameless]).find_map(|account| account.truncated.as_ref())?;
        let message = "this page says `IsTruncated`, and the last page is not given; fetch the remaining pages and name them all";
        (!is_finished).then(|| format!("{place}: {message}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pages: &[(&str, bool)], place: Option<&str>) {
        let mut completeness = Completeness::default();
        for (index, (account, is_truncated)) in pages.iter().enumerate() {
            completeness.add(Some(*account).filter(|id| !id.is_empty()), *is_truncated, || format!("page {index}"));
        }
        let found = completeness.problem();
        assert_eq!(found.as_ref().and_then(|message| message.split(':').next()), place, "{pages:?}");
    }

    #[test]
    fn every_account_needs_its_last_page() {
        check(&[], None);
        check(&[("1", false)], None);
        check(&[("1", true)], Some("page 0"));
        check(&[("1", true), ("1", false), ("1", true)], None);
        check(&[("1", true), ("1", true), ("2", false)], Some("page 1"));
    }

    #[test]
    fn a_page_without_account_belongs_to_some() {
        check(&[("", true)], Some("page 0"));
        check(&[("", false)], None);
        check(&[("1", true), ("", false)], None);
        check(&[("1", true), ("2", true), ("", false)], Some("page 0"));
        check(&[("1", false), ("", true)], None);
    }
}
