//! A private machine: mount, PID, network, IPC and UTS namespaces inside those of `make test`.
//!
//! Standard paths and ports can be used in it as on a real one, because no other test sees them:
//! `/run/dbus/system_bus_socket`, `/var/lib/sshtpm`, port 22.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::panic::resume_unwind;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::JoinHandle;

use nix::sched::{CloneFlags, setns, unshare};

use crate::log::Log;
use crate::starter::Starter;

/// Exists in such a machine, and nowhere else.
const MARK: &str = "/run/machine/etc";

/// Namespaces in the order in which they are entered: the mount namespace last, because the paths
/// under `/proc` change with it.
const SPACES: [(&str, CloneFlags); 5] = [
    ("net", CloneFlags::CLONE_NEWNET),
    ("ipc", CloneFlags::CLONE_NEWIPC),
    ("uts", CloneFlags::CLONE_NEWUTS),
    ("pid_for_children", CloneFlags::CLONE_NEWPID),
    ("mnt", CloneFlags::CLONE_NEWNS),
];

/// A machine of its own. Everything that runs in it ends with it.
pub struct Machine {
    keeper: Child,
    spaces: Vec<(File, CloneFlags)>,
    starter: Starter,
    logs: Mutex<Vec<Log>>,
}

impl Machine {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// The test was started outside the namespaces of `make test`.
    pub fn new() -> Self {
        assert!(
            Path::new(MARK).exists(),
            "scenarios need namespaces of their own: run `make test`, or `make test ONLY=name`"
        );
        let script = format!("{}/tests/machine", env_root());
        let mut keeper = Command::new("unshare")
            .args([
                "--mount",
                "--pid",
                "--net",
                "--ipc",
                "--uts",
                "--fork",
                "--kill-child",
            ])
            .args([&script, "/bin/sh", "-c", "echo ready; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare runs");
        let mut ready = [0; 6];
        keeper
            .stdout
            .as_mut()
            .expect("stdout is a pipe")
            .read_exact(&mut ready)
            .expect("tests/machine sets the machine up; its error is above");
        let spaces = SPACES.map(|(name, kind)| {
            let path = format!("/proc/{}/ns/{name}", keeper.id());
            (File::open(path).expect("a namespace has a name"), kind)
        });
        let of_starter = copies(&spaces);
        Self {
            keeper,
            spaces: spaces.into(),
            starter: Starter::new(move || go_inside(&of_starter)),
            logs: Mutex::default(),
        }
    }

    /// Does `work` inside: its paths, processes and sockets are those of the machine.
    ///
    /// # Panics
    ///
    /// Where `work` does.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let inside = || {
            go_inside(&self.spaces);
            work()
        };
        std::thread::scope(|scope| match scope.spawn(inside).join() {
            Ok(result) => result,
            Err(panic) => resume_unwind(panic),
        })
    }

    /// Starts a thread that does `work` inside, for as long as that takes.
    ///
    /// # Panics
    ///
    /// There are no descriptors left.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
        let spaces = copies(&self.spaces);
        std::thread::spawn(move || {
            go_inside(&spaces);
            work();
        })
    }

    /// Starts a program inside, by a thread that lives as long as the machine.
    ///
    /// # Errors
    ///
    /// There is no such program, or it cannot be started.
    pub fn start(&self, command: Command) -> std::io::Result<Child> {
        self.starter.start(command)
    }

    /// Shows `log` when the test fails.
    pub fn remember(&self, log: Log) {
        self.logs
            .lock()
            .expect("no test panics while it holds the lock")
            .push(log);
    }
}

fn copies(spaces: &[(File, CloneFlags)]) -> Vec<(File, CloneFlags)> {
    let copy = |(space, kind): &(File, CloneFlags)| {
        (space.try_clone().expect("a descriptor is free"), *kind)
    };
    spaces.iter().map(copy).collect()
}

fn go_inside(spaces: &[(File, CloneFlags)]) {
    // A thread can only change its mount namespace once it shares no directory with others.
    unshare(CloneFlags::CLONE_FS).expect("a thread may have its own root directory");
    for (space, kind) in spaces {
        setns(space.as_fd(), *kind).expect("root may enter a namespace of its own");
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Ends its first process, too, and with that every other one.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
        if std::thread::panicking() {
            let logs = self.logs.lock();
            for log in logs.iter().flat_map(|logs| logs.iter()) {
                log.show();
            }
        }
    }
}

/// The directory of the workspace.
pub fn env_root() -> String {
    std::env::var("SSHTPM_ROOT").expect("tests/namespace names the workspace in SSHTPM_ROOT")
}
