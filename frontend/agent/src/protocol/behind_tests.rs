//! Messages of a client that has agents behind.

use tokio::task::{LocalSet, yield_now};

use super::answer;
use crate::behind::fake_agents::{Answer, FakeAgents, crowded, unsigned, willing, with_key};
use crate::keys::Keys;
use crate::lock::Passphrase;
use crate::protocol::client::Client;
use crate::protocol::fake_bindings::bind_to;
use crate::protocol::fake_keys::{FakeKeys, blob, certificate_blob, private_key, string};
use sshtpm_dbus::Identity;

const FAILURE: &[u8] = &[5];
const SUCCESS: &[u8] = &[6];

/// The key of an agent behind.
const KEY: &[u8] = b"\0\0\0\x03key";

async fn with(answers: &[Answer], test: impl AsyncFnOnce(FakeAgents, Client)) {
    let fakes = FakeAgents::new(answers);
    let client = Client::before(fakes.agents());
    LocalSet::new().run_until(test(fakes, client)).await;
}

/// A broker with one key, whose signatures are `tpm`.
fn tpm() -> FakeKeys {
    let identity = Identity {
        blob: blob(),
        comment: "laptop".to_owned(),
    };
    FakeKeys::answering(vec![identity], b"tpm".to_vec())
}

fn sign(blob: &[u8]) -> Vec<u8> {
    [vec![13], string(blob), string(b"data"), vec![0; 4]].concat()
}

fn bind(content: Vec<u8>) -> Vec<u8> {
    [vec![27], string(b"session-bind@openssh.com"), content].concat()
}

#[tokio::test]
async fn the_keys_of_the_tpm_come_first_and_each_key_once() {
    with(&[with_key, with_key, willing], async |_, mut client| {
        let list = answer(&[11], &mut client, &tpm()).await;
        let behind = [string(KEY), string(b"c")].concat();
        let own = [string(&blob()), string(b"laptop")].concat();
        assert_eq!(list, [vec![12, 0, 0, 0, 2], own, behind].concat());
    })
    .await;
}

#[tokio::test]
async fn an_agent_with_very_many_keys_hides_none_of_another() {
    with(&[crowded, with_key, willing], async |_, mut client| {
        let list = answer(&[11], &mut client, &tpm()).await;
        assert_eq!(list[..5], [12, 0, 0, 8, 0]);
        let last = [string(KEY), string(b"c")].concat();
        assert!(list.ends_with(&last));
    })
    .await;
}

#[tokio::test]
async fn a_signature_is_made_by_whoever_has_the_key() {
    with(&[willing, with_key, willing], async |fakes, mut client| {
        // No list was made before.
        let signed = answer(&sign(KEY), &mut client, &tpm()).await;
        assert_eq!(signed, [vec![14], string(b"sig")].concat());
        let last = fakes.got.borrow().last().cloned();
        assert_eq!(last, Some((1, sign(KEY))));
        let signed = answer(&sign(&blob()), &mut client, &tpm()).await;
        assert_eq!(signed, [vec![14], string(b"tpm")].concat());
        let unknown = answer(&sign(b"\0\0\0\x06nobody"), &mut client, &tpm()).await;
        assert_eq!(unknown, FAILURE);
    })
    .await;
}

#[tokio::test]
async fn a_hidden_key_is_neither_listed_nor_used() {
    with(&[willing], async |_, mut client| {
        let remove = [vec![18], string(&blob())].concat();
        assert_eq!(answer(&remove, &mut client, &tpm()).await, SUCCESS);
        assert_eq!(answer(&remove, &mut client, &tpm()).await, FAILURE);
        let list = answer(&[11], &mut client, &tpm()).await;
        assert_eq!(list, [12, 0, 0, 0, 0]);
        assert_eq!(answer(&sign(&blob()), &mut client, &tpm()).await, FAILURE);
        // Anybody can write a certificate of it.
        let signed = answer(&sign(&certificate_blob()), &mut client, &tpm()).await;
        assert_eq!(signed, FAILURE);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_listed_is_not_hidden() {
    with(&[willing], async |_, mut client| {
        let remove = [vec![18], string(&certificate_blob())].concat();
        assert_eq!(answer(&remove, &mut client, &tpm()).await, FAILURE);
        let signed = answer(&sign(&certificate_blob()), &mut client, &tpm()).await;
        assert_eq!(signed, [vec![14], string(b"tpm")].concat());
    })
    .await;
}

#[tokio::test]
async fn an_unknown_extension_goes_to_an_agent_behind_as_it_is() {
    with(&[willing, willing], async |fakes, mut client| {
        let unknown = [vec![27], string(b"unknown@example.com"), vec![1, 2]].concat();
        assert_eq!(answer(&unknown, &mut client, &tpm()).await, SUCCESS);
        assert_eq!(*fakes.got.borrow(), [(0, unknown)]);
        // What this agent knows stays here.
        answer(&[vec![27], string(b"query")].concat(), &mut client, &tpm()).await;
        assert_eq!(fakes.kinds().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn another_host_hides_no_key_of_the_tpm() {
    with(&[willing], async |_, mut client| {
        let forwarded = bind(bind_to(&private_key(9), b"id", 1));
        assert_eq!(answer(&forwarded, &mut client, &tpm()).await, SUCCESS);
        let remove = [vec![18], string(&blob())].concat();
        assert_eq!(answer(&remove, &mut client, &tpm()).await, FAILURE);
        // FakeKeys would fail the test if it had to forget PINs.
        answer(&[19], &mut client, &tpm()).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_connection_whose_binding_failed_reaches_an_agent() {
    with(&[with_key, willing], async |fakes, mut client| {
        let bad = bind(bind_to(&private_key(9), b"id", 1)[..40].to_vec());
        assert_eq!(answer(&bad, &mut client, &tpm()).await, [28]);
        for message in [&[11][..], &sign(KEY), &[17, 1], &[18], &[19], &[200]] {
            answer(message, &mut client, &tpm()).await;
        }
        assert_eq!(fakes.kinds(), []);
    })
    .await;
}

#[tokio::test]
async fn a_locked_agent_passes_nothing_on() {
    with(&[with_key, willing], async |fakes, mut client| {
        let keys = tpm();
        let passphrase = Passphrase::new(b"sesame").unwrap();
        assert!(keys.lock().lock(passphrase).await);
        let list = answer(&[11], &mut client, &keys).await;
        assert_eq!(list, [12, 0, 0, 0, 0]);
        let unknown = [vec![27], string(b"unknown@example.com")].concat();
        for message in [&sign(KEY)[..], &[17, 1], &[18], &[19], &[200], &unknown] {
            assert_eq!(answer(message, &mut client, &keys).await, FAILURE);
        }
        assert_eq!(fakes.kinds(), []);
    })
    .await;
}

#[tokio::test]
async fn locking_the_agent_ends_a_request_that_waits_for_one_behind() {
    with(&[unsigned, willing], async |_, mut client| {
        let keys = tpm();
        let lock = async {
            // The list before it is done.
            yield_now().await;
            keys.lock().lock(Passphrase::new(b"sesame").unwrap()).await
        };
        let message = sign(KEY);
        let (signed, locked) = tokio::join!(answer(&message, &mut client, &keys), lock);
        assert!(locked);
        assert_eq!(signed, FAILURE);
    })
    .await;
}

#[tokio::test]
async fn agents_behind_are_locked_and_unlocked_with_this_one() {
    with(&[with_key, willing], async |fakes, mut client| {
        let keys = FakeKeys::with_pins(Ok(()));
        for number in [22, 23] {
            let message = [vec![number], string(b"sesame")].concat();
            assert_eq!(answer(&message, &mut client, &keys).await, SUCCESS);
            assert_eq!(fakes.got.borrow().last(), Some(&(0, message)));
        }
    })
    .await;
}
