//! Arguments of `sshtpm cert`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::json::JsonArgs;

/// Keep certificates with your keys
#[derive(Debug, Args)]
pub(crate) struct CertArgs {
    #[command(subcommand)]
    pub(crate) command: CertCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertCommand {
    /// Keep certificates with a key, so that the agent offers them
    ///
    /// A certificate takes the place of an earlier one with the same authority, key ID, principals
    /// and critical options. Those that have expired make room for it.
    Add(CertAddArgs),
    /// List certificates
    List(CertListArgs),
    /// Remove certificates
    Rm(CertRmArgs),
}

/// Which certificates to keep.
#[derive(Debug, Args)]
pub(crate) struct CertAddArgs {
    /// The key, as in `show`, and files with certificates of it. Without a key, each certificate
    /// goes to the key that it names. Without a file, those in ~/.ssh whose names end in -cert.pub
    #[arg(value_name = "KEY|FILE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) words: Vec<String>,

    /// Keep them with keys of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
}

/// Which certificates to list.
#[derive(Debug, Args)]
pub(crate) struct CertListArgs {
    /// Show only the certificates of this key; it is named as in `show`
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    #[command(flatten)]
    pub(crate) json: JsonArgs,

    /// List those of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
}

/// Which certificates to remove.
#[derive(Debug, Args)]
pub(crate) struct CertRmArgs {
    /// A file with the certificate, its serial number, or a key, which means all that it has
    #[arg(value_name = "KEY|FILE|SERIAL", required = true,
          value_parser = NonEmptyStringValueParser::new())]
    pub(crate) words: Vec<String>,

    /// Remove those of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
}
