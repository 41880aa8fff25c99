//! `SSH_AGENTC_LOCK`: locks the agent (`ssh-add -x`).
//!
//! Specs: RFC 9987, "Locking and Unlocking an Agent".

use tracing::debug;

use super::reply::Reply;
use crate::keys::Keys;
use crate::lock::Passphrase;
use crate::origin::Origin;
use sshtpm_ssh::wire::{Malformed, Reader};

/// Answers `content`: `string` passphrase. The broker then also forgets the PINs of the user.
pub(super) async fn answer<K: Keys>(content: &[u8], keys: &K, origin: Origin) -> Reply {
    let Some(passphrase) = passphrase(content, origin) else {
        return Reply::Failure;
    };
    if !keys.lock().lock(passphrase).await {
        return Reply::Failure;
    }
    // The agent is locked even if this fails. `Keys` has logged the error.
    let _ = keys.forget_pins().await;
    Reply::Success
}

/// The passphrase in `content`. `None` if `content` is malformed, or if it came from a host to
/// which the agent is forwarded: that host could lock the user out, or guess the passphrase.
pub(super) fn passphrase(content: &[u8], origin: Origin) -> Option<Passphrase> {
    if origin == Origin::Forwarded {
        debug!("refused to lock or unlock the agent over a forwarded connection");
        return None;
    }
    let parsed = parse(content).ok().flatten();
    if parsed.is_none() {
        debug!("refused to lock or unlock the agent: the message is malformed");
    }
    parsed
}

fn parse(content: &[u8]) -> Result<Option<Passphrase>, Malformed> {
    let mut fields = Reader::new(content);
    let passphrase = fields.string()?;
    fields.end()?;
    Ok(Passphrase::new(passphrase))
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::keys::Keys;
    use crate::origin::Origin;
    use crate::protocol::fake_keys::{FakeKeys, block_on, string};
    use crate::protocol::reply::Reply;
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;

    fn lock(keys: &FakeKeys, content: &[u8], origin: Origin) -> Reply {
        block_on(answer(content, keys, origin))
    }

    #[test]
    fn the_agent_is_locked_and_the_broker_forgets_the_pins() {
        let keys = FakeKeys::with_pins(Ok(()));
        let reply = lock(&keys, &string(b"passphrase"), Origin::Local);
        assert_eq!(reply, Reply::Success);
        assert!(keys.lock().is_locked());
        assert_eq!(keys.forgotten(), 1);
    }

    #[test]
    fn the_agent_is_locked_even_if_the_broker_is_away() {
        let away = Error::new(ErrorKind::BrokerUnavailable, "away");
        let keys = FakeKeys::with_pins(Err(away));
        let reply = lock(&keys, &string(b"passphrase"), Origin::Local);
        assert_eq!(reply, Reply::Success);
        assert!(keys.lock().is_locked());
    }

    #[test]
    fn a_second_lock_is_refused() {
        let keys = FakeKeys::with_pins(Ok(()));
        lock(&keys, &string(b"passphrase"), Origin::Local);
        let reply = lock(&keys, &string(b"another"), Origin::Local);
        assert_eq!(reply, Reply::Failure);
        assert_eq!(keys.forgotten(), 1);
    }

    #[test]
    fn another_host_cannot_lock_the_agent() {
        let keys = FakeKeys::untouchable();
        let reply = lock(&keys, &string(b"passphrase"), Origin::Forwarded);
        assert_eq!(reply, Reply::Failure);
        assert!(!keys.lock().is_locked());
    }

    #[test]
    fn a_malformed_or_too_long_passphrase_locks_nothing() {
        let keys = FakeKeys::untouchable();
        let long = string(&[b'x'; 2000]);
        let extra = [string(b"passphrase"), vec![0]].concat();
        for content in [&[][..], &[0, 0, 0, 9], &extra, &long] {
            assert_eq!(lock(&keys, content, Origin::Local), Reply::Failure);
        }
        assert!(!keys.lock().is_locked());
    }
}
