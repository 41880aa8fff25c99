//! The user's systemd: what the programs get that it starts, and which of its units see to that.
//!
//! May touch: runs `systemctl --user`, which asks it, and has it run env(1) as a unit that is gone
//! at once. Must never start, stop or change another unit, or the environment.
//!
//! Sources: systemctl(1), `show` and `show-environment`; systemd-run(1); environment.d(5). Units
//! set a variable by `systemctl --user set-environment`, mostly in `ExecStartPost=` of a socket.
//! Such a value wins over those of environment.d, and the last one that is set counts.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::agent_socket::{is_named_ours, runtime_directory};
use super::program;
use super::ssh_agent::VARIABLE;

/// How long systemd may take for an answer, or for a unit that prints its environment.
const MAX_ANSWER: Duration = Duration::from_secs(25);

/// How long systemd may take to start or stop a unit: by its default, 90 s until it ends one that
/// does not do so by itself (systemd-system.conf(5), `DefaultTimeoutStopSec=`).
const MAX_JOB: Duration = Duration::from_secs(100);

/// [`MAX_ANSWER`] for the unit, which systemd ends then.
const MAX_UNIT: &str = "--property=RuntimeMaxSec=20";

/// What is asked of each unit.
const COMMANDS: &str = "--property=Id,ActiveState,InactiveExitTimestampMonotonic,UnitFileState,\
    FragmentPath,ExecStart,ExecStartPre,ExecStartPost";

/// The socket of the agent that systemd starts.
pub(crate) const OWN_SOCKET: &str = "sshtpm-agent.socket";

/// What is known of the user's systemd.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserManager {
    /// `SSH_AUTH_SOCK` of a unit that was started just now.
    pub(crate) given: Option<PathBuf>,
    /// Units that set the variable when they start.
    pub(crate) setters: Vec<Setter>,
    /// The units after which [`OWN_SOCKET`] starts.
    pub(crate) own_after: Vec<String>,
}

/// A unit that sets the variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setter {
    /// The unit.
    pub(crate) unit: String,
    /// To what.
    pub(crate) value: PathBuf,
    /// The file of the unit.
    pub(crate) file: PathBuf,
    /// Whether it runs, or has run since the login, and so at the next one.
    pub(crate) runs_at_login: bool,
}

impl UserManager {
    /// Asks it.
    ///
    /// # Errors
    ///
    /// None runs for the user, or it does not answer.
    pub(crate) async fn ask() -> io::Result<Self> {
        let given = given().await?;
        // Without `--all`, units that have ended are left out.
        let units = systemctl(&["show", "--all", COMMANDS, "*.socket", "*.service"]).await?;
        let own = systemctl(&["show", "--property=After", OWN_SOCKET]).await?;
        Ok(Self {
            given,
            setters: setters(&units),
            own_after: after(&own),
        })
    }

    /// The unit that sets the variable to `value`.
    pub(crate) fn setter_of(&self, value: &Path) -> Option<&Setter> {
        self.setters.iter().find(|setter| setter.value == value)
    }

    /// A service that sets the variable to another agent at each login, whatever became of that.
    pub(crate) fn service_of_others(&self) -> Option<&Setter> {
        let mut running = self.setters.iter().filter(|setter| setter.runs_at_login);
        running.find(|setter| setter.unit.ends_with(".service") && !is_named_ours(&setter.value))
    }
}

/// `SSH_AUTH_SOCK` of a unit that systemd starts now.
///
/// # Errors
///
/// No systemd runs for the user, or it does not answer.
pub(crate) async fn given() -> io::Result<Option<PathBuf>> {
    let mut unit = of_user("systemd-run");
    unit.args(["--quiet", "--collect", "--pipe", "--wait", MAX_UNIT]);
    unit.args(["env", "-0"]);
    if let Ok(environment) = said(unit, MAX_ANSWER).await {
        return Ok(variable(&environment, 0));
    }
    // systemd-run needs the user's bus, which a small machine may not have.
    let environment = systemctl(&["show-environment"]).await?;
    Ok(variable(&environment, b'\n'))
}

/// The variables that units get which systemd starts now.
///
/// # Errors
///
/// No systemd runs for the user, or it does not answer.
pub(crate) async fn environment() -> io::Result<BTreeMap<String, OsString>> {
    let said = systemctl(&["show-environment"]).await?;
    let lines = said.split(|byte| *byte == b'\n');
    let variables = lines.filter_map(|line| {
        let end = line.iter().position(|byte| *byte == b'=')?;
        let (name, value) = line.split_at_checked(end)?;
        // systemd quotes a value that a shell would not take as it is.
        let value = value.get(1..)?;
        let plain = value
            .strip_prefix(b"$'")
            .and_then(|value| value.strip_suffix(b"'"));
        let value = OsStr::from_bytes(plain.unwrap_or(value));
        Some((String::from_utf8_lossy(name).into_owned(), value.to_owned()))
    });
    Ok(variables.collect())
}

/// What `systemctl --user` says with these arguments.
///
/// # Errors
///
/// No systemd runs for the user, it refuses, or it does not answer.
pub(crate) async fn systemctl(arguments: &[&str]) -> io::Result<Vec<u8>> {
    let mut command = of_user("systemctl");
    command.args(arguments);
    said(command, MAX_ANSWER).await
}

/// Has the user's systemd start or stop what `arguments` say, and waits until it is done.
///
/// # Errors
///
/// As for [`systemctl`].
pub(crate) async fn start_or_stop(arguments: &[&str]) -> io::Result<Vec<u8>> {
    let mut command = of_user("systemctl");
    command.args(arguments);
    said(command, MAX_JOB).await
}

/// A program of systemd's that speaks to the user's; a shell may not say where that is.
fn of_user(program: &str) -> Command {
    let mut command = Command::new(program);
    command.arg("--user");
    command.env("XDG_RUNTIME_DIR", runtime_directory());
    command.env("SYSTEMD_PAGER", "");
    command
}

async fn said(command: Command, limit: Duration) -> io::Result<Vec<u8>> {
    let ended = program::run(command, limit).await?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let text = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    Err(io::Error::other(text))
}

/// The variable in an environment, with `end` after each name and value.
pub(super) fn variable(environment: &[u8], end: u8) -> Option<PathBuf> {
    let pairs = environment.split(|byte| *byte == end);
    let mut values = pairs.filter_map(|pair| {
        let value = pair.strip_prefix(VARIABLE.as_bytes())?;
        value.strip_prefix(b"=")
    });
    let value = values.next_back().filter(|value| !value.is_empty());
    value.map(|value| PathBuf::from(OsStr::from_bytes(value)))
}

/// The units that set the variable, in what `systemctl show` says: a block for each unit.
fn setters(units: &[u8]) -> Vec<Setter> {
    let units = String::from_utf8_lossy(units);
    units.split("\n\n").filter_map(setter).collect()
}

fn setter(block: &str) -> Option<Setter> {
    let said = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    let unit = said("Id=")?;
    let mut commands = block.lines().filter(|line| line.starts_with("Exec"));
    let value = commands.find_map(|line| {
        let (_, words) = line.split_once("set-environment ")?;
        let mut words = words.split([' ', '"']);
        words.find_map(|word| word.strip_prefix(VARIABLE)?.strip_prefix('='))
    })?;
    Some(Setter {
        unit: unit.to_owned(),
        value: PathBuf::from(value),
        file: PathBuf::from(said("FragmentPath=").unwrap_or_default()),
        runs_at_login: runs_at_login(said),
    })
}

/// Whether it runs now, or has ended since the login, as units of type oneshot do, and is not off.
fn runs_at_login<'a>(said: impl Fn(&str) -> Option<&'a str>) -> bool {
    if said("ActiveState=") == Some("active") {
        return true;
    }
    let started = said("InactiveExitTimestampMonotonic=").is_some_and(|time| time != "0");
    let off = ["disabled", "masked", "masked-runtime"];
    started && said("UnitFileState=").is_some_and(|state| !off.contains(&state))
}

fn after(own: &[u8]) -> Vec<String> {
    let own = String::from_utf8_lossy(own);
    let after = own.lines().find_map(|line| line.strip_prefix("After="));
    let units = after.unwrap_or_default().split_whitespace();
    units.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{after, setters, variable};

    #[test]
    fn units_that_set_the_variable_are_found_by_what_they_run() {
        let said = "\
ExecStartPost={ path=/usr/bin/systemctl ; argv[]=/usr/bin/systemctl --user set-environment \
DBUS_SESSION_BUS_ADDRESS=unix:path=/x ; ignore_errors=yes ; pid=1 }\nId=dbus.socket\n\n\
ExecStart={ path=/usr/bin/ssh-agent ; argv[]=/usr/bin/ssh-agent -D ; pid=0 }\n\
Id=ssh-agent.service\n\n\
ExecStartPost={ path=/usr/bin/systemctl ; argv[]=/usr/bin/systemctl --user set-environment \
SSH_AUTH_SOCK=/run/user/1/openssh_agent ; ignore_errors=no ; pid=2 }\nId=ssh-agent.socket\n\
ActiveState=active\nFragmentPath=/usr/lib/systemd/user/ssh-agent.socket\n\n\
ExecStartPost={ path=sh ; argv[]=sh -c [ -z x ] || systemctl --user set-environment \"$$@\" - \
SSH_AUTH_SOCK=/run/user/1/gnupg/S.gpg-agent.ssh ; pid=3 }\nId=gpg-agent-ssh.socket\n\
ActiveState=inactive\n";
        let found = setters(said.as_bytes());
        assert!(found[0].file.ends_with("systemd/user/ssh-agent.socket"));
        assert!(found[0].runs_at_login && !found[1].runs_at_login);
        let found: Vec<_> = found
            .iter()
            .map(|setter| (setter.unit.as_str(), setter.value.as_path()))
            .collect();
        let expected = [
            ("ssh-agent.socket", Path::new("/run/user/1/openssh_agent")),
            (
                "gpg-agent-ssh.socket",
                Path::new("/run/user/1/gnupg/S.gpg-agent.ssh"),
            ),
        ];
        assert_eq!(found, expected);
    }

    /// Whether a service runs at each login that has ended, as systemd says.
    fn comes_again(started: &str, state: &str) -> bool {
        let said = format!(
            "ActiveState=inactive\nUnitFileState={state}\n\
             InactiveExitTimestampMonotonic={started}\nId=once.service\n\
             ExecStart={{ argv[]=systemctl --user set-environment SSH_AUTH_SOCK=/x ; }}"
        );
        let found = setters(said.as_bytes());
        found[0].runs_at_login
    }

    #[test]
    fn a_service_that_has_ended_sets_the_variable_again_unless_it_is_off() {
        assert!(comes_again("4711", "enabled"));
        assert!(comes_again("4711", "static"));
        assert!(!comes_again("4711", "disabled"));
        assert!(!comes_again("4711", "masked"));
        assert!(!comes_again("0", "enabled"));
    }

    #[test]
    fn a_unit_that_takes_the_variable_away_sets_nothing() {
        let said = "ExecStart={ argv[]=systemctl --user unset-environment SSH_AUTH_SOCK ; }\nId=a";
        assert_eq!(setters(said.as_bytes()), []);
    }

    #[test]
    fn the_variable_of_an_environment_is_found_by_its_whole_name() {
        let pairs = "SSH_AUTH_SOCKET=/x\0SSH_AUTH_SOCK=/a b\0HOME=/h\0";
        let found = variable(pairs.as_bytes(), 0);
        assert_eq!(found, Some(PathBuf::from("/a b")));
        assert_eq!(variable(b"SSH_AUTH_SOCK=\n", b'\n'), None);
    }

    #[test]
    fn units_before_ours_are_told_apart() {
        let units = after(b"After=-.mount ssh-agent.socket app.slice\n");
        assert_eq!(units, ["-.mount", "ssh-agent.socket", "app.slice"]);
    }
}
