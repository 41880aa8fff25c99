//! Tests of what is said of the agent that ssh asks.

use std::io::ErrorKind;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use ssh_key::PublicKey;

use super::{
    AcceptedKeys, Advisor, AgentOfSsh, Answer, By, Offered, Unsaid, check, judge, of_types, other,
    ours,
};
use crate::checks::finding::Finding;
use crate::key_listing::example_key;

async fn look(by: By, socket: Option<&str>) -> Finding {
    let socket = socket.map(PathBuf::from);
    let agent = AgentOfSsh { by, socket };
    judge(&agent, &Offered::All, &Ok(Vec::new()), &Advisor::default()).await
}

#[tokio::test]
async fn an_ssh_that_asks_no_or_another_agent_is_a_warning() {
    for by in [By::Environment, By::IdentityAgent] {
        assert!(matches!(look(by, None).await, Finding::Warn(_)));
        let other = look(by, Some("/nonexistent/agent")).await;
        assert!(matches!(other, Finding::Warn(_)));
    }
}

#[tokio::test]
async fn root_without_keys_need_not_care() {
    let unsaid = Err(Unsaid::Silent);
    let finding = check(&unsaid, None, &Ok(Vec::new()), true).await;
    assert!(matches!(finding, Finding::Skipped(_)), "{finding:?}");
    let finding = check(&unsaid, None, &Ok(vec![example_key()]), true).await;
    assert!(matches!(finding, Finding::Fail(_)), "{finding:?}");
}

#[tokio::test]
async fn an_agent_of_ours_that_has_ended_fails() {
    let gone = look(By::Environment, Some("/nonexistent/sshtpm/agent.sock")).await;
    assert!(matches!(gone, Finding::Fail(_)), "{gone:?}");
}

#[test]
fn an_agent_of_ours_is_fine_only_if_it_answers_and_is_the_user_s() {
    let path = Path::new("/run/user/1/sshtpm/agent.sock");
    let look = |answer| ours(By::IdentityAgent, path, &answer);
    assert!(matches!(look(Answer::Listens), Finding::Ok(_)));
    for answer in [
        Answer::Foreign(4711),
        Answer::Unreachable(ErrorKind::ConnectionRefused.into()),
        Answer::Refuses(ErrorKind::TimedOut.into()),
    ] {
        assert!(matches!(look(answer), Finding::Fail(_)));
    }
}

#[tokio::test]
async fn keys_that_ssh_does_not_offer_are_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("sshtpm").join("agent.sock");
    std::fs::create_dir(directory.path().join("sshtpm")).unwrap();
    let _listener = UnixListener::bind(&socket).unwrap();
    let agent = AgentOfSsh {
        by: By::IdentityAgent,
        socket: Some(socket),
    };
    let keys = Ok(vec![example_key()]);
    let finding = judge(&agent, &Offered::All, &keys, &Advisor::default()).await;
    assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
    let finding = judge(
        &agent,
        &Offered::Named(Vec::new()),
        &keys,
        &Advisor::default(),
    )
    .await;
    assert!(matches!(finding, Finding::Warn(_)), "{finding:?}");
}

#[test]
fn an_agent_by_another_name_that_offers_the_keys_is_fine() {
    let key = PublicKey::from_openssh(&example_key().public_key).unwrap();
    let answer = Answer::Offers(vec![key.key_data().clone()]);
    let advice = Advisor::default();
    let keys = [example_key()];
    let look = |answer| other(By::Environment, Path::new("/x"), answer, &keys, &advice);
    assert!(matches!(look(&answer), Finding::Ok(_)));
    let empty = Answer::Offers(Vec::new());
    assert!(matches!(look(&empty), Finding::Warn(_)));
}

#[test]
fn one_key_of_a_type_that_ssh_offers_is_enough() {
    let rsa = sshtpm_dbus::KeyInfo {
        algorithm: "ssh-rsa".to_owned(),
        bits: 3072,
        ..example_key()
    };
    let accepted = AcceptedKeys::new(Some("rsa-sha2-512".to_owned()), None);
    let look = |keys| of_types(&accepted, &Ok(keys), String::new());
    assert!(matches!(look(vec![example_key()]), Finding::Warn(_)));
    assert!(matches!(look(vec![example_key(), rsa]), Finding::Ok(_)));
}

#[tokio::test]
async fn an_ssh_that_does_not_say_fails_with_its_own_words() {
    let unsaid = Unsaid::Refused("line 3: bad".to_owned());
    let Finding::Fail(advice) = check(&Err(unsaid), None, &Ok(Vec::new()), false).await else {
        panic!("it did not fail");
    };
    assert!(advice.found.contains("line 3: bad"), "{advice:?}");
}
