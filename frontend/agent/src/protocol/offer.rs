//! Which keys of the TPM and of agents behind fit into one list.
//!
//! Those of the TPM come first. The agents behind take turns at what is left, so that one with very
//! many keys, or with very long comments, cannot hide those of another.

use std::collections::{HashSet, VecDeque};
use std::mem;

use sshtpm_ssh::limits::MAX_MESSAGE_BYTES;
use tracing::debug;

use super::hidden::Hidden;
use crate::behind::listed::{MAX_IDENTITIES, Offered};

/// Bytes of an answer without any key: the message number and the count.
const EMPTY_ANSWER_BYTES: usize = 5;

/// Bytes of the lengths of a blob and a comment.
const LENGTHS_BYTES: usize = 8;

/// The keys that were listed.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Those of the TPM.
    pub(super) own: Vec<Offered>,
    /// Those of each agent behind, in the order of the agents.
    pub(super) behind: Vec<Vec<Offered>>,
}

/// The keys of one holder.
#[derive(Default)]
struct Source {
    /// Those that no earlier holder lists, in order.
    firsts: VecDeque<Offered>,
    /// Those that an earlier one lists, too.
    doubles: VecDeque<Offered>,
    taken: Vec<Offered>,
}

/// What an answer has room for yet.
struct Room {
    keys: usize,
    bytes: usize,
}

/// The keys of `listed` that are offered, in order: each once, no hidden one, and no more than a
/// client takes.
pub(super) fn offer(listed: Listed, hidden: &Hidden) -> Vec<Offered> {
    let all = [listed.own].into_iter().chain(listed.behind);
    let mut sources = sources(all, hidden);
    let mut room = Room {
        keys: MAX_IDENTITIES,
        bytes: MAX_MESSAGE_BYTES - EMPTY_ANSWER_BYTES,
    };
    let count: usize = sources.iter().map(|source| source.firsts.len()).sum();
    take_all(&mut sources, &mut room);
    // An agent may have listed a key of another with a comment that fits nowhere.
    if turn_to_doubles(&mut sources) {
        take_all(&mut sources, &mut room);
    }
    let offered: Vec<_> = sources.into_iter().flat_map(|one| one.taken).collect();
    if offered.len() < count {
        debug!(
            "offering {} of {count} keys: there are too many",
            offered.len()
        );
    }
    offered
}

/// Each holder's keys without hidden ones.
fn sources(all: impl Iterator<Item = Vec<Offered>>, hidden: &Hidden) -> Vec<Source> {
    let mut seen = HashSet::new();
    let mut source = |keys: Vec<Offered>| {
        let mut source = Source::default();
        for key in keys.into_iter().filter(|key| !hidden.has(&key.blob)) {
            match seen.insert(key.blob.clone()) {
                true => source.firsts.push_back(key),
                false => source.doubles.push_back(key),
            }
        }
        source
    };
    all.map(&mut source).collect()
}

/// Takes what there is room for: first of the TPM's keys, then in turns.
fn take_all(sources: &mut [Source], room: &mut Room) {
    if let Some((own, behind)) = sources.split_first_mut() {
        while own.take_next(room) {}
        while take_turns(behind, room) {}
    }
}

/// Puts doubles of keys that nobody had room for in the place of these. Whether there are any.
fn turn_to_doubles(sources: &mut [Source]) -> bool {
    let left = sources.iter().flat_map(|source| &source.firsts);
    let mut left: HashSet<Vec<u8>> = left.map(|key| key.blob.clone()).collect();
    for source in sources.iter_mut() {
        source.firsts = mem::take(&mut source.doubles);
        source.firsts.retain(|key| left.remove(&key.blob));
    }
    sources.iter().any(|source| !source.firsts.is_empty())
}

/// Takes one more key of each of `sources`. Whether any fits.
fn take_turns(sources: &mut [Source], room: &mut Room) -> bool {
    let taken = sources.iter_mut().map(|source| source.take_next(room));
    taken.fold(false, |any, taken| any | taken)
}

impl Source {
    /// Takes the next key if there is one, and room for it.
    fn take_next(&mut self, room: &mut Room) -> bool {
        let next = self.firsts.front();
        let fits = next.is_some_and(|key| room.take(key).is_some());
        if fits {
            self.taken.extend(self.firsts.pop_front());
        }
        fits
    }
}

impl Room {
    /// `None` if the key does not fit.
    fn take(&mut self, key: &Offered) -> Option<()> {
        let bytes = LENGTHS_BYTES + key.blob.len() + key.comment.len();
        let (keys, bytes) = (self.keys.checked_sub(1)?, self.bytes.checked_sub(bytes)?);
        *self = Self { keys, bytes };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{EMPTY_ANSWER_BYTES, LENGTHS_BYTES, Listed, MAX_MESSAGE_BYTES, Offered, offer};
    use crate::protocol::hidden::Hidden;
    use crate::protocol::reply::Reply;

    fn key(name: &str, comment_bytes: usize) -> Offered {
        Offered {
            blob: name.into(),
            comment: vec![b'c'; comment_bytes],
        }
    }

    fn names(listed: Listed) -> Vec<String> {
        let offered = offer(listed, &Hidden::default());
        let names = offered.into_iter().map(|key| String::from_utf8(key.blob));
        names.map(Result::unwrap).collect()
    }

    #[test]
    fn keys_are_offered_in_the_order_of_their_agents() {
        let listed = Listed {
            own: vec![key("own", 0)],
            behind: vec![
                vec![key("a1", 0), key("own", 0), key("a2", 0)],
                vec![key("b1", 0), key("a2", 0)],
            ],
        };
        assert_eq!(names(listed), ["own", "a1", "a2", "b1"]);
    }

    #[test]
    fn a_key_that_fills_the_list_hides_none_of_another_agent() {
        let listed = Listed {
            own: vec![key("own", 0)],
            behind: vec![
                vec![key("a1", 260_000), key("a2", 260_000)],
                vec![key("b1", 0)],
            ],
        };
        assert_eq!(names(listed), ["own", "a1", "b1"]);
    }

    #[test]
    fn a_comment_that_fits_nowhere_hides_no_key_of_another_agent() {
        let listed = Listed {
            own: vec![key("own", 0)],
            behind: vec![vec![key("b1", 262_144)], vec![key("b1", 0)]],
        };
        assert_eq!(names(listed), ["own", "b1"]);
    }

    #[test]
    fn the_longest_answer_is_as_long_as_a_message() {
        let fits = MAX_MESSAGE_BYTES - EMPTY_ANSWER_BYTES - LENGTHS_BYTES - "a".len();
        let answer = |comment_bytes| {
            let listed = Listed {
                own: vec![key("a", comment_bytes)],
                behind: Vec::new(),
            };
            let offered = offer(listed, &Hidden::default());
            Reply::Identities(offered).into_message().len()
        };
        assert_eq!(answer(fits), MAX_MESSAGE_BYTES);
        assert_eq!(answer(fits + 1), EMPTY_ANSWER_BYTES);
    }
}
