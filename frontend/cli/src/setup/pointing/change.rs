//! Lines that have ssh ask the agent: what is said of them, and their addition.
//!
//! May touch: what [`UserFile`](crate::setup::user_file::UserFile) may.

use super::asked::ask_ssh;
use crate::args::AgentBy;
use crate::error::Failure;
use crate::probe::agent_socket::standard_socket;
use crate::probe::ssh_agent::AgentOfSsh;
use crate::setup::addition::Addition;
use crate::setup::other_agent::OtherAgent;
use crate::setup::user_file::Written;
use crate::setup::way::Standing;
use crate::setup::{effect, ssh_config};
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

/// Lines for files.
#[derive(Debug)]
pub(crate) struct Change {
    pub(super) way: AgentBy,
    pub(super) additions: Vec<Addition>,
    pub(super) other: OtherAgent,
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
