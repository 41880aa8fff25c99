//! `pkttyagent`: asks on the terminal for the password that polkit wants.
//!
//! May touch: the program `pkttyagent`, and the settings of the terminal, which it puts back. Must
//! never see the password.
//!
//! Source: pkttyagent(1), and how systemctl uses it: `--notify-fd` is closed once the agent is
//! registered, SIGTERM ends it. `--fallback`, which systemctl adds, would leave an agent of a
//! desktop session in charge; but such an agent would have been asked already, and polkitd does not
//! consider fallback agents for a process outside of all login sessions.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// The program, looked up in `PATH`.
const PROGRAM: &str = "pkttyagent";

/// How long it may take to register with polkit; the bus may have to start polkitd for that.
const MAX_START: Duration = Duration::from_secs(25);

/// How long it may take to end after SIGTERM.
const MAX_END: Duration = Duration::from_secs(2);

/// How often it is looked whether it has ended.
const END_POLL: Duration = Duration::from_millis(5);

/// A running `pkttyagent` for this process; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct PolkitAgent {
    child: Child,
    terminal: Option<(File, Termios)>,
}

impl PolkitAgent {
    /// Starts `pkttyagent` and waits until polkit knows it.
    ///
    /// # Errors
    ///
    /// It is not installed, ends at once, or does not register in time.
    pub(crate) async fn start() -> io::Result<Self> {
        let (registered, notify) = io::pipe()?;
        let terminal = terminal_settings();
        let child = spawn(&notify)?;
        drop(notify);
        // From here on, dropping `agent` ends it.
        let mut agent = Self { child, terminal };
        tokio::time::timeout(MAX_START, closed(registered))
            .await
            .map_err(|_elapsed| io::Error::other("polkit did not answer it in time"))??;
        match agent.child.try_wait()? {
            Some(status) => Err(io::Error::other(format!("it ended at once ({status})"))),
            None => Ok(agent),
        }
    }

    fn end(&mut self) {
        let Ok(None) = self.child.try_wait() else {
            return;
        };
        if let Ok(pid) = i32::try_from(self.child.id()) {
            // Not waited for yet, so the number cannot belong to another process. SIGCONT, as a
            // stopped process does not hear SIGTERM.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            let _ = kill(Pid::from_raw(pid), Signal::SIGCONT);
        }
        let deadline = Instant::now() + MAX_END;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(END_POLL),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for PolkitAgent {
    fn drop(&mut self) {
        self.end();
        if let Some((terminal, settings)) = &self.terminal {
            // Ended in the middle of a password, it leaves the echo switched off.
            let _ = tcsetattr(terminal, SetArg::TCSADRAIN, settings);
        }
    }
}

fn spawn(notify: &PipeWriter) -> io::Result<Child> {
    // Inherited by this child, and by any other started until it is dropped: there is none.
    fcntl(notify, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Command::new(PROGRAM)
        .arg("--notify-fd")
        .arg(notify.as_raw_fd().to_string())
        .arg("--process")
        .arg(std::process::id().to_string())
        .spawn()
}

async fn closed(pipe: PipeReader) -> io::Result<()> {
    let mut receiver = Receiver::from_owned_fd(OwnedFd::from(pipe))?;
    // Nothing is ever written; a byte would mean the same as the end.
    receiver.read(&mut [0]).await.map(drop)
}

fn terminal_settings() -> Option<(File, Termios)> {
    let terminal = File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok()?;
    let settings = tcgetattr(&terminal).ok()?;
    Some((terminal, settings))
}
