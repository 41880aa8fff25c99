//! Arguments of the commands that take PINs or have them forgotten.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::time_span::TimeSpan;

/// Change or remove the PIN of a key
///
/// Asks for the present PIN and twice for the new one. A PIN cannot be added to a key that was
/// generated without one. Removing it asks for your password.
#[derive(Debug, Args)]
pub(crate) struct PasswdArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or comment
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// Remove the PIN
    #[arg(long)]
    pub(crate) remove: bool,

    /// Read the present PIN, then the new one, from standard input, one line each
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// Give the PINs of keys, to be remembered for a while
///
/// The broker remembers them until `sshtpm lock`, the end of your last login session, or the time that
/// the administrator allows.
#[derive(Debug, Args)]
pub(crate) struct UnlockArgs {
    /// Fingerprints, unique beginnings of them (at least 4 characters), or comments; without any, all
    /// keys that are locked
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,

    /// For how long, if it is to be shorter: 8h, 30m, 1h30m
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) time: Option<TimeSpan>,

    /// Read the PINs from standard input, one line each
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// Have PINs forgotten
#[derive(Debug, Args)]
pub(crate) struct LockArgs {
    /// Fingerprints, unique beginnings of them (at least 4 characters), or comments; without any, all
    /// your keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,
}
