//! Arguments of the commands that list, show, rename and delete keys.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::json::JsonArgs;

/// List your keys
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,

    /// List the keys of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
}

/// Print a public key, as a line for authorized_keys
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or comment
    #[arg(value_name = "FP|COMMENT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Delete keys for good
#[derive(Debug, Args)]
pub(crate) struct RmArgs {
    #[command(flatten)]
    pub(crate) deletion: DeletionArgs,

    /// Delete keys of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
}

/// Which keys to delete.
#[derive(Debug, Args)]
pub(crate) struct DeletionArgs {
    /// Fingerprints, unique beginnings of them (at least 4 characters), or comments
    #[arg(value_name = "KEY", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,

    /// Delete without asking
    #[arg(short, long)]
    pub(crate) force: bool,
}

/// Rename a key
#[derive(Debug, Args)]
pub(crate) struct CommentArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or present comment
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// The new comment
    pub(crate) text: String,
}
