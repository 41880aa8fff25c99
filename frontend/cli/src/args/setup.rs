//! Arguments of `sshtpm setup`.

use clap::{Args, ValueEnum};

use super::new_key::NewKeyArgs;

/// Set up everything that ssh needs: the first command of a new user
///
/// Checks the TPM, the broker and the agent, generates a key if you have none, says where its
/// public half goes, and makes ssh ask the agent. Existing settings stay as they are. If another
/// agent is in the way, it asks whether to turn that off, and says how to turn it on again. Without
/// a terminal and without --yes it says what it would do, and changes nothing. `ssh -A` then
/// forwards the same agent. --undo takes back what setup did.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// Do not ask. If ssh uses an agent that has other keys or does not answer, ssh keeps using it;
    /// an empty agent is replaced
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// How ssh finds the agent
    #[arg(long, value_enum, value_name = "HOW", default_value_t = AgentBy::SshConfig)]
    pub(crate) agent_by: AgentBy,

    /// Also have git sign commits and tags, with KEY or with the oldest key that may sign them.
    /// This sets gpg.format, user.signingkey, a file of allowed signers and, if you want,
    /// commit.gpgsign and tag.gpgsign. It replaces no setting without a question, and says how to
    /// go back
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true)]
    pub(crate) git: Option<Option<String>>,

    /// Take back what setup did: its lines and files, git's settings, and what it turned off. What
    /// you have changed since stays, and is named; keys stay, too. Without a terminal and without
    /// --yes it says what it would do, and changes nothing
    #[arg(long, conflicts_with_all = ["git", "agent_by", "key_type", "bits", "comment"])]
    pub(crate) undo: bool,

    #[command(flatten)]
    pub(crate) key: NewKeyArgs,
}

/// How ssh finds the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgentBy {
    /// IdentityAgent in ~/.ssh/config: for ssh, scp, sftp and git (except its signatures), in every
    /// session, even one to which `ssh -A` brought an agent
    SshConfig,
    /// SSH_AUTH_SOCK in the environment: also for ssh-add and ssh-keygen, in what systemd starts
    /// for you, such as a desktop, and in login shells, from the next login on; an agent that
    /// `ssh -A` brought stays
    Environment,
}
