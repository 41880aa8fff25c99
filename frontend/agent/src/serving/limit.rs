//! How many connections there may be.
//!
//! Specs: getrlimit(2).

use nix::sys::resource::{Resource, getrlimit};

use crate::broker::bounds::{MAX_FORWARDED_REQUESTS, MAX_REQUESTS};

/// Most connections, whatever the limit of open files is: each costs some kilobytes.
pub(crate) const MAX_CONNECTIONS: usize = 16 * 1024;

/// Fewest. A process that may open fewer files closes idle connections when it meets that limit.
pub(crate) const MIN_CONNECTIONS: usize = 64;

// Forwarded connections are never closed while they are answered, and must not fill an agent so.
const _: () = assert!(MAX_FORWARDED_REQUESTS < MIN_CONNECTIONS);

/// Files that are not connections: the three of every process, those of the runtime, the listening
/// socket, the bus and what zbus has open while it connects; and one for each request in progress,
/// by which it is seen that the client hangs up.
pub(crate) const OTHER_FILES: usize = 32 + MAX_REQUESTS;

/// As many as the soft limit of open files of this process allows.
pub(crate) fn connections() -> usize {
    // It fails only where a filter of system calls does not know it.
    below(getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft))
}

/// `files` is the limit; the greatest number means that there is none.
fn below(files: u64) -> usize {
    usize::try_from(files)
        .unwrap_or(usize::MAX)
        .saturating_sub(OTHER_FILES)
        .clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::{MAX_CONNECTIONS, MIN_CONNECTIONS, OTHER_FILES, below};

    #[test]
    fn all_other_files_fit_beside_the_connections() {
        assert_eq!(below(1024) + OTHER_FILES, 1024);
        assert!(below(1024) >= 512);
        assert!(below(16 * 1024) >= 15 * 1024);
    }

    #[test]
    fn there_are_never_too_few_or_too_many() {
        for few in [0, 40, 64] {
            assert_eq!(below(few), MIN_CONNECTIONS);
        }
        for many in [1 << 20, u64::MAX] {
            assert_eq!(below(many), MAX_CONNECTIONS);
        }
    }
}
