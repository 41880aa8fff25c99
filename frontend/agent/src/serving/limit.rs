//! How many connections there may be, according to the limit of open files.
//!
//! Specs: getrlimit(2).

use nix::sys::resource::{Resource, getrlimit};

/// Most connections, whatever the limit of open files is. Each costs some kilobytes.
pub(crate) const MAX_CONNECTIONS: usize = 16 * 1024;

/// Fewest connections. A process that may open fewer files closes idle connections when it runs
/// out.
pub(crate) const MIN_CONNECTIONS: usize = 64;

/// Files that are not connections: the three standard ones, those of the runtime, the listening
/// socket, the bus and what zbus opens while it connects.
pub(crate) const OTHER_FILES: usize = 32;

/// As many connections as the soft limit of open files allows.
pub(crate) fn connections() -> usize {
    // This fails only if a filter of system calls forbids it.
    below(getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft))
}

/// The connections under a limit of `files`. `u64::MAX` means that there is no limit.
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
    fn connections_stay_between_the_fewest_and_the_most() {
        for few in [0, 40, 64] {
            assert_eq!(below(few), MIN_CONNECTIONS);
        }
        for many in [1 << 20, u64::MAX] {
            assert_eq!(below(many), MAX_CONNECTIONS);
        }
    }
}
