//! Rows of bits: of many statements that nothing is filed under, those that cannot apply are not verified.

use ibc::Overlay;
use ibc::compile::{Indexes, Options, Passes, compile_with};
use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::parse_policy;

use crate::generators::answers::engine;
use crate::generators::request::{self, RequestCase, Value};
use crate::generators::scenario::bundle_around;

const COUNT: usize = 100;

/// Statement, resource and context of a request, how many it verifies.
type Case<'c> = (String, &'c str, Context<'c>, usize);
type Context<'c> = &'c [(&'c str, &'c [&'c str])];

/// How many of a hundred statements, written with `{n}` for their number, a request verifies.
fn verified(statement: &str, request: &RequestCase) -> usize {
    verified_of(|n| statement.replace("{n}", &n.to_string()), request)
}

fn verified_of(statement: impl Fn(usize) -> String, request: &RequestCase) -> usize {
    verified_of_many(COUNT, statement, request)
}

/// The same of another number of statements.
fn verified_of_many(count: usize, statement: impl Fn(usize) -> String, request: &RequestCase) -> usize {
    verified_with(Indexes::ALL, count, statement, request)
}

/// The same with a selection of indexes.
fn verified_with(indexes: Indexes, count: usize, statement: impl Fn(usize) -> String, request: &RequestCase) -> usize {
    let statements: Vec<String> = (0..count).map(|n| format!(r#"{{"Effect":"Deny","Action":"*",{}}}"#, statement(n))).collect();
    let mut sources = SourceMap::new();
    let source = sources.add("policy", format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")));
    let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("well formed");
    let options = Options { indexes, optimize: Passes::NONE, ..Options::default() };
    let engine = engine(compile_with(&sources, &bundle_around(policy), &options).expect("small"));
    let plan = request.with(|request| engine.plan(request, &Overlay::default()));
    let lookups = plan.layers.iter().flat_map(|layer| &layer.units).flat_map(|unit| &unit.lookups);
    lookups.map(|lookup| lookup.verified.len()).sum()
}

fn asking(resource: &str, context: Context<'_>) -> RequestCase {
    let mut request = RequestCase { resource: resource.to_owned(), ..request::plain() };
    for &(key, values) in context {
        let value = match values {
            [value] => Value::Single((*value).to_owned()),
            _ => Value::Multi(values.iter().map(|&value| value.to_owned()).collect()),
        };
        request.set(key, Some(value));
    }
    request
}

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, more statements are found")]
fn what_cannot_apply_is_not_verified() {
    let condition = |condition: &str| format!(r#""Resource":"*","Condition":{{{condition}}}"#);
    let key = "aws:ResourceTag/a";
    let cases: [Case<'_>; 19] = [
        (condition(r#""StringNotLike":{"aws:ResourceTag/a":["{n}-*","all-*"]}"#), "*", &[(key, &["all-1"])], 0),
        (condition(r#""StringNotLike":{"aws:ResourceTag/a":["*-{n}","*-all"]}"#), "*", &[(key, &["1-all"])], 0),
        (condition(r#""StringNotLike":{"aws:ResourceTag/a":["*-{n}-*","*-all-*"]}"#), "*", &[(key, &["1-all-1"])], 0),
        (condition(r#""StringLikeIfExists":{"aws:ResourceTag/a":"{n}-*"}"#), "*", &[(key, &["7-x"])], 1),
        (condition(r#""StringLikeIfExists":{"aws:ResourceTag/a":"all-*-{n}"}"#), "*", &[(key, &["all-x-7"])], 1),
        (
            condition(r#""ForAllValues:StringLike":{"aws:TagKeys":["{n}-*","all"]}"#),
            "*",
            &[("aws:TagKeys", &["all", "7-a", "7-b"])],
            1,
        ),
        (
            condition(r#""ArnNotLike":{"aws:SourceArn":["arn:aws:sns:*:1:{n}","arn:aws:sns:*:1:all"]}"#),
            "*",
            &[("aws:SourceArn", &["arn:aws:sns:eu:1:all"])],
            0,
        ),
        (r#""NotResource":["arn:aws:s3:::{n}/*","arn:aws:s3:::all/*"]"#.to_owned(), "arn:aws:s3:::all/x", &[], 0),
        (r#""NotResource":["arn:aws:s3:::{n}/*","arn:aws:s3:::*/all/*"]"#.to_owned(), "arn:aws:s3:::x/all/x", &[], 0),
        // Both tests become one of the same pattern.
        (
            condition(
                r#""ArnNotEquals":{"aws:SourceArn":["arn:aws:sns:*:1:all","arn:aws:sns:*:1:a{n}"]},
                   "ArnNotLike":{"aws:SourceArn":["arn:aws:sns:*:1:all","arn:aws:sns:*:1:b{n}"]}"#,
            ),
            "*",
            &[("aws:SourceArn", &["arn:aws:sns:eu:1:all"])],
            0,
        ),
        // Six tests are six, not twelve.
        (
            condition(
                r#""StringNotLike":{"svc:a":"x*y","svc:b":"x*y","svc:c":"x*y","svc:d":"x*y","svc:e":"x*y","svc:f":"x*y"},
                   "StringNotEquals":{"svc:g":"{n}"}"#,
            ),
            "*",
            &[("svc:f", &["xzy"])],
            0,
        ),
        // The beginning leaves all, and says less than the test.
        (condition(r#""StringLikeIfExists":{"svc:a":"x*y"},"StringNotEquals":{"svc:g":"{n}"}"#), "*", &[("svc:a", &["xzz"])], 0),
        // A number may be absent, but is not.
        (condition(r#""NumericGreaterThanIfExists":{"svc:a":"1{n}"}"#), "*", &[("svc:a", &["7"])], 0),
        (condition(r#""ForAllValues:NumericGreaterThan":{"svc:a":"1{n}"}"#), "*", &[("svc:a", &["7", "8"])], 0),
        (condition(r#""NumericNotEquals":{"svc:a":["7.0","1{n}"]}"#), "*", &[("svc:a", &["7"])], 0),
        (
            condition(r#""DateNotEquals":{"aws:CurrentTime":["7","1{n}"]}"#),
            "*",
            &[("aws:CurrentTime", &["1970-01-01T00:00:07Z"])],
            0,
        ),
        (
            condition(r#""StringNotEqualsIgnoreCase":{"svc:a":["${aws:username}","v{n}"]}"#),
            "*",
            &[("svc:a", &["BOB"]), ("aws:username", &["bob"])],
            0,
        ),
        (condition(r#""NumericLessThanIfExists":{"svc:a":"5"},"StringNotEquals":{"svc:g":"{n}"}"#), "*", &[("svc:a", &["7"])], 0),
        (condition(r#""Bool":{"svc:a":"true"},"StringNotEquals":{"svc:g":"{n}"}"#), "*", &[("svc:a", &["false"])], 0),
    ];
    for (statement, resource, context, expected) in &cases {
        assert_eq!(verified(statement, &asking(resource, context)), *expected, "{statement}");
    }
}

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, more statements are found")]
fn what_all_have_in_common_beside_their_own_is_no_reason_to_look_at_all() {
    let condition = |condition: &str| format!(r#""Resource":"*","Condition":{{{condition}}}"#);
    let beside = |shared: &str, own: &str| format!(r#""Resource":["{shared}","{own}"]"#);
    let cases: [Case<'_>; 21] = [
        (condition(r#""NumericEquals":{"svc:a":["1000","{n}"]}"#), "*", &[("svc:a", &["7.0"])], 1),
        (condition(r#""NumericEquals":{"svc:a":["1000","{n}"]}"#), "*", &[("svc:a", &["500"])], 0),
        (condition(r#""NumericEquals":{"svc:a":["1000","{n}"]}"#), "*", &[("svc:a", &["1000"])], COUNT),
        (condition(r#""StringLike":{"svc:a":["shared-*","own-{n}-*"]}"#), "*", &[("svc:a", &["own-7-x"])], 1),
        (beside("arn:aws:s3:::shared", "arn:aws:s3:::own-{n}"), "arn:aws:s3:::own-7", &[], 1),
        (beside("arn:aws:s3:::shared", "arn:aws:s3:::own-{n}"), "arn:aws:s3:::other", &[], 0),
        // The shared one has no second part, no service in common, nothing at its end.
        (beside("arn:aws:ec2:*:1:volume/*", "arn:aws:ec2:*:1:instance/{n}/*"), "arn:aws:ec2:eu:1:instance/7/x", &[], 1),
        (beside("arn:aws:ec2:*:1:volume/*", "arn:aws:ec2:*:1:instance/{n}/*"), "arn:aws:ec2:eu:1:volume/7", &[], COUNT),
        (beside("arn:aws:logs:*:*:*", "arn:aws:sqs:eu:1:queue-{n}"), "arn:aws:sqs:eu:1:queue-7", &[], 1),
        (beside("arn:aws:logs:*:*:*", "arn:aws:sqs:eu:1:queue-{n}"), "arn:aws:sqs:eu:1:queue-x", &[], 0),
        (condition(r#""StringEquals":{"svc:a":["${svc:b}","own-{n}"]}"#), "*", &[("svc:a", &["own-7"]), ("svc:b", &["x"])], 1),
        (condition(r#""StringEquals":{"svc:a":["${svc:b}","own-{n}"]}"#), "*", &[("svc:a", &["y"]), ("svc:b", &["x"])], 0),
        (condition(r#""StringEquals":{"svc:a":["${svc:b}","own-{n}"]}"#), "*", &[("svc:a", &["x"]), ("svc:b", &["x"])], COUNT),
        (condition(r#""StringLike":{"svc:a":["${svc:b, 'no'}","own-{n}-*"]}"#), "*", &[("svc:a", &["own-7-x"])], 1),
        (condition(r#""StringLike":{"svc:a":["${svc:b, 'no'}","own-{n}-*"]}"#), "*", &[("svc:a", &["no"])], COUNT),
        (condition(r#""StringLikeIfExists":{"svc:a":"*-own{n}-*"}"#), "*", &[("svc:a", &["x-own7-x"])], 1),
        (condition(r#""StringLikeIfExists":{"svc:a":"*-own{n}-*"}"#), "*", &[("svc:a", &["x-own-x"])], 0),
        (condition(r#""StringLikeIfExists":{"svc:a":"*-own{n}-*"}"#), "*", &[], COUNT),
        (condition(r#""ForAllValues:StringLike":{"svc:a":"*-own{n}-*"}"#), "*", &[("svc:a", &["x-own7-x", "y-own7-y"])], 1),
        (
            condition(r#""ArnLikeIfExists":{"aws:SourceArn":"arn:aws:s*:*:1:own{n}-*"}"#),
            "*",
            &[("aws:SourceArn", &["arn:aws:sns:eu:1:own7-x"])],
            1,
        ),
        (
            condition(r#""IpAddressIfExists":{"aws:SourceIp":["10.0.0.0/8","2001:db8:{n}::/48"]}"#),
            "*",
            &[("aws:SourceIp", &["2001:db8:7::1"])],
            1,
        ),
    ];
    for (statement, resource, context, expected) in &cases {
        // Of a kind that neither access keys nor rows say anything of, so that all that are left are verified.
        let never = r#""StringEqualsIgnoreCase":{"svc:never":"${aws:username}{n}${aws:username}"}"#;
        let statement = match statement.strip_suffix("}}") {
            Some(head) => format!("{head}}},{never}}}"),
            None => format!(r#"{statement},"Condition":{{{never}}}"#),
        };
        let request = asking(resource, &[*context, &[("svc:never", &["y"])]].concat());
        assert_eq!(verified(&statement, &request), *expected, "{statement}");
    }
}

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, more statements are found")]
fn statements_are_filed_under_their_values_up_to_a_limit() {
    // More statements than a small unit has.
    const STATEMENTS: usize = 20;
    for (value_count, expected) in [(1 << 14, 0), ((1 << 14) + 1, STATEMENTS)] {
        let values = |n: usize| (0..value_count).map(|value| (n << 16 | value).to_string()).collect::<Vec<_>>().join(r#"",""#);
        let statement = |n| format!(r#""Resource":"*","Condition":{{"NumericEquals":{{"svc:a":["{}"]}}}}"#, values(n));
        let request = asking("*", &[("svc:a", &["0.5"])]);
        assert_eq!(verified_of_many(STATEMENTS, statement, &request), expected, "{value_count} values");
    }
}

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, more statements are found")]
fn conditions_on_arns_find_their_statements_behind_any_account() {
    // Names of digits, and an account of digits: what is inside one name is inside many.
    let name = |n: usize| format!("team-{n:05}");
    for (operator, account) in [("ArnLike", "*"), ("StringLike", "*"), ("ArnLike", "111122223333")] {
        let statement = |n| {
            let condition = format!(r#""{operator}":{{"aws:SourceArn":"arn:aws:iam::{account}:role/{}-*"}}"#, name(n));
            format!(r#""Resource":"*","Condition":{{{condition}}}"#)
        };
        let verified = |arn: String| verified_of_many(30 * COUNT, statement, &asking("*", &[("aws:SourceArn", &[arn.as_str()])]));
        assert_eq!(verified(format!("arn:aws:iam::111122223333:role/{}-x", name(1223))), 1, "{operator}, {account}");
        assert_eq!(verified(format!("arn:aws:iam::111122223333:role/{}", name(1223))), 0, "{operator}, {account}");
    }
}

#[test]
fn keys_that_few_statements_test_narrow() {
    // Of forty keys each is tested by one statement of forty.
    let statement = |n: usize| {
        format!(
            r#""Resource":"*","Condition":{{"StringNotEquals":{{"svc:k{}":"v{n}"}},"StringEqualsIgnoreCase":{{"svc:never":"${{aws:username}}{n}${{aws:username}}"}}}}"#,
            n % 40
        )
    };
    let names: Vec<String> = (0..40).map(|n| format!("svc:k{n}")).collect();
    let absent = [("svc:never", &["y"][..])];
    assert_eq!(verified_of_many(4 * COUNT, statement, &asking("*", &absent)), 4 * COUNT);
    // The value that the first statement of each key excludes; beyond the 32 keys with rows, all are left.
    let values: Vec<String> = (0..40).map(|n| format!("v{n}")).collect();
    let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
    let context: Vec<(&str, &[&str])> = names.iter().map(String::as_str).zip(values.iter().map(|value| &value[..])).collect();
    let context = [&context[..], &absent].concat();
    assert_eq!(verified_of_many(4 * COUNT, statement, &asking("*", &context)), 4 * COUNT - 32);
}

/// Twenty statements, or ten, are found by one tag; nothing else tells more of them apart. None applies, so that all are verified.
#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, more statements are found")]
fn short_lists_are_narrowed_by_what_leaves_half_at_most() {
    // Resource, tests beside that of the tag, and how many of twenty and of ten are verified.
    let cases = [
        ("*", r#","aws:RequestTag/half":"{of-2}""#, 10, 5),
        ("*", r#","aws:RequestTag/half":"{of-2}","aws:RequestTag/fifth":"{of-5}""#, 2, 2),
        // Of these, 15 and 7 would be left.
        ("*", r#","aws:RequestTag/most":"{is-not-4}""#, 20, 10),
        ("arn:aws:s3:::b-{of-4}/*", "", 5, 3),
    ];
    let request = asking(
        "arn:aws:s3:::b-1/x",
        &[
            ("aws:ResourceTag/group", &["2"]),
            ("aws:RequestTag/half", &["1"]),
            ("aws:RequestTag/fifth", &["3"]),
            ("aws:RequestTag/most", &["true"]),
        ],
    );
    for (resource, tests, of_twenty, of_ten) in cases {
        for (size, left) in [(20, of_twenty), (10, of_ten)] {
            let numbered = |n: usize| {
                let group = n / size;
                let statement = format!(
                    r#""Resource":"{resource}","Condition":{{"NumericLessThan":{{"aws:RequestTag/never":"0"}},
                       "StringEquals":{{"aws:ResourceTag/group":"{group}"{tests}}}}}"#
                );
                let filled = statement.replace("{of-2}", &(n % 2).to_string()).replace("{of-4}", &(n % 4).to_string());
                filled.replace("{of-5}", &(n % 5).to_string()).replace("{is-not-4}", &(!n.is_multiple_of(4)).to_string())
            };
            let indexes = Indexes { pairs: false, ..Indexes::ALL };
            assert_eq!(verified_with(indexes, COUNT, numbered, &request), left, "{resource}, {tests}: {size}");
        }
    }
}

/// What the statement of a number tests, a context, and how many of a hundred it leaves.
type BoundsCase<'c> = (fn(usize) -> String, Context<'c>, usize);

#[test]
#[cfg_attr(feature = "colliding-hash", ignore = "where values collide, more statements are found")]
fn bounds_of_every_key_narrow() {
    let cases: [BoundsCase<'_>; 30] = [
        (two_keys, &[("svc:x0", &["20"]), ("svc:x1", &["31"])], 11 + 16),
        (two_keys, &[("svc:x0", &["20.5"]), ("svc:x1", &["-1"])], 11),
        (two_keys, &[("svc:x0", &["1000"]), ("svc:x1", &["many"])], 50),
        (two_keys, &[("svc:x1", &["98"])], 49),
        (three_keys, &[("svc:x0", &["9"]), ("svc:x1", &["10"]), ("svc:x2", &["11"])], 4 + 4 + 4),
        (two_sides, &[("svc:x", &["30"])], 16 + 35),
        (two_sides, &[("svc:x", &["31"])], 16 + 35),
        (two_sides, &[("svc:x", &["-0.5"])], 50),
        (two_sides, &[("svc:x", &["10", "95", "many"])], 48 + 45),
        (two_sides, &[("svc:x", &["many", ""])], 0),
        (two_types, &[("svc:x", &["90"]), ("aws:CurrentTime", &["1970-01-01T00:00:11Z"])], 5 + 6),
        (two_types, &[("svc:x", &["99"]), ("aws:CurrentTime", &["never"])], 0),
        (sometimes_optional, &[("svc:x", &["9"])], 10),
        (sometimes_optional, &[], 50),
        (sometimes_for_all, &[("svc:x", &["9", "7"])], 10),
        (sometimes_for_all, &[], 50),
        // What one test accepts, another of the same key does not.
        (both_optional_and_not, &[("svc:x", &["50"])], 26),
        (both_optional_and_not, &[], 0),
        (two_upper_bounds, &[("svc:x", &["60"])], 0),
        (several_values, &[("svc:x", &["10"])], 11),
        (with_fractions, &[("svc:x", &["9.5"])], 10),
        (with_fractions, &[("svc:x", &["9.49"])], 9),
        (below_zero, &[("svc:x", &["-90.0"])], 10),
        (equal, &[("svc:x", &["50.0"])], 2),
        (equal, &[("svc:x", &["50.5"])], 0),
        (equal, &[], 100),
        (sometimes_windows, &[("svc:x", &["50"])], 3 + 25),
        // They differ in their last of many digits.
        (close_windows, &[("svc:x", &["12345678901234560050"])], 2),
        // The one value may be above, the other below.
        (windows_of_several, &[("svc:x", &["10", "80"])], 75),
        (few_bounds, &[("svc:x", &["-1"])], COUNT),
    ];
    for (number, (condition, context, expected)) in cases.into_iter().enumerate() {
        // Of a kind that rows say nothing of, so that all that are left are verified.
        let never = |n| format!(r#""StringEqualsIgnoreCase":{{"svc:never":"${{aws:username}}{n}${{aws:username}}"}}"#);
        let statement = |n| format!(r#""Resource":"*","Condition":{{{},{}}}"#, never(n), condition(n));
        let context = [context, &[("svc:never", &["y"])]].concat();
        assert_eq!(verified_of(statement, &asking("*", &context)), expected, "case {number}: {}", condition(1));
    }
}

fn two_keys(n: usize) -> String {
    format!(r#""NumericGreaterThan":{{"svc:x{}":"{n}"}}"#, n % 2)
}

fn three_keys(n: usize) -> String {
    format!(r#""NumericGreaterThanEquals":{{"svc:x{}":"{n}"}}"#, n % 3)
}

fn two_sides(n: usize) -> String {
    format!(r#""Numeric{}Than":{{"svc:x":"{n}"}}"#, ["Greater", "Less"][n % 2])
}

fn two_types(n: usize) -> String {
    match n % 2 {
        0 => format!(r#""NumericLessThanEquals":{{"svc:x":"{n}"}}"#),
        _ => format!(r#""DateGreaterThanEquals":{{"aws:CurrentTime":"{n}"}}"#),
    }
}

fn sometimes_optional(n: usize) -> String {
    format!(r#""NumericGreaterThan{}":{{"svc:x":"{n}"}}"#, ["IfExists", ""][n % 2])
}

fn sometimes_for_all(n: usize) -> String {
    format!(r#""{}:NumericGreaterThan":{{"svc:x":"{n}"}}"#, ["ForAllValues", "ForAnyValue"][n % 2])
}

fn both_optional_and_not(n: usize) -> String {
    format!(r#""NumericGreaterThan":{{"svc:x":"{n}"}},"NumericGreaterThanIfExists":{{"svc:x":"{}"}}"#, 2 * n)
}

fn two_upper_bounds(n: usize) -> String {
    // Each of its own, since a test that many share would be asked by itself.
    format!(r#""NumericLessThan":{{"svc:x":"{}"}},"NumericLessThanEqualsIfExists":{{"svc:x":"50.{n:02}"}}"#, 100 - n)
}

fn several_values(n: usize) -> String {
    format!(r#""NumericGreaterThan":{{"svc:x":["{}","{n}"]}}"#, n + 50)
}

fn with_fractions(n: usize) -> String {
    format!(r#""NumericGreaterThan":{{"svc:x":"{n}.5"}}"#)
}

fn below_zero(n: usize) -> String {
    format!(r#""NumericGreaterThan":{{"svc:x":"-{n}"}}"#)
}

fn equal(n: usize) -> String {
    format!(r#""NumericEqualsIfExists":{{"svc:x":["{n}","{}"]}}"#, n + 2)
}

fn sometimes_windows(n: usize) -> String {
    let end = format!(r#","NumericLessThan":{{"svc:x":"{}"}}"#, n + 4);
    format!(r#""NumericGreaterThan":{{"svc:x":"{n}"}}{}"#, [&*end, ""][n % 2])
}

fn close_windows(n: usize) -> String {
    let value = |n| format!("12345678901234560{n:03}");
    format!(r#""NumericGreaterThan":{{"svc:x":"{}"}},"NumericLessThan":{{"svc:x":"{}"}}"#, value(n), value(n + 1))
}

fn windows_of_several(n: usize) -> String {
    format!(r#""ForAnyValue:NumericGreaterThan":{{"svc:x":"{n}"}},"ForAnyValue:NumericLessThan":{{"svc:x":"{}"}}"#, n + 4)
}

fn few_bounds(n: usize) -> String {
    match n % 20 {
        0 => r#""NumericGreaterThan":{"svc:x":"1"}"#.to_owned(),
        _ => format!(r#""StringLike":{{"svc:never":"*{n}*"}}"#),
    }
}
