//! A use of a key as clients see it.

use sshtpm_dbus::KeyUse;

use sshtpm_core::uses::{Noted, Plain};

pub(super) fn key_use(noted: &Noted) -> KeyUse {
    let used = &noted.used;
    let asked = &used.asked;
    let text = |plain: Option<&Plain>| plain.map(Plain::to_string).unwrap_or_default();
    let purpose = asked.subject.word();
    let client = asked.client.as_ref();
    KeyUse {
        time: used.time,
        key: used.key.to_string(),
        purpose: purpose.unwrap_or_default().to_owned(),
        user: text(asked.subject.user()),
        destination: asked
            .destination
            .map(|key| key.to_string())
            .unwrap_or_default(),
        namespace: text(asked.subject.namespace()),
        service: text(asked.subject.service()),
        forwarded: asked.forwarded,
        client: client
            .map(|client| client.as_str().to_owned())
            .unwrap_or_default(),
        outcome: used.outcome.name().to_owned(),
        milliseconds: u64::try_from(used.took.as_millis()).unwrap_or(u64::MAX),
        more: noted.more,
    }
}
