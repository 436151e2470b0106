//! Artifacts that are damaged, foreign, or forged: an error or a safe decision, never a panic, never an Allow that the policies
//! do not give.

mod checksum;
mod samples;

use ibc::artifact::FORMAT_VERSION;
use ibc::bundle::{AccountEntry, Bundle, Guardrails};
use ibc::compile::{Options, compile_with};
use ibc::engine::contents::Selection;
use ibc::engine::plan::UnitForm;
use ibc::iam::{Decision, PolicyKind, Principal};
use ibc::request::{Context, ContextEntry, ContextValue, Request};
use ibc::source::SourceMap;
use ibc::{Artifact, Engine, Overlay};

use checksum::{CHECKSUM_FROM, with_right_checksum};
use samples::{EVERY_TABLE, INDEXED, LONG_LISTS, ROWED, Sample};

impl Sample {
    /// The artifact, and what it answers.
    fn whole(&self) -> (Vec<u8>, Vec<Decision>) {
        let bytes = (self.artifact)();
        let decisions = (self.ask)(&Engine::new(Artifact::from_bytes(&bytes[..]).expect("whole")));
        (bytes, decisions)
    }
}

#[test]
fn the_undamaged_artifact_allows_and_denies() {
    let (bytes, decisions) = EVERY_TABLE.whole();
    for decision in [Decision::Allow, Decision::ExplicitDeny, Decision::ImplicitDeny] {
        assert!(decisions.contains(&decision), "{decision} is missing in {decisions:?}");
    }
    let engine = Engine::new(Artifact::from_bytes(&bytes[..]).expect("whole"));
    let principal = Principal::parse("arn:aws:sts::1:assumed-role/builder/alice").expect("a session");
    let entry = |key, value| ContextEntry { key, value: ContextValue::Single(value) };
    let entries =
        [entry("imagebuilder:ResourceTag/team", "t2"), entry("aws:RequestTag/stage", "test"), entry("aws:RequestTag/env", "dev")];
    let mut request = Request::new(principal, "imagebuilder:GetImage", "arn:aws:imagebuilder:us-east-1:1:image/t2/a");
    request.context = Context::new(&entries);
    assert_eq!(engine.plan(&request, &Overlay::default()).table_keys, ["aws:RequestTag/env", "aws:RequestTag/stage"]);
}

#[test]
fn the_undamaged_artifact_lists_what_it_is_built_from() {
    let (bytes, _) = EVERY_TABLE.whole();
    let engine = Engine::new(Artifact::from_bytes(&bytes[..]).expect("whole"));
    let contents = engine.contents().expect("whole");
    let [principal] = contents.principals.as_slice() else { panic!("one principal: {contents:?}") };
    assert_eq!((principal.arn, principal.unique_id), ("arn:aws:iam::1:role/builder", Some("AROA1")));
    assert_eq!((principal.statement_count, principal.has_boundary, principal.tags.len()), (0, true, 1));
    assert_eq!(contents.everyone_statement_count, Some(12));
    let [account] = contents.accounts.as_slice() else { panic!("one account: {contents:?}") };
    assert_eq!((account.id, account.scp_level_count, account.rcp_level_count), ("1", 1, 0));
    assert_eq!((contents.exact_resources.len(), contents.resource_patterns.len()), (0, 1));
    assert_eq!((contents.statement_count, contents.deny_count), (19, 7));
    assert_eq!((contents.units.count, contents.units.statement_count), (4, 19));
    let team = contents.keys.iter().find(|usage| usage.name == "imagebuilder:ResourceTag/team");
    assert_eq!(team.map(|usage| usage.statement_count), Some(12));
    assert_eq!(engine.statements_behind(&Selection::default()).map(|found| found.len()), Some(19));
}

#[test]
fn an_artifact_cut_at_any_length_is_refused() {
    let (bytes, _) = EVERY_TABLE.whole();
    for len in 0..bytes.len() {
        assert!(Artifact::from_bytes(&bytes[..len]).is_err(), "cut at {len}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Artifact::from_bytes(&longer[..]).is_err(), "one byte more");
}

#[test]
fn an_artifact_with_any_byte_flipped_is_refused() {
    let (mut bytes, _) = EVERY_TABLE.whole();
    for at in 0..bytes.len() {
        bytes[at] ^= 0x41;
        // Reserved bytes before the checksummed part do not exist: everything counts.
        assert!(Artifact::from_bytes(&bytes[..]).is_err(), "flipped at {at}");
        bytes[at] ^= 0x41;
    }
}

#[test]
fn forged_bytes_with_a_right_checksum_give_a_decision_and_no_panic() {
    let (whole, _) = EVERY_TABLE.whole();
    let mut opened = 0;
    for at in CHECKSUM_FROM..whole.len() {
        for forged in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = forged;
            with_right_checksum(&mut bytes);
            if let Ok(artifact) = Artifact::from_bytes(&bytes[..]) {
                opened += 1;
                (EVERY_TABLE.ask)(&Engine::new(artifact));
            }
        }
    }
    assert!(opened > whole.len(), "most forgeries open, {opened} did");
}

#[test]
fn forged_words_with_a_right_checksum_give_a_decision_and_no_panic() {
    forge_words(&EVERY_TABLE.whole().0, EVERY_TABLE.ask);
}

/// Asks every artifact that opens with one word forged and a right checksum.
pub(crate) fn forge_words(whole: &[u8], ask: impl Fn(&Engine<&[u8]>) -> Vec<Decision>) {
    for at in (CHECKSUM_FROM..whole.len() - 4).step_by(4) {
        for forged in [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX - 1, u32::MAX] {
            let mut bytes = whole.to_vec();
            bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(forged));
            with_right_checksum(&mut bytes);
            if let Ok(artifact) = Artifact::from_bytes(&bytes[..]) {
                ask(&Engine::new(artifact));
            }
        }
    }
}

#[test]
fn forged_indexes_give_a_decision_and_no_panic_and_the_same_at_once() {
    let (whole, decisions) = INDEXED.whole();
    let engine = Engine::new(Artifact::from_bytes(&whole[..]).expect("whole"));
    for decision in [Decision::Allow, Decision::ExplicitDeny, Decision::ImplicitDeny] {
        assert!(decisions.contains(&decision), "{decision} is missing in {decisions:?}");
    }
    let has_blocks = engine.artifact().sections().any(|(name, .., count)| name == "index" && count > 0);
    let units = engine.contents().expect("whole").units;
    assert!(has_blocks && units.by_form[UnitForm::Index as usize] == 1, "{units:?}");
    forge_words(&whole, INDEXED.ask);
}

#[test]
fn forged_maps_of_long_lists_give_a_decision_and_no_panic() {
    let (whole, decisions) = LONG_LISTS.whole();
    let (allow, deny) = (Decision::Allow, Decision::ImplicitDeny);
    assert_eq!(decisions, [allow, allow, deny, deny, deny, deny]);
    forge_words(&whole, LONG_LISTS.ask);
}

#[test]
fn forged_rows_give_a_decision_and_no_panic() {
    let (whole, decisions) = ROWED.whole();
    let engine = Engine::new(Artifact::from_bytes(&whole[..]).expect("whole"));
    let sections = engine.artifact().sections();
    let row_words: u32 = sections.filter(|(name, ..)| *name == "index").map(|(.., count)| count).sum();
    assert!(row_words > 0, "there are blocks");
    use Decision::{Allow, ExplicitDeny, ImplicitDeny};
    let [no, yes, denied] = [ImplicitDeny, Allow, ExplicitDeny];
    let expected = [no, denied, denied, no, yes, denied, denied, yes, no, denied, denied, denied, denied, yes, no, no, denied];
    let of_bounds = [denied, no, no, denied, denied, no, denied, yes, no];
    let about_others = [denied, no];
    assert_eq!(decisions, [&expected[..], &of_bounds, &about_others].concat());
    forge_words(&whole, ROWED.ask);
}

#[test]
fn the_loader_says_what_is_wrong() {
    let (whole, _) = EVERY_TABLE.whole();
    let error = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        Artifact::from_bytes(&bytes[..]).map(|_| ()).expect_err("damaged").to_string()
    };
    assert_eq!(error(&|bytes| bytes.truncate(100)), "the artifact is cut short: build it again with `ibc build`");
    assert_eq!(error(&|bytes| bytes[0] = b'{'), "not an artifact: it does not start with the magic bytes of `ibc build`");
    assert_eq!(
        error(&|bytes| *bytes.last_mut().expect("not empty") ^= 1),
        "the artifact is damaged, its checksum does not match: build it again with `ibc build`"
    );
    let newer = error(&|bytes| bytes[8..12].copy_from_slice(&(FORMAT_VERSION + 1).to_le_bytes()));
    assert_eq!(
        newer,
        format!(
            "the artifact has format version {}, this program reads version {FORMAT_VERSION}: build it again with `ibc build`",
            FORMAT_VERSION + 1
        )
    );
    let moved = error(&|bytes| {
        bytes[64 + 4..64 + 8].copy_from_slice(&u32::MAX.to_le_bytes());
        with_right_checksum(bytes);
    });
    assert_eq!(moved, "the artifact's section table is damaged at `strings`: build it again with `ibc build`");
}

#[test]
fn the_same_bundle_gives_the_same_bytes() {
    for Sample { name, artifact, .. } in samples::ALL {
        assert!(artifact() == artifact(), "{name}");
    }
}

/// What is listed is paid for by the bytes that list it: no whole artifact is told to be damaged.
#[test]
fn contents_of_many_accounts_with_many_levels() {
    let mut sources = SourceMap::new();
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let source = sources.add("scp", text);
    let policy = ibc::syntax::parse_policy(&sources, source, None, PolicyKind::Scp).policy.expect("it is right");
    let mut bundle = Bundle::default();
    for number in 0..100 {
        let mut own_levels = || (0..7).map(|_| vec![bundle.add_policy("scp", policy.clone())]).collect::<Vec<_>>();
        let guardrails = Guardrails { scp: own_levels(), rcp: own_levels() };
        bundle.accounts.push(AccountEntry { id: format!("{number:012}"), management: false, guardrails });
    }
    let options = Options { source_map: false, ..Options::default() };
    let bytes = compile_with(&sources, &bundle, &options).expect("it is small");
    let engine = Engine::new(Artifact::from_bytes(bytes).expect("it is whole"));
    let contents = engine.contents().expect("it is whole");
    assert!(contents.accounts.iter().all(|account| (account.scp_level_count, account.rcp_level_count) == (7, 7)));
    assert_eq!(contents.accounts.len(), 100);
}
