//! Runs a command as a user, and plays the person whom polkit asks on its behalf: a polkit
//! authentication agent that knows no password, but is root and can therefore say that the person
//! gave the right one.
//!
//! `polkit-answer accept|dismiss|never|stay USER-ID PROMPTS COMMAND [ARGUMENT]...` writes what the
//! person would have seen to the file PROMPTS, one JSON object a line, and ends with the code of
//! COMMAND; `stay` answers as little as `never`, and does not end.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;

use serde_json::json;
use zbus::{Connection, OwnedVariant, Variant};

type Failure = Box<dyn std::error::Error>;
type Identity = (String, HashMap<String, OwnedVariant>);

const POLKIT: &str = "org.freedesktop.PolicyKit1";
const AUTHORITY: &str = "/org/freedesktop/PolicyKit1/Authority";
const INTERFACE: &str = "org.freedesktop.PolicyKit1.Authority";
const AGENT: &str = "/org/sshtpm/TestAgent";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("too few arguments");
    let manner = Manner::parse(&next()?)?;
    let uid: u32 = next()?.parse()?;
    let prompts = OpenOptions::new().create(true).append(true).open(next()?)?;
    let person = Person {
        manner,
        prompts: Mutex::new(prompts),
    };

    // It waits for a line, so that polkit knows its agent before it asks for anything; its
    // process stays the same over exec.
    let mut command = Command::new("/bin/sh")
        .args(["-c", "read -r go; exec \"$@\"", "sh"])
        .args(arguments)
        .stdin(Stdio::piped())
        .uid(uid)
        .gid(uid)
        .spawn()?;
    let connection = Connection::system().await?;
    connection.object_server().at(AGENT, person).await?;
    register(&connection, command.id(), uid).await?;
    command.stdin.take().ok_or("no pipe")?.write_all(b"go\n")?;
    let status = tokio::task::spawn_blocking(move || command.wait()).await??;
    if manner == Manner::Stay {
        std::future::pending::<()>().await;
    }
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
        .into())
}

async fn register(connection: &Connection, pid: u32, uid: u32) -> Result<(), Failure> {
    let details = HashMap::from([
        ("pid", Variant::from(pid)),
        ("start-time", Variant::from(start_time(pid)?)),
        ("uid", Variant::from(i32::try_from(uid)?)),
    ]);
    let body = (("unix-process", details), "C", AGENT);
    connection
        .call_method(
            Some(POLKIT),
            AUTHORITY,
            Some(INTERFACE),
            "RegisterAuthenticationAgent",
            &body,
        )
        .await?;
    Ok(())
}

/// Field 22 of `/proc/PID/stat`, counted from behind the name, which may contain anything.
fn start_time(pid: u32) -> Result<u64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/PID/stat")?;
    Ok(fields
        .split_whitespace()
        .nth(19)
        .ok_or("no start time")?
        .parse()?)
}

#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Accept,
    Dismiss,
    Never,
    Stay,
}

impl Manner {
    fn parse(word: &str) -> Result<Self, Failure> {
        match word {
            "accept" => Ok(Self::Accept),
            "dismiss" => Ok(Self::Dismiss),
            "never" => Ok(Self::Never),
            "stay" => Ok(Self::Stay),
            _ => Err("accept, dismiss, never or stay?".into()),
        }
    }
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.PolicyKit1.Error")]
enum Unanswered {
    #[zbus(error)]
    Bus(zbus::Error),
    Cancelled(String),
    Failed(String),
}

struct Person {
    manner: Manner,
    prompts: Mutex<File>,
}

#[zbus::interface(name = "org.freedesktop.PolicyKit1.AuthenticationAgent")]
impl Person {
    #[expect(clippy::too_many_arguments, reason = "polkit's interface has them")]
    async fn begin_authentication(
        &self,
        action: &str,
        message: &str,
        _icon: &str,
        details: HashMap<String, String>,
        cookie: &str,
        identities: Vec<Identity>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Unanswered> {
        let users: Vec<String> = identities.iter().filter_map(user).collect();
        let seen = json!({
            "action": action, "message": message, "details": details, "identities": users,
        });
        self.note(&seen)
            .map_err(|error| Unanswered::Failed(error.to_string()))?;
        match self.manner {
            Manner::Accept => answer(connection, cookie, identities).await,
            Manner::Dismiss => Err(Unanswered::Cancelled(
                "the person closed the dialogue".into(),
            )),
            Manner::Never | Manner::Stay => std::future::pending().await,
        }
    }

    fn cancel_authentication(&self, _cookie: &str) {}
}

impl Person {
    fn note(&self, seen: &serde_json::Value) -> std::io::Result<()> {
        let mut prompts = self.prompts.lock().map_err(|_| std::io::ErrorKind::Other)?;
        writeln!(prompts, "{seen}")
    }
}

async fn answer(
    connection: &Connection,
    cookie: &str,
    identities: Vec<Identity>,
) -> Result<(), Unanswered> {
    let identity = identities.into_iter().next();
    let identity = identity.ok_or_else(|| Unanswered::Failed("polkit names no identity".into()))?;
    let body = (0_u32, cookie, identity);
    connection
        .call_method(
            Some(POLKIT),
            AUTHORITY,
            Some(INTERFACE),
            "AuthenticationAgentResponse2",
            &body,
        )
        .await?;
    Ok(())
}

fn user((kind, details): &Identity) -> Option<String> {
    let number = details.get(if kind == "unix-user" { "uid" } else { "gid" })?;
    Some(format!("{kind}:{}", u32::try_from(number).ok()?))
}
