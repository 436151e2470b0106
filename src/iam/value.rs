//! Typed values of conditions: how the text of a context or policy value becomes something to compare.
//!
//! Nothing here allocates: the engine parses context values with it while deciding. What does not parse yields `None`, which
//! matches nothing (CO-13, D-14).

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil;

/// An exact decimal number of any length, borrowed from its text (CO-21): `[+-]?digits[.digits]`.
///
/// Invariants, kept by [`Decimal::parse`]: `integer` has no leading and `fraction` no trailing zeros; zero is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal<'a> {
    negative: bool,
    integer: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Reads a number; `None` for exponents, hexadecimal, spaces, `NaN` or anything left over.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Decimal<'a>> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (integer, fraction) = match digits.split_once('.') {
            Some((integer, fraction)) => (integer, Some(fraction)),
            None => (digits, None),
        };
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(integer) || !fraction.is_none_or(all_digits) {
            return None;
        }
        let integer = integer.trim_start_matches('0');
        let fraction = fraction.unwrap_or("").trim_end_matches('0');
        Some(Decimal { negative: negative && !(integer.is_empty() && fraction.is_empty()), integer, fraction })
    }
}

impl<'a> Decimal<'a> {
    /// Whether it is negative, and its digits before and after the point: the same of equal numbers.
    pub(crate) const fn parts(&self) -> (bool, &'a str, &'a str) {
        (self.negative, self.integer, self.fraction)
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = || {
            let integers = self.integer.len().cmp(&other.integer.len()).then_with(|| self.integer.cmp(other.integer));
            integers.then_with(|| self.fraction.cmp(other.fraction))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A point in time (CO-22 to CO-26), whatever form it was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds after `seconds`, below 10^9.
    pub nanoseconds: u32,
}

impl Instant {
    /// Reads epoch seconds (all digits, D-15) or `YYYY-MM[-DD[Thh:mm[:ss[.f]][TZ]]]` with TZ = `Z` or `±hh:mm`; without TZ: UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Instant> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Instant { seconds: text.parse().ok()?, nanoseconds: 0 });
        }
        let mut rest = Cursor(text.as_bytes());
        let year = rest.digits(4)?;
        rest.byte(b"-")?;
        let month = rest.digits(2)?;
        let day = if rest.byte(b"-").is_some() { rest.digits(2)? } else { 1 };
        let date = civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        let (mut time, mut offset_seconds, mut nanoseconds) = (civil::Time::midnight(), 0, 0);
        if !rest.0.is_empty() {
            if text.len() < "YYYY-MM-DDThh:mm".len() {
                return None;
            }
            rest.byte(b"Tt")?;
            let hour = rest.digits(2)?;
            rest.byte(b":")?;
            let minute = rest.digits(2)?;
            let mut second = 0;
            if rest.byte(b":").is_some() {
                second = rest.digits(2)?;
                if rest.byte(b".").is_some() {
                    nanoseconds = rest.fraction()?;
                }
            }
            offset_seconds = rest.offset()?;
            time = civil::Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()?;
        }
        let since_epoch = date.to_datetime(time).duration_since(civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
        Some(Instant { seconds: since_epoch.as_secs() - offset_seconds, nanoseconds })
    }
}

/// What is left of a date's text.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    /// Takes one byte if it is among `accepted`.
    fn byte(&mut self, accepted: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        accepted.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    /// Takes exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
    }

    /// Takes one to nine digits after the decimal point, as nanoseconds.
    fn fraction(&mut self) -> Option<u32> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let power = u32::try_from(count).ok().filter(|count| (1..=9).contains(count))?;
        Some(self.digits(count)? * 10_u32.pow(9 - power))
    }

    /// Takes the time zone and the end of the text; no zone is UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.byte(b"Zz+-") {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return self.0.is_empty().then_some(0),
        };
        let hours = self.digits(2)?;
        self.byte(b":")?;
        let minutes = self.digits(2)?;
        let in_range = hours <= 23 && minutes <= 59 && self.0.is_empty();
        in_range.then_some(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
    }
}

/// Reads `true` or `false` in any letter case (CO-27).
#[must_use]
pub fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Reads a context value of an IP address. IPv4-mapped IPv6 stays IPv6 (D-37); zone ids do not parse.
#[must_use]
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// Reads a policy value: CIDR range, or an address alone for /32 or /128 (CO-30). Host bits are ignored (CO-31).
#[must_use]
pub fn parse_ip_range(text: &str) -> Option<IpNet> {
    if text.contains('/') { text.parse().ok() } else { parse_ip(text).map(IpNet::from) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_exactly() {
        let order = |a, b| Decimal::parse(a).unwrap().cmp(&Decimal::parse(b).unwrap());
        assert_eq!(order("10", "10.0"), Ordering::Equal);
        assert_eq!(order("-0", "+0.00"), Ordering::Equal);
        assert_eq!(order("9", "10"), Ordering::Less);
        assert_eq!(order("-9", "-10"), Ordering::Greater);
        assert_eq!(order("1.09", "1.1"), Ordering::Less);
        assert_eq!(order("123456789012345678901234567890.1", "123456789012345678901234567890.2"), Ordering::Less);
        for bad in ["", "+", "-", "1.", ".5", "1e3", "0x1", " 1", "1 ", "NaN", "10abc", "1.2.3", "--1", "١"] {
            assert_eq!(Decimal::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn dates_become_instants() {
        let seconds = |text| Instant::parse(text).map(|instant| instant.seconds);
        assert_eq!(seconds("2024"), Some(2024));
        assert_eq!(seconds("1970-01"), Some(0));
        assert_eq!(seconds("1970-01-02"), Some(86_400));
        assert_eq!(seconds("1970-01-01T00:01Z"), Some(60));
        assert_eq!(seconds("1970-01-01t01:00:00+01:00"), Some(0));
        assert_eq!(seconds("1969-12-31T23:59:59-00:30"), Some(1799));
        assert_eq!(seconds("1970-01-01T00:00:01"), Some(1));
        assert_eq!(seconds("2024-05-01T12:00:00Z"), Some(1_714_564_800));
        assert_eq!(seconds("9223372036854775807"), Some(i64::MAX));
        assert_eq!(Instant::parse("1970-01-01T00:00:00.5Z").map(|instant| instant.nanoseconds), Some(500_000_000));
        for bad in [
            "",
            "-1",
            "1.5",
            "9223372036854775808",
            "1970-13",
            "1970-02-30",
            "1970-1-1",
            "1970-01-01T",
            "1970-01-01T00",
            "1970-01T00:00Z",
            "1970-01-01T24:00Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.1234567890Z",
            "1970-01-01T00:00+24:00",
            "1970-01-01T00:00Zx",
            "1970-01-01 00:00Z",
            "tomorrow",
        ] {
            assert_eq!(Instant::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn ranges_ignore_host_bits_and_families_do_not_mix() {
        let inside = |range, address| parse_ip_range(range).unwrap().contains(&parse_ip(address).unwrap());
        assert!(inside("203.0.113.77/24", "203.0.113.5"));
        assert!(inside("203.0.113.5", "203.0.113.5"));
        assert!(inside("2001:DB8::/32", "2001:db8:0:0::1"));
        assert!(!inside("::/0", "203.0.113.5"));
        assert!(!inside("0.0.0.0/0", "::ffff:203.0.113.5"));
        for bad in ["fe80::1%eth0", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129"] {
            assert_eq!(parse_ip_range(bad), None, "{bad}");
        }
    }
}
