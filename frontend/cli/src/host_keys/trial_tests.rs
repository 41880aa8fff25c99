use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

use super::{Failed, MAX_END, STEP, Wanted, judge, quoted, run};

const KEY: &str = "debug1: Server host key: ecdsa-sha2-nistp256 SHA256:abc\r\n";
const DONE: &str = "debug1: SSH2_MSG_NEWKEYS received\r\n";

fn wanted() -> Wanted<'static> {
    Wanted::One {
        algorithms: Vec::new(),
        fingerprints: vec!["SHA256:abc", "SHA256:def"],
    }
}

async fn judged(said: &str) -> Result<(), Failed> {
    let mut lines = BufReader::new(said.as_bytes().take(4096)).lines();
    judge(&mut lines, &wanted()).await
}

#[tokio::test]
async fn a_key_exchange_with_the_key_is_the_proof() {
    let said = format!("debug1: x\n{KEY}{DONE}");
    assert!(judged(&said).await.is_ok());
}

#[tokio::test]
async fn a_key_that_was_shown_and_did_not_sign_proves_nothing() {
    let said = format!("{KEY}debug1: x\nkey exchange: signature is wrong\n");
    let Err(Failed::Said(said)) = judged(&said).await else {
        panic!("it is a proof");
    };
    assert_eq!(said, "key exchange: signature is wrong");
}

#[tokio::test]
async fn a_key_exchange_with_another_key_is_none_with_this_one() {
    let said = format!("{}{DONE}", KEY.replace("abc", "other"));
    let result = judged(&said).await;
    assert!(matches!(result, Err(Failed::OtherKey(key)) if key == "SHA256:other"));
    assert!(matches!(judged(DONE).await, Err(Failed::OtherKey(_))));
}

const CERTIFICATE: &str = "debug1: Server host certificate: \
    ecdsa-sha2-nistp256-cert-v01@openssh.com SHA256:abc, serial 0 ID \"x\" CA ssh-ed25519 \
    SHA256:ca valid forever\r\n";

#[tokio::test]
async fn a_key_without_its_certificate_does_not_prove_the_certificate() {
    let certified = Wanted::Certified {
        algorithms: Vec::new(),
        fingerprint: "SHA256:abc",
    };
    let judged = async |shown: &str| {
        let said = format!("{shown}{DONE}");
        let mut lines = BufReader::new(said.as_bytes().take(4096)).lines();
        judge(&mut lines, &certified).await
    };
    assert!(judged(CERTIFICATE).await.is_ok());
    assert!(matches!(judged(KEY).await, Err(Failed::OtherKey(_))));
    let other = CERTIFICATE.replace("abc", "other");
    assert!(matches!(judged(&other).await, Err(Failed::OtherKey(key)) if key == "SHA256:other"));
}

#[tokio::test]
async fn what_the_client_has_started_ends_with_the_trial() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let mut command = Command::new("sh");
    // The grandchild keeps the pipe open for as long as it lives, and has it from the start.
    let script = format!(
        "exec 3>{}; sleep 600 & exec 3>&-; echo '{KEY}{DONE}' >&2; exec sleep 600",
        pipe.display()
    );
    command.arg("-c").arg(script);
    let reader = std::thread::spawn({
        let pipe = pipe.to_path_buf();
        move || std::fs::read(pipe)
    });
    run(command, &wanted()).await.unwrap();
    let start = Instant::now();
    while !reader.is_finished() {
        assert!(start.elapsed() < MAX_END, "the grandchild lives");
        tokio::time::sleep(STEP).await;
    }
}

#[tokio::test]
async fn a_client_that_is_not_there_is_told_apart() {
    let result = run(Command::new("/nonexistent/ssh"), &Wanted::Any).await;
    assert!(matches!(result, Err(Failed::NoClient(_))));
}

#[test]
fn a_path_reaches_sshd_as_it_is() {
    assert_eq!(quoted("/usr/sbin/sshd"), "'/usr/sbin/sshd'");
    assert_eq!(quoted("/a b/100%'s"), "'/a b/100%%'\\''s'");
}
