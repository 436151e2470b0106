//! `ibc` itself, asked by the code of its own benchmarks.

#[path = "../../../subject/mod.rs"]
mod subject;

use ibc_workloads::{Answer, RequestText};
use subject::{Asker, Question};

use super::{Engine, Prepared};
use crate::policy::Policies;

/// Translating is parsing and compiling to an artifact, loading is checking its bytes.
pub(super) fn prepare(policies: &Policies) -> Prepared {
    // The compiler keeps the texts it is given, for messages.
    let compile = || subject::compile(policies.documents.clone(), &policies.attachments);
    Prepared::new(compile, |artifact| Ibc { engine: subject::open(artifact) })
}

#[derive(Debug)]
struct Ibc {
    engine: ibc::Engine<Vec<u8>>,
}

impl Engine for Ibc {
    fn asker<'e, 'a: 'e>(&'e mut self) -> Box<dyn FnMut(&RequestText<'a>) -> Answer + 'e> {
        let (mut asker, mut question) = (Asker::new(&self.engine), Question::default());
        Box::new(move |request| {
            question.fill(request);
            subject::answer(asker.ask(&question))
        })
    }
}
