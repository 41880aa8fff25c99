//! `sshtpm log --follow`: uses of keys as they happen.
//!
//! The record has no signal, so it is read again and again. What is new follows what was read last.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sshtpm_dbus::KeyUse;
use tokio::time::sleep;

use super::error::Failure;
use super::session::Session;

/// How long between two looks: half of what the broker takes to write a use down.
const PAUSE: Duration = Duration::from_secs(1);

/// How often in a row the broker may be away, such as while it is upgraded.
const MAX_MISSES: u32 = 30;

/// Shows with `show` what is added to the record after `known`, until nobody reads it.
///
/// # Errors
///
/// The broker refuses or stays away, or `show` fails.
pub(crate) async fn follow(
    session: &Session,
    key: Option<&str>,
    mut known: Vec<KeyUse>,
    mut show: impl AsyncFnMut(&[KeyUse]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut misses = 0;
    loop {
        sleep(PAUSE).await;
        if is_without_reader() {
            return Err(Failure::OutputClosed);
        }
        let uses = match session.uses(key).await {
            Ok(uses) => uses,
            Err(_) if misses < MAX_MISSES => {
                misses += 1;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        misses = 0;
        let new = added(&known, &uses);
        if !new.is_empty() {
            show(new).await?;
        }
        known = uses;
    }
}

/// What `uses` have behind the end of `known`. Old uses leave the record at its beginning.
fn added<'a>(known: &[KeyUse], uses: &'a [KeyUse]) -> &'a [KeyUse] {
    let ends = (0..=known.len()).filter_map(|from| known.get(from..));
    let kept = ends.map(|kept| uses.strip_prefix(kept)).find_map(|new| new);
    kept.unwrap_or(uses)
}

/// Whether the pipe or terminal behind standard output was closed by its reader.
fn is_without_reader() -> bool {
    let stdout = std::io::stdout();
    let mut descriptors = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec::default();
    let polled = poll(&mut descriptors, Some(&at_once));
    let closed = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    let is_closed = descriptors
        .iter()
        .any(|one| one.revents().intersects(closed));
    polled.is_ok() && is_closed
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyUse;

    use super::added;
    use crate::use_listing::example_use;

    fn uses(times: &[u64]) -> Vec<KeyUse> {
        let used = |time: &u64| KeyUse {
            time: *time,
            ..example_use()
        };
        times.iter().map(used).collect()
    }

    fn new(known: &[u64], now: &[u64]) -> Vec<u64> {
        let (known, now) = (uses(known), uses(now));
        added(&known, &now).iter().map(|used| used.time).collect()
    }

    #[test]
    fn what_follows_the_end_of_what_is_known_is_new() {
        assert_eq!(new(&[], &[1]), [1]);
        assert_eq!(new(&[1, 2], &[1, 2]), [0; 0]);
        assert_eq!(new(&[1, 2], &[1, 2, 3]), [3]);
        assert_eq!(new(&[1, 2, 3], &[3, 4]), [4]);
        assert_eq!(new(&[1, 2], &[7, 8]), [7, 8]);
    }

    #[test]
    fn two_uses_that_look_the_same_are_two() {
        assert_eq!(new(&[5], &[5, 5]), [5]);
        assert_eq!(new(&[4, 5], &[4, 5, 5, 5]), [5, 5]);
    }
}
