//! Whether an sshd is running that does not know the drop-in yet.
//!
//! Purpose: OpenSSH up to 9.7 executes itself again for each connection, with the configuration
//! that it read when it was started, and loads the host key files named there again. Before it is
//! reloaded they must not go away, or all logins would fail.
//!
//! May touch: reads sshd's PID file and `/proc`. In doubt there is such an sshd.
//!
//! Sources: sshd(8), which writes the file when it has read its configuration, at a reload as well;
//! proc(5).

use std::fs;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// Most processes that are looked at: as many as there can be by the kernel's default
/// (`kernel.pid_max`). With more of them there may be an sshd among the others.
const MAX_PROCESSES: usize = 32_768;

/// Whether an sshd, which says where it is in `pid_file`, may go by what it read before `drop_in`
/// was written.
pub(crate) fn may_not_know(drop_in: &Path, pid_file: Option<&Path>) -> bool {
    match pid_file {
        Some(file) => is_alive(file) && !is_younger(file, drop_in),
        None => is_anywhere(),
    }
}

fn is_alive(pid_file: &Path) -> bool {
    let Ok(text) = fs::read_to_string(pid_file) else {
        return false;
    };
    match text.trim().parse() {
        Ok(number) if number > 0 => kill(Pid::from_raw(number), None) != Err(Errno::ESRCH),
        _ => true,
    }
}

fn is_younger(one: &Path, other: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    matches!((time(one), time(other)), (Ok(one), Ok(other)) if one > other)
}

fn is_anywhere() -> bool {
    let Ok(mut entries) = fs::read_dir("/proc") else {
        return true;
    };
    let is_sshd = |entry: fs::DirEntry| {
        let name = fs::read_to_string(entry.path().join("comm"));
        name.is_ok_and(|name| name.trim_end() == "sshd")
    };
    let mut looked_at = entries.by_ref().take(MAX_PROCESSES);
    looked_at.any(|entry| entry.is_ok_and(is_sshd)) || entries.next().is_some()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use super::may_not_know;

    /// A PID file with this text, so much younger than the drop-in.
    fn with(text: &str, younger: Duration) -> bool {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, age: SystemTime| -> PathBuf {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            File::options()
                .append(true)
                .open(&path)
                .unwrap()
                .set_modified(age)
                .unwrap();
            path
        };
        let now = SystemTime::now();
        let drop_in = file("drop-in", now);
        let pid_file = file("pid", now + younger);
        may_not_know(&drop_in, Some(&pid_file))
    }

    #[test]
    fn an_sshd_that_was_reloaded_knows_the_drop_in() {
        let own = std::process::id().to_string();
        assert!(!with(&own, Duration::from_secs(1)));
        assert!(
            with(&own, Duration::ZERO),
            "at the same time is not after it"
        );
    }

    #[test]
    fn an_sshd_that_ended_does_not_matter() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(!with(&child.id().to_string(), Duration::ZERO));
    }

    #[test]
    fn without_a_pid_file_none_runs() {
        let directory = tempfile::tempdir().unwrap();
        let none = directory.path().join("none");
        assert!(!may_not_know(&none, Some(&none)));
    }

    #[test]
    fn a_pid_file_that_cannot_be_understood_is_no_reason_to_go_on() {
        for text in ["", "x", "-1", "0"] {
            assert!(with(text, Duration::ZERO), "{text:?}");
        }
    }
}
