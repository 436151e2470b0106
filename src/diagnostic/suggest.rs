//! "Did you mean": the known name nearest to a mistyped one.

/// ` (did you mean `Action`?)`, to be put behind a message; nothing if no candidate is near `written`.
#[must_use]
pub fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, candidates).map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// The candidate with the fewest edits between it and `written`, letter case aside; `None` if all are too far.
///
/// Up to a third of the characters may differ. Ties go to the earlier candidate.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// No name of the policy language is nearly as long; a text that is needs no quadratic comparison.
    const LONGEST_NAME: usize = 64;
    let length = written.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return None;
    }
    let distances = candidates.into_iter().map(|name| (distance(written, name), name));
    distances.filter(|&(distance, _)| distance <= length.div_ceil(3)).min_by_key(|&(distance, _)| distance).map(|(_, name)| name)
}

/// How many characters must be put in, taken out, replaced, or swapped with their neighbour to make `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().map(|c| c.to_ascii_lowercase()).collect();
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expected: Option<&str>) {
        assert_eq!(nearest(written, ["Action", "NotAction", "Resource", "Condition"]), expected);
    }

    #[test]
    fn near_names_are_suggested() {
        check("Actions", Some("Action"));
        check("action", Some("Action"));
        check("Aciton", Some("Action"));
        check("NotActoin", Some("NotAction"));
        check("Conditions", Some("Condition"));
        check("Tags", None);
        check("", None);
        check(&"Action".repeat(20), None);
    }
}
