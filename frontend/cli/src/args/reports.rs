//! Arguments of the commands that only look: `log`, `status`, `doctor`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::json::JsonArgs;

/// Show how your keys were used
///
/// Each time that somebody asked for a signature with one of your keys, whether it was made or not,
/// the oldest first; the last 1000 at most. Of refusals for the same reason there are 20 a minute, and
/// the number of the others. What was asked for in the last few seconds before a crash may be missing.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Show this key alone: fingerprint, unique beginning of it (at least 4 characters), or comment; of
    /// a key that was deleted, the whole fingerprint
    #[arg(short, long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    /// Show the last N alone
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) number: Option<usize>,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Show whether the TPM and the broker can be used
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Check everything between ssh and the TPM, and say what to do next
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,
}
