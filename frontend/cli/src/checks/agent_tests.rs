use std::io;
use std::path::Path;

use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::tpm::KeyState;

use super::{Answer, Keys, check};
use crate::checks::finding::Finding;
use crate::key_listing::example_key;
use crate::probe::keys::Unlisted;
use crate::probe::own_unit::Stopped;

const PATH: &str = "/run/user/1000/sshtpm/agent.sock";

fn look(answer: Answer, keys: Keys) -> Finding {
    check(Path::new(PATH), &answer, None, &keys, false)
}

fn offered() -> Vec<KeyData> {
    let key = PublicKey::from_openssh(&example_key().public_key).unwrap();
    vec![key.key_data().clone()]
}

fn lost() -> KeyInfo {
    KeyInfo {
        state: sshtpm_dbus::WireWord(KeyState::Lost),
        ..example_key()
    }
}

#[test]
fn an_agent_that_offers_the_user_s_keys_is_fine() {
    let finding = look(Answer::Offers(offered()), Ok(vec![example_key()]));
    assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
    let finding = look(Answer::Offers(Vec::new()), Ok(Vec::new()));
    assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
}

#[test]
fn a_lost_key_need_not_be_offered() {
    let finding = look(Answer::Offers(Vec::new()), Ok(vec![lost()]));
    assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
}

#[test]
fn a_key_that_depends_on_the_screen_need_not_be_offered() {
    let while_unlocked = || KeyInfo {
        while_unlocked: true,
        ..example_key()
    };
    for offered in [Vec::new(), offered()] {
        let finding = look(Answer::Offers(offered), Ok(vec![while_unlocked()]));
        assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
    }
}

#[test]
fn an_agent_that_offers_too_little_or_too_much_fails() {
    let finding = look(Answer::Offers(Vec::new()), Ok(vec![example_key()]));
    assert!(matches!(finding, Finding::Fail(_)), "{finding:?}");
    let finding = look(Answer::Offers(offered()), Ok(Vec::new()));
    assert!(matches!(finding, Finding::Fail(_)), "{finding:?}");
}

#[test]
fn an_agent_that_is_missing_dead_silent_or_another_s_fails() {
    for answer in [
        Answer::Missing,
        Answer::Unreachable(io::ErrorKind::ConnectionRefused.into()),
        Answer::Foreign(4711),
        Answer::Refuses(io::ErrorKind::TimedOut.into()),
    ] {
        let finding = look(answer, Ok(Vec::new()));
        assert!(matches!(finding, Finding::Fail(_)), "{finding:?}");
    }
}

#[test]
fn an_agent_that_is_missing_is_started_by_systemd() {
    let Finding::Fail(advice) = look(Answer::Missing, Ok(Vec::new())) else {
        panic!("it did not fail");
    };
    let command = "`systemctl --user enable --now sshtpm-agent.socket`";
    assert!(advice.next.contains(command), "{advice:?}");
}

#[test]
fn a_socket_that_is_off_is_started_by_what_setup_runs() {
    let stopped = [
        Stopped::UntilLogin(vec!["sshtpm-agent.socket"]),
        Stopped::Disabled,
        Stopped::Masked,
    ];
    let unreachable = || Answer::Unreachable(io::ErrorKind::ConnectionRefused.into());
    for stopped in stopped {
        let commands = format!("`{}`.", stopped.commands().join("`, then `"));
        for answer in [Answer::Missing, unreachable()] {
            let keys = Ok(Vec::new());
            let Finding::Fail(advice) =
                check(Path::new(PATH), &answer, Some(&stopped), &keys, false)
            else {
                panic!("it did not fail");
            };
            assert_eq!(advice.next, commands);
        }
    }
}

#[test]
fn root_needs_no_agent() {
    let finding = check(
        Path::new(PATH),
        &Answer::Missing,
        None,
        &Ok(Vec::new()),
        true,
    );
    assert!(matches!(finding, Finding::Skipped(_)), "{finding:?}");
}

#[test]
fn an_agent_that_was_not_asked_for_its_list_is_fine() {
    let finding = look(Answer::Listens, Err(Unlisted::NotAsked));
    assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
}
