//! Arguments that say what a key may be used for.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use sshtpm_dbus::purpose;

/// What a key is for, and where.
#[derive(Debug, Default, Args)]
pub(crate) struct RestrictionArgs {
    /// What the key is for; a new one is for auth and sign if this is not given
    #[arg(long = "for", value_name = "LIST", value_enum, value_delimiter = ',')]
    pub(crate) purposes: Vec<PurposeArg>,

    /// Let it sign in this namespace alone, such as git or file; give it several times for several
    #[arg(long, value_name = "NS", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) namespace: Vec<String>,

    /// Let it log in at this host alone, and as this user if one is named (* and ? stand for other
    /// characters); give it several times for several. The host is known by its keys in known_hosts.
    /// For a port: [HOST]:PORT
    #[arg(long, value_name = "[USER@]HOST", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) to: Vec<String>,

    /// Let it log in there from this host, to which the agent is forwarded (ssh -A), and here itself;
    /// give it several times for several in a row. A jump host (ssh -J) is none: name it with --to
    #[arg(
        long,
        value_name = "[USER@]HOST",
        requires = "to",
        conflicts_with = "no_forwarding",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) via: Vec<String>,

    /// Take the host keys of the host that --to names from this file, with a public key in each line,
    /// and not from known_hosts
    #[arg(long, value_name = "FILE", requires = "to")]
    pub(crate) host_key: Option<PathBuf>,

    /// Keep it from forwarded agent connections (ssh -A)
    #[arg(long)]
    pub(crate) no_forwarding: bool,

    /// Have a person confirm each use
    #[arg(long)]
    pub(crate) confirm: bool,
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
}

impl PurposeArg {
    /// The word on the bus.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auth => purpose::AUTH,
            Self::Sign => purpose::SIGN,
            Self::Ca => purpose::CA,
            Self::Host => purpose::HOST,
        }
    }
}

/// Change what a key may be used for
///
/// What is not named stays as it is. To allow less takes nobody's word; to allow anything that was not
/// allowed before asks for your password. The broker keeps to it whoever asks, your own programs
/// included.
#[derive(Debug, Args)]
pub(crate) struct RestrictArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or comment
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,

    /// Let it sign in any namespace
    #[arg(long, conflicts_with = "namespace")]
    pub(crate) any_namespace: bool,

    /// Let it log in everywhere
    #[arg(long, conflicts_with = "to")]
    pub(crate) anywhere: bool,

    /// Let it be used over forwarded agent connections
    #[arg(long, conflicts_with = "no_forwarding")]
    pub(crate) forwarding: bool,

    /// Let it be used without a confirmation
    #[arg(long, conflicts_with = "confirm")]
    pub(crate) no_confirm: bool,
}
