//! Asks the questions that a denial raises: all that do not wait for each other at once, none twice.

use futures_util::future::join_all;

use crate::diagnosis::Diagnosis;
use crate::event::Denial;
use crate::evidence::Evidence;
use crate::ports::Reader;

/// Questions come in rounds: what a round's answers raise is asked in the next. Names of policies lead to policies, an
/// alias to an access point, its bucket, the bucket's owner, its object, and that one's ACL; nothing is deeper.
const MAX_ROUNDS: usize = 10;

/// Asks `reader` all that decides the denied call.
pub async fn gather<R: Reader>(denial: &Denial, reader: &R) -> Evidence {
    let mut evidence = Evidence::default();
    for _ in 0..MAX_ROUNDS {
        let questions = Diagnosis::open_questions(denial, &evidence, |question| reader.may_ask(question));
        if questions.is_empty() {
            break;
        }
        let answers = join_all(questions.iter().map(|question| reader.ask(question))).await;
        for (question, reading) in questions.into_iter().zip(answers) {
            evidence.insert(question, reading);
        }
    }
    evidence
}
