//! Arguments of `sshtpm setup`.

use clap::{Args, ValueEnum};

use super::new_key::NewKeyArgs;

/// Set up everything that ssh needs: the first command of a new user
///
/// Checks the TPM, the broker and the agent, generates a key if you have none, says where its public
/// half goes, and has ssh ask the agent. What is there already stays as it is. Where nobody can be
/// asked and --yes is not given, it says what it would do, and changes nothing. The agent that ssh
/// asks is also the one that `ssh -A` forwards.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// Do it without asking. An agent with other keys in it, or one that does not answer, is left in
    /// charge nevertheless; an empty one is not
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// How ssh is to find the agent
    #[arg(long, value_enum, value_name = "HOW", default_value_t = AgentBy::SshConfig)]
    pub(crate) agent_by: AgentBy,

    #[command(flatten)]
    pub(crate) key: NewKeyArgs,
}

/// How ssh is to find the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgentBy {
    /// IdentityAgent in ~/.ssh/config: for ssh, scp, sftp and git (not for its signatures), in
    /// every session
    SshConfig,
    /// SSH_AUTH_SOCK in ~/.config/environment.d: for ssh-add and ssh-keygen, too, in what systemd
    /// starts for you, such as a desktop, from the next login on
    Environment,
}
