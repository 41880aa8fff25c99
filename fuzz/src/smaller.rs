//! Makes an input that fails smaller, for people to read.

/// Most tries: each runs the reader, which may take long.
const MAX_TRIES: usize = 256;

/// A part of `input`, as small as was found, for which `fails` still holds.
pub(crate) fn smaller(input: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut step = best.len() / 2;
    let mut tries = 0;
    while step > 0 {
        let mut at = 0;
        while at < best.len() && tries < MAX_TRIES {
            let end = (at + step).min(best.len());
            let mut less = best.clone();
            less.drain(at..end);
            tries += 1;
            match fails(&less) {
                true => best = less,
                false => at = end,
            }
        }
        step /= 2;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::smaller;

    #[test]
    fn what_the_failure_does_not_need_is_left_out() {
        let fails = |input: &[u8]| input.windows(2).any(|pair| pair == b"xy");
        assert_eq!(smaller(b"aaaaaaaaaxyaaaa", fails), b"xy");
        assert_eq!(smaller(b"", |_| true), b"");
    }
}
