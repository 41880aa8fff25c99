//! How many connections there may be, according to the limit of open files. Each may have a
//! connection of its own to each agent behind.
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

/// As many connections as the soft limit of open files allows with `behind` agents behind.
pub(crate) fn connections(behind: usize) -> usize {
    // This fails only if a filter of system calls forbids it.
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft);
    below(files, behind)
}

/// The connections under a limit of `files`. `u64::MAX` means that there is no limit.
fn below(files: u64, behind: usize) -> usize {
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let files_of_one = behind.saturating_add(1);
    (files.saturating_sub(OTHER_FILES) / files_of_one).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use crate::behind::settings::MAX_AGENTS;

    use super::{MAX_CONNECTIONS, MIN_CONNECTIONS, OTHER_FILES, below};

    #[test]
    fn all_other_files_fit_beside_the_connections() {
        assert_eq!(below(1024, 0) + OTHER_FILES, 1024);
        assert!(below(1024, 0) >= 512);
        assert!(below(16 * 1024, 0) >= 15 * 1024);
    }

    #[test]
    fn all_connections_to_agents_behind_fit_beside_the_connections() {
        for behind in 1..=MAX_AGENTS + 1 {
            let connections = below(2016, behind);
            assert!(connections * (1 + behind) + OTHER_FILES <= 2016);
            assert!(connections >= 2 * MIN_CONNECTIONS);
        }
        assert_eq!(below(2016, 1), 992);
    }

    #[test]
    fn connections_stay_between_the_fewest_and_the_most() {
        for few in [0, 40, 64] {
            assert_eq!(below(few, 1), MIN_CONNECTIONS);
        }
        for many in [1 << 20, u64::MAX] {
            assert_eq!(below(many, 1), MAX_CONNECTIONS);
        }
    }
}
