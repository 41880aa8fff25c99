//! Arguments of the commands that deal with PINs.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::time_span::TimeSpan;

/// Change or remove the PIN of a key
///
/// Asks for the present PIN once and for the new one twice. You cannot add a PIN to a key that was
/// generated without one. Removing a PIN asks for your password.
#[derive(Debug, Args)]
pub(crate) struct PasswdArgs {
    /// The key: its fingerprint or the beginning of it, its comment, its .pub file or its line of
    /// authorized_keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// Remove the PIN
    #[arg(long)]
    pub(crate) remove: bool,

    /// Read the present PIN, then the new one, from standard input, one line each
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// Enter the PINs of keys, which the broker then remembers for a while
///
/// The broker remembers a PIN until you run `sshtpm lock`, your last login session ends, or the
/// time is over that the administrator allows.
#[derive(Debug, Args)]
pub(crate) struct UnlockArgs {
    /// The keys, as in `show`; without any, all locked keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,

    /// How long to remember the PINs, if shorter than the administrator allows: 8h, 30m, 1h30m
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) time: Option<TimeSpan>,

    /// Read the PINs from standard input, one line each
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// Make the broker forget PINs
#[derive(Debug, Args)]
pub(crate) struct LockArgs {
    /// The keys, as in `show`; without any, all your keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,
}
