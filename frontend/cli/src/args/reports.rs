//! Arguments of the commands that only look: `log`, `status`, `doctor`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::json::JsonArgs;
use super::wide::WideArgs;
use crate::since::Since;

/// Show how your keys were used
///
/// Lists each request for a signature with one of your keys, granted or not, oldest first; at most
/// the last 1000. Hosts have their names in known_hosts. At most 20 refusals with the same reason
/// are listed a minute; the others are counted. Requests of the last few seconds before a crash may
/// be missing.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Show only this key: its fingerprint or the beginning of it, its comment, its .pub file or
    /// its line of authorized_keys; for a deleted key, the whole fingerprint, the file or the line
    #[arg(short, long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    /// Show only the last N
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) number: Option<usize>,

    /// Show only what happened at TIME or later: 2h, 3 days, yesterday, 08:30, 2026-01-31
    #[arg(short = 'S', long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<Since>,

    /// Show the last 10 uses, then each new one as it happens
    #[arg(short, long)]
    pub(crate) follow: bool,

    /// Print JSON: an object for each use, each in a line of its own
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) wide: WideArgs,
}

/// Show whether the TPM and the broker can be used
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Check everything between ssh and the TPM, and say what to do next
///
/// With a host, also checks what ssh would do for that host: which agent it asks, which keys it
/// offers there and in which order, and whether your keys may log in there. This does not contact
/// the host, and does not ask for a PIN or a password.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Check what ssh would do for this host, and for USER there. With a port: `[HOST]:PORT`
    #[arg(value_name = "[USER@]HOST", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) host: Option<String>,

    /// Also log in to the host with ssh, run `true` there, and explain a refusal. You may be asked
    /// for a PIN or a confirmation, but not for a password
    #[arg(long, requires = "host")]
    pub(crate) connect: bool,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}
