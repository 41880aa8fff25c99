//! Arguments of the commands that list, show, rename and delete keys.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::json::JsonArgs;
use super::wide::WideArgs;

/// List your keys
///
/// On a terminal, fingerprints are cut to what tells your keys apart, so that a line fits; that is
/// enough to name a key. LAST USED has the day and the host, by its name in known_hosts.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,

    /// List the keys of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,

    /// List the keys of users who are gone: deleted, or their uid has another name now; for
    /// administrators
    #[arg(long, conflicts_with = "owner")]
    pub(crate) orphans: bool,

    #[command(flatten)]
    pub(crate) wide: WideArgs,

    /// Print names of keys, for completion
    #[arg(long, hide = true, conflicts_with_all = ["json", "owner", "orphans"])]
    pub(crate) names: bool,
}

/// Print a public key, as a line for authorized_keys
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The key: its fingerprint or the beginning of it, its comment, its .pub file or its line of
    /// authorized_keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// Show a QR code of the line on the terminal
    #[arg(long, conflicts_with = "json")]
    pub(crate) qr: bool,

    /// Print the key in the form that git's setting user.signingkey takes
    #[arg(long, conflicts_with_all = ["json", "qr"])]
    pub(crate) git: bool,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Delete keys for good
#[derive(Debug, Default, Args)]
pub(crate) struct RmArgs {
    /// The keys: by their fingerprints or the beginnings of them, their comments, their .pub files
    /// or their lines of authorized_keys; with --uid, by their fingerprints or the beginnings
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new(),
          required_unless_present_any = ["lost", "uid"])]
    pub(crate) keys: Vec<String>,

    /// Delete without asking
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Archive the records of lost keys: of each KEY, or of all. They are no longer listed. An
    /// administrator can still read them
    #[arg(long)]
    pub(crate) lost: bool,

    /// Also delete the file in ~/.ssh with the public key, if it holds nothing else. Without this
    /// and --keep-file, you are asked; with --force, the file stays
    #[arg(long, conflicts_with_all = ["keep_file", "owner"])]
    pub(crate) delete_file: bool,

    /// Keep the file with the public key
    #[arg(long)]
    pub(crate) keep_file: bool,

    /// Delete keys of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,

    /// Delete keys of users who are gone and had this uid: each KEY, or all; for administrators.
    /// `list --orphans` shows them
    #[arg(long, value_name = "N", conflicts_with_all = ["owner", "lost", "delete_file"])]
    pub(crate) uid: Option<u32>,
}

/// Which keys to delete.
#[derive(Debug, Args)]
pub(crate) struct DeletionArgs {
    /// The keys: by their fingerprints or the beginnings of them, their comments, their .pub files
    /// or their lines of authorized_keys
    #[arg(value_name = "KEY", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,

    /// Delete without asking
    #[arg(short, long)]
    pub(crate) force: bool,
}

/// Rename a key
#[derive(Debug, Args)]
pub(crate) struct CommentArgs {
    /// The key: its fingerprint or the beginning of it, its present comment, its .pub file or its
    /// line of authorized_keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// The new comment
    pub(crate) text: String,
}
