//! A key that another program keeps.

use sshtpm_client::pin::Pin;
use sshtpm_key_file::tss2::Loadable;

/// A key that another program keeps.
#[derive(Debug)]
pub(super) struct KeptKey {
    /// What it is called in sentences.
    pub(super) name: String,
    /// Its blob, and what is said of it.
    pub(super) key: Loadable,
    /// Its password, where that is known without asking.
    pub(super) password: Option<Pin>,
}
