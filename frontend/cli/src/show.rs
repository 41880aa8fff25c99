//! `sshtpm show`: a public key as a line for `authorized_keys`.

use super::args::ShowArgs;
use super::error::Failure;
use super::key_json::KeyJson;
use super::key_listing::authorized_keys_line;
use super::key_selector::KeySelector;
use super::output::{print, print_json};
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, the broker refuses, or the key cannot be printed.
pub(crate) async fn run(session: &Session, args: &ShowArgs) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let key = KeySelector::new(&args.key).find(&keys, None)?;
    if args.json.json {
        print_json(&KeyJson::from(key))
    } else {
        print(&authorized_keys_line(key))
    }
}
