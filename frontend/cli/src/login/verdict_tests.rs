use super::super::attempt::Attempt;
use super::super::trace::{End, Trace};
use super::{Finding, Place, Seen, judge};
use crate::key_listing::{authorized_keys_line, example_key};

fn look(trace: &Trace) -> Finding {
    look_with(trace, None)
}

fn look_with(trace: &Trace, rules: Option<&Finding>) -> Finding {
    let attempt = Attempt {
        had_session: trace.end == End::LoggedIn,
        trace: trace.clone(),
    };
    look_at(&attempt, rules, "ann@alpha")
}

fn look_at(attempt: &Attempt, rules: Option<&Finding>, place: &str) -> Finding {
    let key = example_key();
    judge(&Seen {
        place: &Place::parse(place).unwrap(),
        attempt,
        keys: &[&key],
        rules,
        uses: &[],
        known_as: None,
    })
}

fn next(trace: &Trace) -> String {
    match look(trace) {
        Finding::Fail(advice) => advice.next,
        other => panic!("it did not fail: {other:?}"),
    }
}

fn denied() -> Trace {
    Trace {
        end: End::Denied("publickey".to_owned()),
        ..Trace::default()
    }
}

#[test]
fn a_key_that_the_host_does_not_accept_comes_with_its_line() {
    let trace = Trace {
        offered: vec![example_key().fingerprint],
        ..denied()
    };
    let next = next(&trace);
    let line = authorized_keys_line(&example_key());
    assert!(next.contains(&format!("`echo '{line}' >>")), "{next}");
}

#[test]
fn a_key_that_ssh_does_not_offer_is_to_be_named() {
    let trace = Trace {
        offered: vec!["SHA256:other".to_owned()],
        ..denied()
    };
    assert!(next(&trace).contains("IdentityFile"));
}

#[test]
fn a_key_that_does_not_sign_is_told_from_one_that_is_not_enough() {
    let mine = vec![example_key().fingerprint];
    let trace = Trace {
        offered: mine.clone(),
        accepted: mine,
        unsigned: true,
        ..denied()
    };
    assert!(next(&trace).contains("sshtpm log"));
    let signed = Trace {
        unsigned: false,
        ..trace
    };
    assert!(next(&signed).contains("terminal"));
}

#[test]
fn a_login_with_another_key_is_a_warning() {
    let login = |accepted: &str| Trace {
        end: End::LoggedIn,
        accepted: vec![accepted.to_owned()],
        ..Trace::default()
    };
    assert!(matches!(
        look(&login(&example_key().fingerprint)),
        Finding::Ok(_)
    ));
    assert!(matches!(look(&login("SHA256:other")), Finding::Warn(_)));
}

#[test]
fn a_changed_host_is_not_trusted_without_its_administrator() {
    let trace = Trace {
        end: End::HostChanged,
        ..Trace::default()
    };
    let next = next(&trace);
    assert!(next.contains("administrator"), "{next}");
    assert!(next.contains("`ssh-keygen -R alpha`"), "{next}");
}

#[test]
fn too_many_keys_are_answered_by_naming_one() {
    let trace = Trace {
        end: End::TooManyKeys,
        ..Trace::default()
    };
    assert!(next(&trace).contains("IdentitiesOnly yes"));
}

#[test]
fn a_key_that_its_rules_keep_back_is_not_blamed_on_ssh() {
    let rules = Finding::fail("it may not", "sshtpm restrict");
    assert_eq!(look_with(&denied(), Some(&rules)), rules);
}

#[test]
fn a_login_is_only_believed_if_there_was_a_session() {
    let trace = Trace {
        end: End::LoggedIn,
        accepted: vec![example_key().fingerprint],
        ..Trace::default()
    };
    let mut attempt = Attempt {
        trace,
        had_session: false,
    };
    let finding = look_at(&attempt, None, "alpha");
    assert!(matches!(finding, Finding::Fail(_)), "{finding:?}");
    attempt.had_session = true;
    let finding = look_at(&attempt, None, "alpha");
    assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
}

#[test]
fn a_session_that_ssh_says_nothing_about_is_a_login() {
    let attempt = Attempt {
        trace: Trace::default(),
        had_session: true,
    };
    let finding = look_at(&attempt, None, "alpha");
    assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
}

#[test]
fn a_host_is_forgotten_by_one_word_of_a_shell() {
    let attempt = Attempt {
        trace: Trace {
            end: End::HostChanged,
            ..Trace::default()
        },
        had_session: false,
    };
    let Finding::Fail(advice) = look_at(&attempt, None, "[a;b]:2222") else {
        panic!("it did not fail");
    };
    assert!(advice.next.contains("`ssh-keygen -R '[a;b]:2222'`"));
}
