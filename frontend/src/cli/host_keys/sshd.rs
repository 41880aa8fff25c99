//! sshd: where it is, and what it says of its configuration.
//!
//! May touch: runs `sshd -t` and `sshd -T`. Must never restart or reload it.
//!
//! Source: sshd(8).

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::drop_in::{self, SshdPath};
use crate::cli::args::SshdArgs;
use crate::cli::error::Failure;
use crate::cli::person;

/// sshd's configuration directory, where nothing else is said.
pub(crate) const CONFIG_DIR: &str = "/etc/ssh";

/// Directory of drop-ins in it.
const DROP_IN_DIR: &str = "sshd_config.d";

/// Where sshd may be although `PATH` does not say so.
const SBIN: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// How long sshd may take to check its configuration; it asks the agent meanwhile.
const MAX_CHECK: Duration = Duration::from_secs(60);

/// A connection for `-T`, without which sshd refuses to evaluate `Match` blocks. Host keys cannot be
/// set in those.
const CONNECTION: &str = "user=root,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22";

/// An sshd and its configuration.
#[derive(Debug)]
pub(crate) struct Sshd {
    program: PathBuf,
    config_dir: PathBuf,
    /// Given to sshd with `-f`; without it sshd looks where it was built to.
    config_file: Option<PathBuf>,
}

impl Sshd {
    /// Finds sshd.
    ///
    /// # Errors
    ///
    /// There is none, or the caller is not root and the configuration is the machine's.
    pub(crate) fn find(args: &SshdArgs) -> Result<Self, Failure> {
        if args.sshd_config_dir.is_none() && !person::is_root() {
            return Err(
                Failure::new("cannot change sshd's configuration", "only root can")
                    .and_next("Run it with sudo."),
            );
        }
        let config_dir = args
            .sshd_config_dir
            .as_deref()
            .unwrap_or(Path::new(CONFIG_DIR));
        let config_dir = std::path::absolute(config_dir)
            .map_err(|error| Failure::new("cannot find sshd's configuration", error))?;
        let config_file = args
            .sshd_config_dir
            .is_some()
            .then(|| config_dir.join("sshd_config"));
        let program = args.sshd.clone().or_else(|| {
            look_up(
                std::env::var_os("PATH")
                    .as_deref()
                    .unwrap_or(OsStr::new("")),
            )
        });
        let program = program.ok_or_else(|| {
            Failure::new(
                "cannot find sshd",
                "it is neither in PATH nor in an sbin directory",
            )
            .and_next("Install it (openssh-server), or say where it is with --sshd PATH.")
        })?;
        Ok(Self {
            program,
            config_dir,
            config_file,
        })
    }

    /// The directory with `sshd_config`.
    pub(crate) fn config_dir(&self) -> &Path {
        &self.config_dir
    }

    /// sshtpm's drop-in.
    pub(crate) fn drop_in(&self) -> PathBuf {
        drop_in_of(&self.config_dir)
    }

    /// The directory of drop-ins.
    pub(crate) fn drop_in_dir(&self) -> PathBuf {
        self.config_dir.join(DROP_IN_DIR)
    }

    /// `sshd -t`: whether sshd would start with its configuration and host keys.
    ///
    /// # Errors
    ///
    /// It would not; with what it says.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        self.run(&["-t"]).await.map(drop)
    }

    /// `sshd -T`: whether sshd really uses this agent and these host keys. Gives all host keys that
    /// it uses, as its configuration names them.
    ///
    /// # Errors
    ///
    /// It does not.
    pub(crate) async fn check_in_use(
        &self,
        agent_socket: &SshdPath,
        host_keys: &[SshdPath],
    ) -> Result<Vec<PathBuf>, Failure> {
        let settings = self.run(&["-T", "-C", CONNECTION]).await?;
        let include = self.drop_in_dir().join("*.conf");
        let config = self.config_dir.join("sshd_config");
        match unused(&settings, agent_socket, host_keys) {
            None => Ok(values(&settings, "hostkey").map(PathBuf::from).collect()),
            Some(Unused::DropIn) => Err(Failure::new(
                "cannot make sshd use the host keys in the TPM",
                format!("sshd does not read {}", self.drop_in().display()),
            )
            .and_next(format!(
                "Nothing was changed. Add this line at the top of {}:\nInclude {}",
                config.display(),
                include.display()
            ))),
            Some(Unused::Agent(other)) => Err(Failure::new(
                "cannot make sshd use the host keys in the TPM",
                format!("its configuration has another HostKeyAgent, {other}, which comes first"),
            )
            .and_next(format!(
                "Nothing was changed. Remove that line from {} or its drop-ins.",
                config.display()
            ))),
        }
    }

    async fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let what = format!(
            "{} {}",
            self.program.display(),
            arguments.first().unwrap_or(&"")
        );
        let mut command = Command::new(&self.program);
        command.args(arguments).kill_on_drop(true);
        if let Some(file) = &self.config_file {
            command.arg("-f").arg(file);
        }
        let output = tokio::time::timeout(MAX_CHECK, command.output())
            .await
            .map_err(|_elapsed| Failure::new(format!("`{what}` did not end"), "it takes too long"))?
            .map_err(|error| Failure::new(format!("cannot run `{what}`"), error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(
            "sshd does not accept its configuration",
            format!("`{what}` says\n{}", said.trim_end()),
        )
        .and_next("Everything is as it was before."))
    }
}

/// sshtpm's drop-in in a configuration directory.
pub(crate) fn drop_in_of(config_dir: &Path) -> PathBuf {
    config_dir.join(DROP_IN_DIR).join(drop_in::FILE_NAME)
}

/// Why the drop-in has no effect.
#[derive(Debug, PartialEq, Eq)]
enum Unused {
    /// sshd does not read it.
    DropIn,
    /// Another `HostKeyAgent` comes first.
    Agent(String),
}

fn unused(settings: &str, agent_socket: &SshdPath, host_keys: &[SshdPath]) -> Option<Unused> {
    let is_used = |key: &SshdPath| values(settings, "hostkey").any(|used| used == key.as_str());
    if !host_keys.iter().all(is_used) {
        return Some(Unused::DropIn);
    }
    match values(settings, "hostkeyagent").next() {
        Some(agent) if agent == agent_socket.as_str() => None,
        Some(agent) => Some(Unused::Agent(agent.to_owned())),
        None => Some(Unused::DropIn),
    }
}

/// The values of a setting. Source: the output of `sshd -T`, one setting a line, names in lower case.
fn values<'t>(settings: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    let pairs = settings.lines().filter_map(|line| line.split_once(' '));
    pairs
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn look_up(path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .chain(SBIN.map(PathBuf::from))
        // sshd runs itself again by its full path, and refuses to start without one.
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join("sshd"))
        .find(|program| is_executable(program))
}

fn is_executable(program: &Path) -> bool {
    program
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{SshdPath, Unused, look_up, unused};

    fn path(text: &str) -> SshdPath {
        SshdPath::new(Path::new(text)).unwrap()
    }

    fn look(settings: &str) -> Option<Unused> {
        unused(
            settings,
            &path("/run/a.sock"),
            &[path("/etc/ssh/a_key"), path("/etc/ssh/b_key")],
        )
    }

    #[test]
    fn settings_with_the_agent_and_all_keys_are_in_use() {
        let settings = "port 22\nhostkeyagent /run/a.sock\nhostkey /x\nhostkey /etc/ssh/a_key\n\
                        hostkey /etc/ssh/b_key\n";
        assert_eq!(look(settings), None);
    }

    #[test]
    fn a_drop_in_that_is_not_included_is_noticed() {
        assert_eq!(
            look("hostkey /etc/ssh/ssh_host_rsa_key\n"),
            Some(Unused::DropIn)
        );
        let one_missing = "hostkeyagent /run/a.sock\nhostkey /etc/ssh/a_key\n";
        assert_eq!(look(one_missing), Some(Unused::DropIn));
    }

    #[test]
    fn another_agent_that_comes_first_is_noticed() {
        let settings = "hostkeyagent /other\nhostkey /etc/ssh/a_key\nhostkey /etc/ssh/b_key\n";
        assert_eq!(look(settings), Some(Unused::Agent("/other".to_owned())));
    }

    #[test]
    fn a_program_is_found_in_path_if_it_can_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("sshd");
        std::fs::write(&program, "").unwrap();
        assert_ne!(look_up(directory.path().as_os_str()), Some(program.clone()));
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(look_up(directory.path().as_os_str()), Some(program));
    }
}
