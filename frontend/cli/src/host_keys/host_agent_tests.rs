use std::path::PathBuf;
use std::time::Duration;

use ssh_agent_lib::proto::{Identity, PublicCredential, Request, Response};
use ssh_agent_lib::ssh_encoding::{Decode, Encode};
use ssh_key::private::Ed25519Keypair;
use ssh_key::{PrivateKey, SigningKey};
use sshtpm_dbus::KeyInfo;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::{check, proof_for_no_session};
use crate::error::Failure;
use crate::key_listing::example_key;
use sshtpm_ssh::frame::{Incoming, frame};

fn private_key() -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[1; 32]))
}

fn host_key() -> KeyInfo {
    KeyInfo {
        public_key: private_key().public_key().to_openssh().unwrap(),
        ..example_key()
    }
}

fn signed(data: &[u8]) -> Response {
    fn sign(key: &impl SigningKey, data: &[u8]) -> Response {
        Response::SignResponse(key.try_sign(data).unwrap())
    }
    sign(&private_key(), data)
}

/// Offers [`host_key`], signs as `sign` does, and sends a byte of each answer in every `pause`.
async fn serve(listener: UnixListener, sign: fn(&[u8]) -> Response, pause: Option<Duration>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut incoming = Incoming::default();
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        if count == 0 {
            return;
        }
        incoming.push(&buffer[..count]);
        while let Some(message) = incoming.next_message().unwrap() {
            answer(&mut stream, &message, sign, pause).await;
        }
    }
}

async fn answer(
    stream: &mut UnixStream,
    message: &[u8],
    sign: fn(&[u8]) -> Response,
    pause: Option<Duration>,
) {
    let response = match Request::decode(&mut &*message).unwrap() {
        Request::RequestIdentities => Response::IdentitiesAnswer(vec![Identity {
            credential: PublicCredential::Key(private_key().public_key().key_data().clone()),
            comment: String::new(),
        }]),
        Request::SignRequest(request) => sign(&request.data),
        other => panic!("{other:?}"),
    };
    let mut bytes = Vec::new();
    response.encode(&mut bytes).unwrap();
    for byte in frame(&bytes).unwrap() {
        tokio::time::sleep(pause.unwrap_or_default()).await;
        if stream.write_all(&[byte]).await.is_err() {
            return;
        }
    }
}

fn socket() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("agent.sock");
    (directory, path)
}

/// As [`serve`], but without an end.
async fn serve_on(listener: UnixListener, sign: fn(&[u8]) -> Response, pause: Option<Duration>) {
    serve(listener, sign, pause).await;
    std::future::pending().await
}

async fn check_with(
    sign: fn(&[u8]) -> Response,
    pause: Option<Duration>,
    keys: &[KeyInfo],
) -> Result<(), Failure> {
    let (_directory, path) = socket();
    let listener = UnixListener::bind(&path).unwrap();
    tokio::select! {
        result = check(&path, keys) => result,
        () = serve_on(listener, sign, pause) => unreachable!(),
    }
}

fn refusal(result: Result<(), Failure>, part: &str) {
    let text = result.unwrap_err().to_string();
    assert!(text.contains(part), "{text}");
    assert!(text.contains("`s"), "it does not say what to do: {text}");
}

#[tokio::test]
async fn a_key_that_is_served_and_signs_is_good() {
    let keys = [host_key(), host_key()];
    assert_eq!(check_with(signed, None, &keys).await, Ok(()));
}

#[tokio::test]
async fn a_key_that_is_not_served_is_refused() {
    let keys = [host_key(), example_key()];
    refusal(check_with(signed, None, &keys).await, "does not serve it");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_refused() {
    let damaged = KeyInfo {
        public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
        ..host_key()
    };
    refusal(
        check_with(signed, None, &[damaged]).await,
        "does not serve it",
    );
}

#[tokio::test]
async fn an_agent_that_lists_but_does_not_sign_is_refused() {
    let result = check_with(|_| Response::Failure, None, &[host_key()]).await;
    refusal(result, "refuses to sign");
    let result = check_with(|_| Response::Failure, None, &[host_key()]).await;
    refusal(result, "`sshtpm status`");
}

/// `string "hostkeys-prove-00@openssh.com"`, `string` session identifier, `string` key.
#[test]
fn what_is_signed_is_a_proof_of_the_key_for_another_session_each_time() {
    let key = private_key().public_key().key_data().clone();
    let mut behind = vec![0, 0, 0, 51];
    key.encode(&mut behind).unwrap();
    let session_of = |data: &[u8]| {
        let rest = data.strip_prefix(b"\0\0\0\x1dhostkeys-prove-00@openssh.com\0\0\0\x20");
        let (session, rest) = rest.unwrap().split_at(32);
        assert_eq!(rest, behind);
        session.to_vec()
    };
    let [one, other] = [(); 2].map(|()| session_of(&proof_for_no_session(&key).unwrap()));
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_signature_of_something_else_is_refused() {
    let result = check_with(|_| signed(b"something else"), None, &[host_key()]).await;
    refusal(result, "its signature is wrong");
}

#[tokio::test]
async fn without_a_listener_the_failure_says_how_to_start_it() {
    let (_directory, path) = socket();
    let result = check(&path, &[host_key()]).await;
    refusal(result, "`systemctl enable --now sshtpm-host-agent.socket`");
}

/// Each read would be in time; all of them together are not.
#[tokio::test(start_paused = true)]
async fn an_agent_that_answers_byte_by_byte_is_given_up() {
    let pause = Some(Duration::from_secs(100));
    let result = check_with(signed, pause, &[host_key()]).await;
    refusal(result, "it did not answer in time");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_too_long_is_an_error() {
    for bytes in [&[0, 0, 0, 9, 12][..], &[0, 4, 0, 1], &[0, 0, 0, 1, 12], &[]] {
        let (_directory, path) = socket();
        let listener = UnixListener::bind(&path).unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.unwrap();
        };
        let (result, ()) = tokio::join!(check(&path, &[]), server);
        refusal(result, "cannot ask the agent");
    }
}
