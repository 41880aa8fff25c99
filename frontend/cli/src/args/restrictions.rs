//! Arguments that say what a key may be used for.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use sshtpm_ssh::purpose::Purpose;

/// What a key is for, and where.
#[derive(Debug, Default, Args)]
pub(crate) struct RestrictionArgs {
    /// What the key may be used for; a new key is for auth and sign unless you say otherwise
    #[arg(long = "for", value_name = "LIST", value_enum, value_delimiter = ',')]
    pub(crate) purposes: Vec<PurposeArg>,

    /// Let the key sign only in this namespace, such as git or file; repeat the option for more
    #[arg(long, value_name = "NS", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) namespace: Vec<String>,

    /// Let the key log in only at this host, and only as USER if you name one (* and ? are
    /// wildcards; sshd would cut a name at : or /, so USER has neither); repeat the option for
    /// more. The broker knows the host by its keys, which are taken from known_hosts. With a port:
    /// `[HOST]:PORT`
    #[arg(long, value_name = "[USER@]HOST", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) to: Vec<String>,

    /// Let the key log in at the hosts that --to names only from this host, over a forwarded agent
    /// (ssh -A), and at this host itself; repeat the option for several hops in order. This binds
    /// the hosts, but not programs on this machine: ssh states the hops, and a program can state
    /// the same ones. For a jump host (ssh -J) use --to instead
    #[arg(
        long,
        value_name = "[USER@]HOST",
        requires = "to",
        conflicts_with = "no_forwarding",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) via: Vec<String>,

    /// Take the keys of the host that --to names from this file instead of from known_hosts: public
    /// keys, or lines of known_hosts that are for that host, as ssh-keyscan prints them
    #[arg(long, value_name = "FILE", requires = "to")]
    pub(crate) host_key: Option<PathBuf>,

    /// Refuse the key over forwarded agent connections (ssh -A). It then serves OpenSSH's programs
    /// alone, because others may forward the agent without saying so, and logs in with ssh 8.9 or
    /// newer alone
    #[arg(long)]
    pub(crate) no_forwarding: bool,

    /// Ask a person to confirm each use
    #[arg(long)]
    pub(crate) confirm: bool,

    /// Let the key sign only while you are logged in at a screen of this machine, in the
    /// foreground, and that screen is unlocked, as systemd-logind says. A login over the network
    /// does not count. While you are away, the key signs nothing for hosts to which you forward the
    /// agent. A malicious program of yours can tell systemd-logind that the screen is unlocked
    #[arg(long)]
    pub(crate) while_unlocked: bool,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeArg {
    /// Logging in
    Auth,
    /// Signing files and commits
    Sign,
    /// Issuing SSH certificates
    Ca,
    /// Being a host key of sshd
    Host,
    /// Vouching for you to sudo and others that use `pam_ssh_agent_auth`
    Sudo,
    /// Digests of anything, for programs that do not speak SSH. Only a new key can be for raw, and
    /// for raw alone
    Raw,
}

impl PurposeArg {
    /// The word on the bus.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auth => Purpose::Auth.name(),
            Self::Sign => Purpose::Sign.name(),
            Self::Ca => Purpose::Ca.name(),
            Self::Host => Purpose::Host.name(),
            Self::Sudo => Purpose::Sudo.name(),
            Self::Raw => Purpose::Raw.name(),
        }
    }
}

/// Change what a key may be used for
///
/// What you do not name stays as it is. Allowing less needs no password. Allowing anything that was
/// not allowed before asks for your password. The broker enforces the restrictions on every
/// program, including your own.
#[derive(Debug, Args)]
pub(crate) struct RestrictArgs {
    /// The key: its fingerprint or the beginning of it, its comment, its .pub file or its line of
    /// authorized_keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,

    /// Let the key sign in any namespace
    #[arg(long, conflicts_with = "namespace")]
    pub(crate) any_namespace: bool,

    /// Let the key log in at any host
    #[arg(long, conflicts_with = "to")]
    pub(crate) anywhere: bool,

    /// Allow the key over forwarded agent connections
    #[arg(long, conflicts_with = "no_forwarding")]
    pub(crate) forwarding: bool,

    /// Allow uses without confirmation
    #[arg(long, conflicts_with = "confirm")]
    pub(crate) no_confirm: bool,

    /// Allow uses while your screen is locked, or you are not logged in at one
    #[arg(long, conflicts_with = "while_unlocked")]
    pub(crate) no_while_unlocked: bool,
}
