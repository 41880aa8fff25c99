//! `SSH_AGENTC_LOCK`: locks the agent (`ssh-add -x`).
//!
//! Specs: RFC 9987, "Locking and Unlocking an Agent".

use tracing::debug;

use super::client::Client;
use super::passed;
use super::reply::Reply;
use crate::keys::Keys;
use crate::lock::Passphrase;
use crate::origin::Origin;
use sshtpm_ssh::wire::{Malformed, Reader};

/// Answers `message`, whose content is `string` passphrase. The broker then also forgets the PINs
/// of the user, and the agents behind are locked, too.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let Some(passphrase) = passphrase(message, client.origin()) else {
        return Reply::Failure;
    };
    if !keys.lock().lock(passphrase).await {
        return Reply::Failure;
    }
    // The agent is locked even if this fails. `Keys` has logged the error.
    let _ = tokio::join!(keys.forget_pins(), passed::to_all(message, client));
    Reply::Success
}

/// The passphrase in `message`. `None` if its content is malformed, or if it came from a host to
/// which the agent is forwarded: that host could lock the user out, or guess the passphrase.
pub(super) fn passphrase(message: &[u8], origin: Origin) -> Option<Passphrase> {
    if origin == Origin::Forwarded {
        debug!("refused to lock or unlock the agent over a forwarded connection");
        return None;
    }
    let parsed = parse(message).ok().flatten();
    if parsed.is_none() {
        debug!("refused to lock or unlock the agent: the message is malformed");
    }
    parsed
}

fn parse(message: &[u8]) -> Result<Option<Passphrase>, Malformed> {
    let mut fields = Reader::new(message);
    fields.byte()?;
    let passphrase = fields.string()?;
    fields.end()?;
    Ok(Passphrase::new(passphrase))
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::keys::Keys;
    use crate::origin::Origin;
    use crate::protocol::fake_bindings::client;
    use crate::protocol::fake_keys::{FakeKeys, block_on, string};
    use crate::protocol::reply::Reply;
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;

    fn lock(keys: &FakeKeys, content: &[u8], origin: Origin) -> Reply {
        let message = [&[22], content].concat();
        block_on(answer(&message, keys, &mut client(origin)))
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
