//! `SSH_AGENTC_UNLOCK`: unlocks the agent (`ssh-add -X`).
//!
//! Specs: RFC 9987, "Locking and Unlocking an Agent".

use super::client::Client;
use super::lock::passphrase;
use super::passed;
use super::remove_all::remove_owed;
use super::reply::Reply;
use crate::keys::Keys;

/// Answers `message`, whose content is `string` passphrase. Unlocks the agents behind, too, which
/// then remove their keys if a signal said so while they were locked. Does not restore the PINs
/// that the broker forgot.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let Some(passphrase) = passphrase(message, client.origin()) else {
        return Reply::Failure;
    };
    let agents = client.links.agents();
    // Nobody lists what is about to go. No list is under way: the agent is locked.
    let _turns = match agents.owes_removal() {
        true => agents.all_turns_to_list().await,
        false => None,
    };
    if !keys.lock().unlock(passphrase).await {
        return Reply::Failure;
    }
    passed::to_all(message, client).await;
    remove_owed(&agents).await;
    Reply::Success
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::keys::Keys;
    use crate::origin::Origin;
    use crate::protocol::fake_bindings::client;
    use crate::protocol::fake_keys::{FakeKeys, block_on, string};
    use crate::protocol::lock;
    use crate::protocol::reply::Reply;

    fn locked() -> FakeKeys {
        let keys = FakeKeys::with_pins(Ok(()));
        let reply = block_on(lock::answer(
            &[vec![22], string(b"right")].concat(),
            &keys,
            &mut client(Origin::Local),
        ));
        assert_eq!(reply, Reply::Success);
        keys
    }

    fn unlock(keys: &FakeKeys, passphrase: &[u8], origin: Origin) -> Reply {
        let message = [vec![23], string(passphrase)].concat();
        block_on(answer(&message, keys, &mut client(origin)))
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
