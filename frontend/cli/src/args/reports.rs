//! Arguments of the commands that only look: `log`, `status`, `doctor`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::json::JsonArgs;

/// Show how your keys were used
///
/// Lists each request for a signature with one of your keys, granted or not, oldest first; at most
/// the last 1000. At most 20 refusals with the same reason are listed a minute; the others are
/// counted. Requests of the last few seconds before a crash may be missing.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Show only this key: fingerprint, unique beginning of it (at least 4 characters), or comment;
    /// for a deleted key, the whole fingerprint
    #[arg(short, long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    /// Show only the last N
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
