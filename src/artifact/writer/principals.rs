//! `Principal` elements: `negated u8`, then entries `kind u8, text` (accounts: `account text, partition text`).

use super::Sections;
use crate::artifact::layout::Section;
use crate::artifact::wire::Put;
use crate::engine::principal_code as code;
use crate::iam::PrincipalPattern;
use crate::ir::Program;

/// Writes a reference for each set, then the sets.
pub(super) fn write(program: &Program, sections: &mut Sections) {
    let mut sets = Vec::new();
    let first = program.principal_sets.len() * 4;
    for set in &program.principal_sets {
        sections.of(Section::PrincipalSets).put_u32((first + sets.len()) as u32);
        let mut body = vec![u8::from(set.negated)];
        for pattern in &set.patterns {
            entry(&mut body, pattern);
        }
        sets.put_bytes(&body);
    }
    sections.of(Section::PrincipalSets).extend(sets);
    sections.set_count(Section::PrincipalSets, program.principal_sets.len());
}

fn entry(body: &mut Vec<u8>, pattern: &PrincipalPattern) {
    let (kind, text) = match pattern {
        PrincipalPattern::Everyone => return body.push(code::EVERYONE),
        PrincipalPattern::AwsAnyone => return body.push(code::AWS_ANYONE),
        PrincipalPattern::Account { account, partition } => {
            body.push(code::ACCOUNT);
            body.put_bytes(account.as_bytes());
            return body.put_bytes(partition.as_deref().unwrap_or("").as_bytes());
        }
        PrincipalPattern::Arn(text) => (code::ARN, text),
        PrincipalPattern::UniqueId(text) => (code::UNIQUE_ID, text),
        PrincipalPattern::Service(text) => (code::SERVICE, text),
        PrincipalPattern::Federated(text) => (code::FEDERATED, text),
        PrincipalPattern::CanonicalUser(text) => (code::CANONICAL_USER, text),
    };
    body.push(kind);
    body.put_bytes(text.as_bytes());
}
