//! Marks: integers in the order of numbers, or of dates.
//!
//! What is not greater has no greater mark, so a comparison of marks never excludes what a comparison of the values accepts. Values
//! that differ behind their sixteenth digit, or by less than a second, may have the same mark.

use crate::iam::value::{Decimal, Instant};

/// Digits of a number that its mark has, and the bits of so many.
const DIGIT_COUNT: usize = 16;
const DIGIT_BITS: u32 = 54;
/// Numbers of so many digits before the point, or more, have one mark.
const MAX_INTEGER_LEN: usize = (1 << (63 - DIGIT_BITS)) - 1;

const _: () = assert!(10_u64.pow(DIGIT_COUNT as u32) <= 1 << DIGIT_BITS, "the digits have room");

/// How many digits are before the point, then the first digits; negative of negative numbers.
pub(crate) fn of_number(number: &Decimal<'_>) -> i64 {
    let (is_negative, integer, fraction) = number.parts();
    let magnitude = if integer.len() < MAX_INTEGER_LEN {
        let digits = integer.bytes().chain(fraction.bytes()).chain(std::iter::repeat(b'0')).take(DIGIT_COUNT);
        let digits = digits.fold(0, |digits, digit| digits * 10 + i64::from(digit - b'0'));
        (integer.len() as i64) << DIGIT_BITS | digits
    } else {
        i64::MAX
    };
    if is_negative { -magnitude } else { magnitude }
}

/// The seconds.
pub(crate) const fn of_date(date: &Instant) -> i64 {
    date.seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_in_the_order_of_numbers() {
        let nines = |count: usize| "9".repeat(count);
        let texts = [
            format!("1{}", "0".repeat(2000)),
            nines(MAX_INTEGER_LEN),
            nines(MAX_INTEGER_LEN - 1),
            format!("1{}", "0".repeat(MAX_INTEGER_LEN - 2)),
            "12345678901234567".to_owned(),
            "1234567890123456.7".to_owned(),
            "9999999999999999".to_owned(),
            "1000".to_owned(),
            "999.9999999999999999999".to_owned(),
            "10.5".to_owned(),
            "10.0".to_owned(),
            "010".to_owned(),
            "9".to_owned(),
            "1.0000000000000001".to_owned(),
            "1".to_owned(),
            "0.9".to_owned(),
            "0.09".to_owned(),
            "0.00000000000000001".to_owned(),
            "0".to_owned(),
            "-0".to_owned(),
        ];
        let texts: Vec<String> = texts.iter().cloned().chain(texts.iter().map(|text| format!("-{text}"))).collect();
        for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
            let (Some(a), Some(b)) = (Decimal::parse(a), Decimal::parse(b)) else { continue };
            let (marks, numbers) = (of_number(&a).cmp(&of_number(&b)), a.cmp(&b));
            assert!(marks == numbers || marks.is_eq(), "{a:?} {b:?}");
        }
    }

    #[test]
    fn marks_tell_usual_numbers_apart() {
        let marks = ["-10", "-9.5", "-0.1", "0", "0.1", "0.11", "1", "1.5", "9", "10", "3600", "1704067200", "5000000000000"]
            .map(|text| Decimal::parse(text).map(|number| of_number(&number)));
        assert!(marks.is_sorted_by(|a, b| a < b), "{marks:?}");
    }
}
