//! `SSH_AGENTC_UNLOCK`: unlocks the agent (`ssh-add -X`).
//!
//! Specs: RFC 9987, "Locking and Unlocking an Agent".

use super::lock::passphrase;
use super::reply::Reply;
use crate::keys::Keys;
use crate::origin::Origin;

/// Answers `content`: `string` passphrase. Does not restore the PINs that the broker forgot.
pub(super) async fn answer<K: Keys>(content: &[u8], keys: &K, origin: Origin) -> Reply {
    let Some(passphrase) = passphrase(content, origin) else {
        return Reply::Failure;
    };
    match keys.lock().unlock(passphrase).await {
        true => Reply::Success,
        false => Reply::Failure,
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::keys::Keys;
    use crate::origin::Origin;
    use crate::protocol::fake_keys::{FakeKeys, block_on, string};
    use crate::protocol::lock;
    use crate::protocol::reply::Reply;

    fn locked() -> FakeKeys {
        let keys = FakeKeys::with_pins(Ok(()));
        let reply = block_on(lock::answer(&string(b"right"), &keys, Origin::Local));
        assert_eq!(reply, Reply::Success);
        keys
    }

    fn unlock(keys: &FakeKeys, passphrase: &[u8], origin: Origin) -> Reply {
        block_on(answer(&string(passphrase), keys, origin))
    }

    #[test]
    fn the_passphrase_that_locked_the_agent_unlocks_it() {
        let keys = locked();
        assert_eq!(unlock(&keys, b"wrong", Origin::Local), Reply::Failure);
        assert!(keys.lock().is_locked());
        assert_eq!(unlock(&keys, b"right", Origin::Local), Reply::Success);
        assert!(!keys.lock().is_locked());
    }

    #[test]
    fn another_host_cannot_unlock_the_agent() {
        let keys = locked();
        assert_eq!(unlock(&keys, b"right", Origin::Forwarded), Reply::Failure);
        assert!(keys.lock().is_locked());
    }

    #[test]
    fn an_agent_that_is_not_locked_cannot_be_unlocked() {
        let keys = FakeKeys::untouchable();
        assert_eq!(unlock(&keys, b"right", Origin::Local), Reply::Failure);
    }
}
