//! A user, and the commands they run: no supplementary groups, a clean environment, a bounded wait.

use std::fs::File;
use std::io::{Seek, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::daemon::Daemon;
use crate::log::Log;
use crate::machine::Machine;
use crate::output::Output;
use crate::wait;

/// Where programs are found: ours first.
const PATH: &str = "/opt/sshtpm/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A user of a machine.
#[derive(Clone, Copy)]
pub struct User<'m> {
    machine: &'m Machine,
    name: &'static str,
    uid: u32,
}

/// The users of a machine.
impl Machine {
    /// Runs a program as root until it ends; see [`User::command`] for more.
    pub fn root(&self) -> User<'_> {
        User::new(self, "root", 0)
    }

    /// A user of [`Machine`] by name.
    ///
    /// # Panics
    ///
    /// `tests/machine` makes no user of that name.
    pub fn user(&self, name: &'static str) -> User<'_> {
        let uid = match name {
            "alice" => 1001,
            "bob" => 1002,
            "carol" => 1003,
            "dave" => 1004,
            "erin" => 1005,
            "frank" => 1006,
            "grace" => 1007,
            "heidi" => 1008,
            "sshtpm-host" => 102,
            _ => panic!("tests/machine makes no user {name}"),
        };
        User::new(self, name, uid)
    }
}

impl<'m> User<'m> {
    pub(crate) fn new(machine: &'m Machine, name: &'static str, uid: u32) -> Self {
        Self { machine, name, uid }
    }

    /// The machine where the user is.
    pub fn machine(&self) -> &'m Machine {
        self.machine
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The number; the primary group has the same.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The home directory, or for a system user the directory to be in.
    pub fn home(&self) -> String {
        match self.uid {
            0 => "/root".to_owned(),
            1001.. => format!("/home/{}", self.name),
            _ => "/".to_owned(),
        }
    }

    /// `$XDG_RUNTIME_DIR`.
    pub fn runtime_directory(&self) -> String {
        format!("/run/user/{}", self.uid)
    }

    /// A command to run as this user; the words are split at spaces, see [`Invocation::arg`] for
    /// others.
    pub fn command(&self, words: &str) -> Invocation<'m> {
        let mut words = words.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", self.home())
            .env("USER", self.name)
            .env("LOGNAME", self.name)
            .env("XDG_RUNTIME_DIR", self.runtime_directory())
            .env("LC_ALL", "C.UTF-8")
            .env("TSS2_LOG", "all+NONE")
            .current_dir(self.home())
            .uid(self.uid)
            .gid(self.uid);
        Invocation {
            machine: self.machine,
            command,
            stdin: Vec::new(),
            bound: wait::COMMAND,
        }
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &str) -> Output {
        self.command(words).run()
    }

    /// Waits until a process listens at `socket`. A socket is there a moment before that, and
    /// refuses connections.
    ///
    /// # Panics
    ///
    /// Nobody does in time.
    pub fn wait_for_listener(&self, socket: &str) {
        // proc_net(5): the flag is `__SO_ACCEPTCON`.
        let listens = format!(" 00010000 .* {socket}$");
        wait::until(socket, wait::START, || {
            let found = self.command("grep -q").arg(&listens).arg("/proc/net/unix");
            found.run().status.success().then_some(())
        });
    }

    /// Writes a file of this user's.
    ///
    /// # Panics
    ///
    /// It cannot be written.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.command("tee --").arg(path).stdin(content).run().ok();
    }

    /// Reads a file as root does.
    ///
    /// # Panics
    ///
    /// It cannot be read.
    pub fn read(&self, path: &str) -> String {
        let content = self.machine.enter(|| std::fs::read_to_string(path));
        content.unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
    }
}

/// A command about to be run.
pub struct Invocation<'m> {
    machine: &'m Machine,
    command: Command,
    stdin: Vec<u8>,
    bound: Duration,
}

impl Invocation<'_> {
    /// One more argument, spaces and all.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// One more variable in the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What the command reads.
    #[must_use]
    pub fn stdin(mut self, content: impl AsRef<[u8]>) -> Self {
        self.stdin = content.as_ref().to_vec();
        self
    }

    /// How long it may take, instead of [`wait::COMMAND`].
    #[must_use]
    pub fn within(mut self, bound: Duration) -> Self {
        self.bound = bound;
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// There is no such program, or it does not end in time.
    pub fn run(self) -> Output {
        let bound = self.bound;
        let running = self.start();
        running.finish(bound)
    }

    /// Starts it and goes on.
    ///
    /// # Panics
    ///
    /// There is no such program.
    pub fn start(mut self) -> Running {
        let name = self.name();
        let (stdout, stderr) = (Log::new(&name), Log::new(&name));
        self.command
            .stdin(content(&self.stdin))
            .stdout(stdout.writer())
            .stderr(stderr.writer());
        let child = self.machine.start(self.command);
        let child = child.unwrap_or_else(|error| panic!("cannot run {name}: {error}"));
        Running {
            name,
            child,
            stdout,
            stderr,
        }
    }

    /// Starts it as a program that runs on.
    pub fn daemon(self) -> Daemon {
        let name = self.name();
        Daemon::start(self.machine, &name, self.command)
    }

    fn name(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let words: Vec<_> = words.map(std::ffi::OsStr::to_string_lossy).collect();
        words.join(" ")
    }
}

/// A command that was started.
pub struct Running {
    name: String,
    child: std::process::Child,
    stdout: Log,
    stderr: Log,
}

impl Running {
    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// It takes longer than `bound`.
    pub fn finish(mut self, bound: Duration) -> Output {
        let what = format!("the end of `{}`", self.name);
        let status = wait::until(&what, bound, || {
            self.child
                .try_wait()
                .expect("one's own child can be waited for")
        });
        Output {
            command: std::mem::take(&mut self.name),
            status,
            bytes: self.stdout.bytes(),
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        let status = self.child.try_wait();
        status.expect("one's own child can be waited for").is_some()
    }

    /// Ends it at once.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What it wrote to its standard output so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn content(bytes: &[u8]) -> Stdio {
    if bytes.is_empty() {
        return Stdio::null();
    }
    let mut file: File = tempfile::tempfile().expect("the machine has a /tmp");
    file.write_all(bytes).expect("there is room in /tmp");
    file.rewind().expect("a file has a start");
    file.into()
}
