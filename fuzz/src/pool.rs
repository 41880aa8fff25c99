//! The inputs from which others are made.

use std::collections::HashSet;

use crate::random::Random;

/// Most inputs that are kept: far more than there are places in a reader.
const MAX_INPUTS: usize = 4096;

/// Inputs, each of which led somewhere else.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    inputs: Vec<Vec<u8>>,
    places: HashSet<u64>,
}

impl Pool {
    /// Keeps a first input, even if it leads where another one did.
    pub(crate) fn begin_with(&mut self, input: Vec<u8>, place: u64) {
        self.places.insert(place);
        self.inputs.push(input);
    }

    /// Keeps `input` if nothing led to that place before.
    pub(crate) fn offer(&mut self, input: Vec<u8>, place: u64) {
        if self.inputs.len() < MAX_INPUTS && self.places.insert(place) {
            self.inputs.push(input);
        }
    }

    /// One of them; half of the time one of the later ones, because they lead further.
    pub(crate) fn pick(&self, random: &mut Random) -> &[u8] {
        let count = self.inputs.len();
        let from = match random.once_in(2) {
            true => count - count.div_ceil(4),
            false => 0,
        };
        let at = from + random.below(count - from);
        self.inputs.get(at).map_or(&[], Vec::as_slice)
    }

    /// All of them.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &[u8]> {
        self.inputs.iter().map(Vec::as_slice)
    }

    /// How many places were reached.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;
    use crate::random::Random;

    #[test]
    fn an_input_is_kept_for_a_new_place_alone() {
        let mut pool = Pool::default();
        pool.begin_with(b"a".to_vec(), 1);
        pool.offer(b"b".to_vec(), 1);
        pool.offer(b"c".to_vec(), 2);
        assert_eq!(pool.inputs().collect::<Vec<_>>(), [b"a", b"c"]);
        assert_eq!(pool.places(), 2);
        let mut random = Random::new(0);
        assert!((0..100).all(|_| !pool.pick(&mut random).is_empty()));
    }
}
