//! Tests of what counts as an unlocked session.

use super::fixtures::{IN_USE, in_use, locked};
use super::*;

/// The session of somebody who let another user have the screen.
fn in_the_background(is_locked: bool) -> Login {
    let told = Told {
        state: "online",
        is_locked,
        ..IN_USE
    };
    Login::at_a_seat(&told).expect("it is at a seat")
}

#[test]
fn a_person_is_logged_in_by_sessions_of_a_person() {
    for class in ["user", "user-early", "user-incomplete", "user-light"] {
        assert!(is_of_a_person(class), "{class}");
    }
    for class in [
        "greeter",
        "lock-screen",
        "background",
        "manager",
        "none",
        "",
    ] {
        assert!(!is_of_a_person(class), "{class}");
    }
}

#[test]
fn a_session_counts_if_a_person_has_it_at_a_seat() {
    let others = [
        Told { seat: "", ..IN_USE },
        Told {
            is_remote: true,
            ..IN_USE
        },
        Told {
            class: "greeter",
            ..IN_USE
        },
        Told {
            state: "closing",
            ..IN_USE
        },
    ];
    for told in others {
        assert_eq!(Login::at_a_seat(&told), None, "{told:?}");
    }
}

#[test]
fn an_unlocked_session_in_the_foreground_is_enough() {
    assert_eq!(check(&[in_use()]), Ok(()));
    let beside = [in_the_background(true), locked(), in_use()];
    assert_eq!(check(&beside), Ok(()));
}

#[test]
fn an_unlocked_session_in_the_background_is_not_enough() {
    assert_eq!(check(&[]), Err(NotUnlocked::Away));
    assert_eq!(check(&[in_the_background(false)]), Err(NotUnlocked::Away));
    let beside = [in_the_background(false), locked()];
    assert_eq!(check(&beside), Err(NotUnlocked::Locked));
}

#[test]
fn a_state_that_is_not_known_is_not_the_foreground() {
    for state in ["", "opening", "Active"] {
        let login = Login::at_a_seat(&Told { state, ..IN_USE });
        assert_eq!(check(login.as_slice()), Err(NotUnlocked::Away), "{state}");
    }
}

#[test]
fn a_locked_session_is_locked_in_the_background_too() {
    assert!(is_locked(&[in_use(), in_the_background(true)]));
    assert!(!is_locked(&[in_use(), in_the_background(false)]));
    assert!(!is_locked(&[]));
}

#[test]
fn each_reason_says_what_helps() {
    let reasons = [NotUnlocked::Locked, NotUnlocked::Away, NotUnlocked::NotTold];
    for (reason, help) in reasons.into_iter().zip([
        "unlock the screen",
        "log in there",
        "`systemctl status systemd-logind`",
    ]) {
        assert!(reason.to_string().contains(help), "{reason}");
    }
}
