//! Removes the private sockets that dead agents left behind.
//!
//! An agent that is killed leaves its socket and the directory around it. May touch: directories
//! of this user whose names begin with `sshtpm-`. Must never remove a socket at which an agent
//! listens, nor a directory with anything else in it.
//!
//! Spec: ssh-agent(1), `-u` and `-U`, which does the same for its own.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use nix::unistd::geteuid;

use super::address::{SocketPath, private_parents};
use super::own_directory::PREFIX;
use super::socket::remove_dead;

/// The sockets that such a directory may have: an agent's, or that of OpenSSH's agent behind one.
const SOCKETS: [&str; 2] = ["agent.sock", "ssh-agent.sock"];

/// Most entries of a directory that are looked at. `/tmp` belongs to everybody.
const MAX_ENTRIES: usize = 4096;

/// A directory that changed later than this may belong to an agent that is about to listen: as in
/// OpenSSH's `misc-agent.c`.
pub(crate) const MIN_AGE: Duration = Duration::from_secs(60 * 60);

/// Removes sockets of dead agents, and the directories around them, that have not changed for
/// `age`. What cannot be removed stays: the next agent tries again.
pub(crate) fn clean_up(age: Duration) {
    for parent in private_parents() {
        clean_up_in(&parent, age);
    }
}

fn clean_up_in(parent: &Path, age: Duration) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    let entries = entries.take(MAX_ENTRIES).flatten();
    let paths = entries.map(|entry| entry.path());
    for directory in paths.filter(|path| is_old_and_ours(path, age)) {
        let dead = SOCKETS.map(|name| directory.join(name));
        for socket in dead.iter().filter(|socket| socket.exists()) {
            let _ = SocketPath::named(socket).and_then(|path| remove_dead(&path));
        }
        // Fails if anything is in it.
        let _ = fs::remove_dir(&directory);
    }
}

fn is_old_and_ours(path: &Path, age: Duration) -> bool {
    let is_named = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()));
    if !is_named {
        return false;
    }
    // Does not follow a link, which might lead to a directory of something else.
    path.symlink_metadata().is_ok_and(|found| {
        let changed = found.modified().ok();
        let is_old = changed
            .and_then(|changed| SystemTime::now().duration_since(changed).ok())
            .is_some_and(|since| since >= age);
        found.is_dir() && found.uid() == geteuid().as_raw() && is_old
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, create_dir};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::clean_up_in;

    /// A directory as an agent makes it.
    fn private(parent: &tempfile::TempDir, name: &str) -> PathBuf {
        let directory = parent.path().join(name);
        create_dir(&directory).unwrap();
        directory
    }

    #[test]
    fn the_socket_of_a_dead_agent_is_removed_with_its_directory() {
        let parent = tempfile::tempdir().unwrap();
        for socket in ["agent.sock", "ssh-agent.sock"] {
            let dead = private(&parent, "sshtpm-dead");
            drop(UnixListener::bind(dead.join(socket)).unwrap());
            clean_up_in(parent.path(), Duration::ZERO);
            assert!(!dead.exists());
        }
    }

    #[test]
    fn the_socket_of_an_agent_that_listens_stays() {
        let parent = tempfile::tempdir().unwrap();
        let live = private(&parent, "sshtpm-live");
        let _listener = UnixListener::bind(live.join("agent.sock")).unwrap();
        clean_up_in(parent.path(), Duration::ZERO);
        assert!(live.join("agent.sock").exists());
    }

    #[test]
    fn a_directory_with_anything_else_stays() {
        let parent = tempfile::tempdir().unwrap();
        let other = private(&parent, "sshtpm-other");
        fs::write(other.join("agent.sock"), "a file").unwrap();
        fs::write(other.join("file"), "").unwrap();
        let foreign = private(&parent, "ssh-x");
        clean_up_in(parent.path(), Duration::ZERO);
        assert!(other.join("agent.sock").exists() && other.join("file").exists());
        assert!(foreign.exists());
    }

    #[test]
    fn a_directory_that_changed_lately_stays() {
        let parent = tempfile::tempdir().unwrap();
        let new = private(&parent, "sshtpm-new");
        clean_up_in(parent.path(), super::MIN_AGE);
        assert!(new.exists());
    }
}
