//! Answers of whatever is installed as a pinentry.

use sshtpm_fuzz::Target;

use super::Answers;
use crate::pin::line::fuzz::now;

#[test]
fn an_answer_of_any_pinentry_costs_little_to_read() {
    let target = Target::new("assuan").words(["OK\n", "ERR 83886179 x\n", "D ", "%25", "S x\n"]);
    let target = target.seeds([b"S PIN\nD 1%2534\nOK\n".to_vec()]);
    target.run(|mut bytes| {
        let answer = now(Answers::new(&mut bytes).next());
        answer
            .ok()
            .map(|answer| (answer.outcome, answer.data.len().min(8)))
    });
}
