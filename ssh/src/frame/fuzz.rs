//! Frames that a client sends, in pieces as they may arrive.

use sshtpm_fuzz::{Budget, Line, Target};

use super::{Incoming, frame};

/// Each message is copied, and so is what follows it: with many short ones in one read that is a
/// copy of the rest for each.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 64,
        per_byte: 2,
    },
    memory: Line {
        fixed: 4096,
        per_byte: 6,
    },
    ..Budget::PLAIN
};

#[test]
fn frames_in_any_pieces_cost_little_to_put_together() {
    let messages = [&[11][..], &[27, 0, 0, 0, 5], &[13; 300]];
    let one = messages.map(|message| frame(message).unwrap());
    let target = Target::new("frames").seeds(&one).seeds([one.concat()]);
    target.budget(BUDGET).run(|bytes| {
        let mut incoming = Incoming::default();
        let (mut messages, mut at, mut piece) = (0, 0, 1);
        while at < bytes.len() {
            let end = (at + piece).min(bytes.len());
            incoming.push(&bytes[at..end]);
            // It doubles, and begins with 8.
            assert!(incoming.allocated() <= 2 * end.max(8), "after {end} bytes");
            loop {
                match incoming.next_message() {
                    Ok(Some(message)) => assert!(!message.is_empty(), "an empty message"),
                    Ok(None) => break,
                    Err(error) => return Err(error.to_string().len()),
                }
                messages += 1;
            }
            (at, piece) = (end, piece * 2 + usize::from(bytes[at] & 1));
        }
        Ok((messages.min(8), incoming.is_empty()))
    });
}
