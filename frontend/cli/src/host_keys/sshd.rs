//! sshd: where it is, and what it says of its configuration.
//!
//! May touch: runs `sshd -t`, `sshd -T` and `sshd -V`, and makes the empty directory below `/run`
//! without which the first two do not run. Must never restart or reload it.
//!
//! Source: sshd(8).

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

use super::config_dir::ConfigDir;
use super::config_lines;
use super::drop_in::SshdPath;
use super::preview::Preview;
use super::refusal::unchanged;
use super::sshd_settings::{Settings, Unused};
use super::sshd_version::SshdVersion;
use crate::args::SshdArgs;
use crate::error::Failure;
use crate::probe::program;

/// How long sshd may take to check its configuration; it asks the agent during that.
const MAX_CHECK: Duration = Duration::from_secs(60);

/// A connection for `-T`, without which sshd refuses to evaluate `Match` blocks: where it comes
/// from and goes to. Host keys cannot be set in those blocks.
const CONNECTION: &str = "host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22";

/// Whose it is, if that does not matter.
const ANYBODY: &str = "root";

/// What sshd prints if its directory is missing. Debian's is made and removed with `ssh.service`.
const NO_DIRECTORY: &str = "Missing privilege separation directory: ";

/// Permission bits of that directory: `RuntimeDirectoryMode=` of `ssh.service`.
const DIRECTORY_MODE: u32 = 0o755;

/// An sshd and its configuration.
#[derive(Debug)]
pub(crate) struct Sshd {
    program: PathBuf,
    config: ConfigDir,
}

impl Sshd {
    /// Finds sshd.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) fn find(args: &SshdArgs, config: &ConfigDir) -> Result<Self, Failure> {
        Self::look_for(args, config).ok_or_else(|| {
            Failure::new(
                "cannot find sshd",
                "it is in neither PATH nor an sbin directory",
            )
            .and_next("Install it (openssh-server), or name it with --sshd PATH.")
        })
    }

    /// As [`Self::find`], but without an error if there is none.
    pub(crate) fn look_for(args: &SshdArgs, config: &ConfigDir) -> Option<Self> {
        // sshd runs itself again by its full path, and refuses to start without one.
        let program = args.sshd.clone().or_else(|| program::look_up("sshd"))?;
        Some(Self {
            program,
            config: config.clone(),
        })
    }

    /// The program.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> &ConfigDir {
        &self.config
    }

    /// `sshd -t`: whether sshd would start with its configuration and host keys.
    ///
    /// # Errors
    ///
    /// It would not; with what it says.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        self.run(&["-t"], &Preview::NONE).await.map(drop)
    }

    /// `sshd -T`.
    ///
    /// # Errors
    ///
    /// sshd rejects its configuration, or none of its host keys.
    pub(crate) async fn settings(&self) -> Result<Settings, Failure> {
        self.settings_with(&Preview::NONE).await
    }

    /// As [`Self::settings`], if it had these options.
    ///
    /// # Errors
    ///
    /// As [`Self::settings`].
    pub(crate) async fn settings_with(&self, preview: &Preview) -> Result<Settings, Failure> {
        self.settings_for(ANYBODY, preview).await
    }

    /// As [`Self::settings`], for a login of the user of this name.
    ///
    /// # Errors
    ///
    /// As [`Self::settings`].
    pub(crate) async fn settings_of_user(&self, user: &str) -> Result<Settings, Failure> {
        self.settings_for(user, &Preview::NONE).await
    }

    async fn settings_for(&self, user: &str, preview: &Preview) -> Result<Settings, Failure> {
        let connection = format!("user={user},{CONNECTION}");
        let said = self.run(&["-T", "-C", &connection], preview).await;
        said.map(Settings::new)
    }

    /// `sshd -V`. `None` if it is no OpenSSH.
    pub(crate) async fn version(&self) -> Option<SshdVersion> {
        let output = self.output(&["-V"], &Preview::NONE).await.ok()?;
        let said = |bytes: &[u8]| SshdVersion::find(&String::from_utf8_lossy(bytes));
        said(&output.stderr).or_else(|| said(&output.stdout))
    }

    /// Whether a drop-in that is still to be written would have its agent. If sshd cannot say, it
    /// could not start either, and the drop-in cannot make that worse.
    ///
    /// # Errors
    ///
    /// Another `HostKeyAgent` would come first.
    pub(crate) async fn check_agent(&self, agent_socket: &SshdPath) -> Result<(), Failure> {
        let settings = self.settings().await.ok();
        match settings.as_ref().and_then(Settings::agent) {
            Some(other) if other != agent_socket.as_str() => {
                Err(self.not_used(&Unused::Agent(other.to_owned())))
            }
            _ => Ok(()),
        }
    }

    /// `sshd -T`: whether sshd really uses this agent and these host keys.
    ///
    /// # Errors
    ///
    /// It does not.
    pub(crate) async fn check_in_use(
        &self,
        agent_socket: &SshdPath,
        host_keys: &[SshdPath],
    ) -> Result<Settings, Failure> {
        let settings = self.settings().await?;
        match settings.unused(agent_socket, host_keys) {
            None => Ok(settings),
            Some(why) => Err(self.not_used(&why)),
        }
    }

    fn not_used(&self, why: &Unused) -> Failure {
        let main = self.config.file();
        match why {
            Unused::DropIn => unchanged(
                format!("sshd does not read {}", self.config.drop_in().display()),
                &format!(
                    "Add this line at the top of {}:\nInclude {}",
                    main.display(),
                    self.config.drop_in_dir().join("*.conf").display()
                ),
            ),
            Unused::Agent(other) => match config_lines::effective(&main, &["hostkeyagent"]) {
                Some(line) => unchanged(line, "Remove that line."),
                None => unchanged(
                    format!("its configuration names another HostKeyAgent first, {other}"),
                    &format!("Remove that line from {} or its drop-ins.", main.display()),
                ),
            },
        }
    }

    async fn run(&self, arguments: &[&str], preview: &Preview) -> Result<String, Failure> {
        let mut output = self.output(arguments, preview).await?;
        if let Some(directory) = missing_directory(&output.stderr)
            && DirBuilder::new()
                .mode(DIRECTORY_MODE)
                .create(directory)
                .is_ok()
        {
            output = self.output(arguments, preview).await?;
        }
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let name = self.name(arguments);
        let why = match said(&output.stderr).as_str() {
            "" => format!("`{name}` fails and says nothing"),
            said => format!("`{name}` says\n{said}"),
        };
        let failure = Failure::new("sshd rejects its configuration", why);
        Err(failure.and_next("Every change was undone."))
    }

    async fn output(&self, arguments: &[&str], preview: &Preview) -> Result<Output, Failure> {
        let what = self.name(arguments);
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .args(preview.arguments())
            .kill_on_drop(true);
        if let Some(file) = self.config.file_to_name() {
            command.arg("-f").arg(file);
        }
        tokio::time::timeout(MAX_CHECK, command.output())
            .await
            .map_err(|_elapsed| Failure::new(format!("`{what}` did not end"), "it took too long"))?
            .map_err(|error| {
                Failure::new(format!("cannot run `{what}`"), error)
                    .and_next("Name the program sshd with --sshd PATH.")
            })
    }

    fn name(&self, arguments: &[&str]) -> String {
        let first = arguments.first().unwrap_or(&"");
        format!("{} {first}", self.program.display())
    }
}

/// What sshd says on its standard error, where it ends lines as for a terminal.
fn said(stderr: &[u8]) -> String {
    let said = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The directory that sshd misses, where it is one that does not outlive a boot.
fn missing_directory(said: &[u8]) -> Option<PathBuf> {
    let said = String::from_utf8_lossy(said);
    let named = said
        .lines()
        .find_map(|line| line.strip_prefix(NO_DIRECTORY));
    let directory = PathBuf::from(named?.trim_end());
    (directory.parent() == Some(Path::new("/run"))).then_some(directory)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{missing_directory, said};

    #[test]
    fn what_sshd_says_has_no_characters_that_end_a_terminals_line() {
        assert_eq!(
            said(b"line 1: Bad\r\nterminating\r\n\r\n"),
            "line 1: Bad\nterminating"
        );
    }

    #[test]
    fn the_directory_that_sshd_misses_is_made_only_below_run() {
        let missing = |path: &str| {
            let said = format!("Missing privilege separation directory: {path}\r\n");
            missing_directory(said.as_bytes())
        };
        assert_eq!(
            missing("/run/sshd").as_deref(),
            Some(Path::new("/run/sshd"))
        );
        for path in ["/var/empty/sshd", "/run", "/run/../etc/x", "run/sshd", ""] {
            assert_eq!(missing(path), None, "{path}");
        }
        assert_eq!(missing_directory(b"no hostkeys available\n"), None);
    }
}
