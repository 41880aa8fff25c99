//! Having ssh ask the agent: whether it does already, whether something is in the way, and the
//! change.
//!
//! May touch: what [`UserFile`](super::user_file::UserFile) may. Must never override a setting of
//! the user or the administrator.

use std::path::Path;

use super::addition::Addition;
use super::in_the_way::{Obstacle, Value};
use super::other_agent::OtherAgent;
use super::user_file::Written;
use super::way::{Standing, Way};
use super::{effect, environment, generated, ssh_config};
use crate::args::AgentBy;
use crate::checks;
use crate::error::Failure;
use crate::person;
use crate::probe::agent;
use crate::probe::agent_socket::{is_named_ours, standard_socket};
use crate::probe::forwarded_agent::is_forwarded;
use crate::probe::own_unit::Stopped;
use crate::probe::ssh_agent::{AgentOfSsh, By};
use crate::probe::ssh_settings::{ANY_HOST, SshSettings, Unsaid};
use crate::shell_word::shell_word;

/// What `IdentityAgent` changes, for any value of the variable.
const NO_VARIABLE: &str = "\
ssh will no longer look at SSH_AUTH_SOCK, in any session: nor at the agent that `ssh -A` brings
    to this machine, unless you say `ssh -o IdentityAgent=SSH_AUTH_SOCK HOST` here.";

/// What else it changes. Source: ssh_config(5), `ForwardAgent`.
const FORWARDED: &str = "`ssh -A` and `ForwardAgent yes` forward this agent from now on.";

/// How to forward the other agent instead.
const FORWARD_OTHER: &str =
    "Instead, `-o 'ForwardAgent $SSH_AUTH_SOCK'` forwards the one that the variable names.";

/// What is to be done about ssh's agent.
#[derive(Debug)]
pub(crate) enum Pointing {
    /// ssh asks ours already.
    Done(Standing),
    /// Something is there that is not ours to change.
    Left(Failure),
    /// Something else sets the agent, and may be turned off.
    Blocked(Obstacle),
    /// It can be done.
    Possible(Change),
}

/// Lines for files.
#[derive(Debug)]
pub(crate) struct Change {
    way: AgentBy,
    additions: Vec<Addition>,
    other: OtherAgent,
}

impl Pointing {
    /// Looks at what ssh does now; the user's agent is `ready` at that socket, and `told` is what
    /// the variable tells.
    ///
    /// # Errors
    ///
    /// ssh does not say, or a file cannot be read.
    pub(crate) async fn examine(
        way: AgentBy,
        home: &Path,
        ready: &Path,
        told: Value,
    ) -> Result<Self, Failure> {
        let asked = AgentOfSsh::read(&ask_ssh().await?);
        if way == AgentBy::SshConfig
            && let Some(how) = asked_already(&asked, ready).await
        {
            return Ok(Self::Done(how));
        }
        let found = match way {
            AgentBy::SshConfig => ssh_config::examine(home, Path::new(ssh_config::SYSTEM), &asked)?,
            AgentBy::Environment => environment::examine(home, &asked, told).await?,
        };
        let additions = match found {
            Way::Done(standing) => return Ok(Self::Done(standing)),
            Way::Left(failure) => return Ok(Self::Left(failure)),
            Way::Blocked(obstacle) => return Ok(Self::Blocked(obstacle)),
            Way::Lines(additions) => additions,
        };
        standard_agent().await?;
        Ok(Self::Possible(Change {
            way,
            additions,
            other: given_up(way, &asked).await,
        }))
    }
}

/// The agent that ssh no longer asks. A variable for each session leaves the one of `ssh -A`.
async fn given_up(way: AgentBy, asked: &AgentOfSsh) -> OtherAgent {
    match &asked.socket {
        Some(socket) if way == AgentBy::Environment && is_forwarded(socket).await => {
            OtherAgent::None
        }
        _ => OtherAgent::look(asked).await,
    }
}

impl Change {
    /// What it would do, as a part of a list.
    pub(crate) fn plan(&self) -> String {
        format!("  - so that ssh asks your agent, add to {}", self.shown())
    }

    /// What it does, before it does.
    pub(crate) fn announcement(&self) -> String {
        format!(
            "So that ssh asks your agent, this is added to {}",
            self.shown()
        )
    }

    /// The question to the user.
    pub(crate) fn question(&self) -> String {
        format!(
            "ssh does not ask your agent yet. It will after this is added to {}\nAdd it",
            self.shown()
        )
    }

    /// What to do instead.
    pub(crate) fn by_hand(&self) -> String {
        format!(
            "Nothing was added to {}. For a single login: ssh -o {} HOST",
            self.names(),
            shell_word(format!("IdentityAgent={}", standard_socket().display()))
        )
    }

    /// Why it is not done without a question: it would take keys from the user.
    pub(crate) fn what_is_lost(&self) -> Option<Failure> {
        let OtherAgent::InUse { .. } = self.other else {
            return None;
        };
        let why = format!(
            "ssh would no longer offer {}, so nothing was changed",
            self.other.keys_in_it()
        );
        let next = format!(
            "If you want that, run `sshtpm setup` in a terminal, or remove those keys from that \
             agent first.{}",
            for_some_hosts()
        );
        Some(Failure::new("ssh does not ask your agent yet", why).and_next(next))
    }

    /// Adds the lines, and has them checked; gives what to know then.
    ///
    /// # Errors
    ///
    /// They cannot be added, or have no effect; then everything is as it was.
    pub(crate) async fn apply(self) -> Result<Standing, Failure> {
        let (way, names) = (self.way, self.names());
        let additions = self.additions.into_iter().map(Addition::append);
        // Those before one that fails are taken back.
        let written: Vec<Written> = additions.collect::<Result<_, _>>()?;
        match see_effect(way).await {
            Ok(standing) => {
                written.into_iter().for_each(Written::keep);
                Ok(standing)
            }
            Err(why) => {
                drop(written);
                if way == AgentBy::Environment {
                    effect::take_back().await;
                }
                let what = format!("the lines in {names} have no effect");
                Err(Failure::new(what, why).and_next("They were removed again."))
            }
        }
    }

    fn names(&self) -> String {
        let names = self.additions.iter().map(Addition::name);
        let names: Vec<String> = names.map(|name| name.display().to_string()).collect();
        names.join(" and ")
    }

    fn shown(&self) -> String {
        let lines: Vec<String> = self.additions.iter().map(Addition::shown).collect();
        let notes: &[&str] = match self.way {
            AgentBy::SshConfig => &[NO_VARIABLE, FORWARDED, FORWARD_OTHER],
            AgentBy::Environment => &[FORWARDED],
        };
        let notes = notes.iter().map(|note| (*note).to_owned());
        let notes = notes.chain(self.other.warning());
        let notes: String = notes.map(|text| format!("\n    {text}")).collect();
        lines.join("\n    and to ") + &notes
    }
}

async fn see_effect(way: AgentBy) -> Result<Standing, String> {
    match way {
        AgentBy::SshConfig => {
            let settings = ask_ssh().await.map_err(|failure| failure.to_string())?;
            ssh_config::verify(AgentOfSsh::read(&settings)).await
        }
        AgentBy::Environment => effect::verify().await,
    }
}

/// How ssh asks our agent, if it does in every session, or can in no other than this.
async fn asked_already(asked: &AgentOfSsh, ready: &Path) -> Option<Standing> {
    let socket = asked.socket.as_ref()?;
    let ours = is_named_ours(socket) || socket == ready;
    if !ours || !agent::is_the_users(socket).await {
        return None;
    }
    let how = format!(
        "ssh asks your agent already: {}, by {}",
        socket.display(),
        asked.by
    );
    if asked.by == By::IdentityAgent {
        return Some(Standing::now(format!("{how}.")));
    }
    if generated::of_each_session().await.as_ref() == Some(socket) {
        let told = format!("{how}, which systemd sets at each login.");
        return Some(Standing::now(told));
    }
    // There is no standard agent that other sessions could ask.
    let in_this_shell = !standard_socket().exists();
    in_this_shell.then(|| {
        let told = format!("{how}, in this shell only: that agent was started by hand.");
        Standing::now(told)
    })
}

/// Asks ssh.
///
/// # Errors
///
/// It does not say.
pub(super) async fn ask_ssh() -> Result<SshSettings, Failure> {
    SshSettings::ask(ANY_HOST, None).await.map_err(|error| {
        let failure = Failure::new("cannot find out which agent ssh asks", &error);
        if let Some(next) = person::home_that_ssh_rejects() {
            return failure.and_next(next);
        }
        match error {
            Unsaid::NotRun(_) => failure.and_next("Install it (openssh-client)."),
            Unsaid::Silent | Unsaid::Refused(_) => {
                failure.and_next("Correct ssh's configuration, then run it again.")
            }
        }
    })
}

/// How to use the agent for some hosts, if ssh can read its path.
fn for_some_hosts() -> String {
    let setting = ssh_config::setting(&standard_socket());
    setting.map_or_else(
        |_| String::new(),
        |setting| {
            format!(
                " To use sshtpm for some hosts only, add to ~/.ssh/config:\n\
                 Host NAME\n    {setting}"
            )
        },
    )
}

/// The agent to which ssh is pointed has to be one that will be there tomorrow.
async fn standard_agent() -> Result<(), Failure> {
    let socket = standard_socket();
    if socket.exists() {
        return Ok(());
    }
    let advice = checks::agent::missing(&socket, Stopped::look().await.as_ref());
    Err(Failure::new("cannot have ssh ask your agent", advice.found).and_next(advice.next))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Addition, AgentBy, Change, OtherAgent};
    use crate::setup::user_file::UserFile;

    fn change(other: OtherAgent) -> Change {
        let name = PathBuf::from("/nonexistent/.ssh/config");
        let file = UserFile::look(&name).unwrap();
        let lines = "Host *\n    IdentityAgent /x\n".to_owned();
        Change {
            way: AgentBy::SshConfig,
            additions: vec![Addition::new(name, file, lines)],
            other,
        }
    }

    fn in_use() -> OtherAgent {
        OtherAgent::InUse {
            socket: PathBuf::from("/tmp/agent"),
            keys: Some(2),
        }
    }

    #[test]
    fn keys_in_another_agent_are_not_given_up_unasked() {
        let failure = change(in_use()).what_is_lost().unwrap().to_string();
        let keys = "the 2 keys in the agent at /tmp/agent";
        assert!(failure.contains(keys), "{failure}");
        let empty = OtherAgent::Empty(PathBuf::from("/tmp/agent"));
        assert_eq!(change(empty).what_is_lost(), None);
        assert_eq!(change(OtherAgent::None).what_is_lost(), None);
    }

    #[test]
    fn a_question_shows_the_lines_the_file_and_what_is_given_up() {
        let question = change(in_use()).question();
        for part in [
            "/nonexistent/.ssh/config",
            "\n            IdentityAgent /x\n",
            "no longer look at SSH_AUTH_SOCK",
            "`ssh -A` and `ForwardAgent yes` forward this agent",
            "offer the 2 keys in the agent at /tmp/agent",
        ] {
            assert!(question.contains(part), "{question}");
        }
    }
}
