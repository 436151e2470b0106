//! What an artifact grows with: distinct policies and principals, never attachments.

use std::collections::BTreeMap;

use ibc::Artifact;
use ibc::bundle::{Attachment, Bundle, PolicyId, PrincipalEntry};
use ibc::iam::PolicyKind;
use ibc::source::SourceMap;
use ibc::syntax::parse_policy;

/// Sections of the artifact of so many principals, each with the same number of these policies: bytes and entries by name.
fn sections(principal_count: usize, policy_count: usize, attached_count: usize) -> BTreeMap<&'static str, (u32, u32)> {
    let mut sources = SourceMap::new();
    let mut bundle = Bundle::default();
    for index in 0..policy_count {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket-{index}/*"}},
                {{"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::bucket-{index}/locked/*",
                  "Condition": {{"StringEquals": {{"aws:ResourceTag/stage": "released-{index}"}}}}}}]}}"#
        );
        let source = sources.add(format!("{index}.json"), text);
        let policy = parse_policy(&sources, source, None, PolicyKind::Identity).policy.expect("it loads");
        bundle.add_policy(index.to_string(), policy);
    }
    for principal in 0..principal_count {
        // Neighbours share all policies but one; after `policy_count` principals, all of them.
        let policies = (0..attached_count).map(|index| PolicyId(((principal + index) % policy_count) as u32));
        let attachment = Attachment { identity: policies.collect(), boundary: None };
        let arn = format!("arn:aws:iam::111122223333:role/role-{principal:06}");
        bundle.principals.push(PrincipalEntry { arn, attachment, ..PrincipalEntry::default() });
    }
    let artifact = Artifact::from_bytes(ibc::compile(&sources, &bundle).expect("it is small")).expect("an artifact");
    artifact.sections().map(|(name, size, count)| (name, (size, count))).collect()
}

#[test]
fn statements_are_stored_once_however_many_principals_have_them() {
    let (few, many) = (sections(40, 40, 10), sections(4_000, 40, 10));
    for (name, found) in &many {
        match *name {
            "strings" | "directory" => {}
            _ => assert_eq!(found, &few[name], "section {name}"),
        }
    }
    assert_eq!(many["statements"].1, 80);
    assert_eq!(many["units"].1, 40);
    assert_eq!(many["directory"].1, 4_000);
}

#[test]
fn a_principal_takes_the_same_room_however_many_policies_it_shares() {
    let per_principal = |attached_count| {
        let size = |principal_count| {
            let sections = sections(principal_count, 40, attached_count);
            sections["directory"].0 + sections["strings"].0
        };
        (size(4_000) - size(2_000)) / 2_000
    };
    let (few, many) = (per_principal(1), per_principal(40));
    assert_eq!(few, many);
    assert!(many < 300, "{many} bytes for each principal");
}
