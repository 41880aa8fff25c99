//! The options of a call that say who asks, and for what.

use std::collections::HashMap;

use sshtpm_dbus::{WireBinding, option};
use zbus::Variant;

use crate::asker::Asker;

/// Options of a call (`a{sv}`).
pub(super) type Options = HashMap<&'static str, Variant<'static>>;

/// Whether a raw key is meant, if the key is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RawKeys {
    Meant,
    NotMeant,
}

/// The options that say who asks. Without sessions, or a known program, there is no option.
pub(super) fn options_of(asker: &Asker) -> Options {
    let mut options = HashMap::new();
    if !asker.sessions.is_empty() {
        let sessions: Vec<_> = asker.sessions.iter().cloned().map(WireBinding).collect();
        options.insert(option::SESSIONS, Variant::from(sessions));
    }
    if let Some(client) = &asker.client {
        options.insert(option::CLIENT, Variant::from(client.as_str().to_owned()));
    }
    options
}

pub(super) fn sign_options(asker: &Asker, raw_keys: RawKeys) -> Options {
    let mut options = options_of(asker);
    if raw_keys == RawKeys::Meant {
        options.insert(option::RAW, Variant::from(true));
    }
    options
}
