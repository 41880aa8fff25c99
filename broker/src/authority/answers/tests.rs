use super::*;
use sshtpm_core::identity::{Owner, UserName};

const REUSE: Duration = Duration::from_secs(5);

/// An hour after the machine was started.
const NOW: Duration = Duration::from_secs(3600);

const EVERY: [Action; 15] = [
    Action::UseOwnKey,
    Action::ConfirmUse,
    Action::ListOwnKeys,
    Action::CommentOwnKey,
    Action::CertifyOwnKey,
    Action::AttestOwnKey,
    Action::CreateOwnKey,
    Action::DeleteOwnKey,
    Action::RestrictOwnKey,
    Action::ChangeOwnKey,
    Action::ManageHostKeys,
    Action::ManageOthers,
    Action::InspectTpm,
    Action::IdentifyTpm,
    Action::ManageTpm,
];

fn caller(uid: u32, bus_name: &str) -> Caller {
    let name = UserName::new(format!("user{uid}")).expect("a name");
    Caller {
        bus_name: bus_name.to_owned(),
        owner: Owner::new(Uid(uid), name),
        interactive: false,
    }
}

fn alice() -> Caller {
    caller(1001, ":1.42")
}

fn details(entries: &[(&'static str, &str)]) -> Details {
    let entries = entries
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Details {
        entries: entries.collect(),
        message: "Authentication is required".into(),
    }
}

fn login() -> Details {
    details(&[("key", "SHA256:a"), ("purpose", "auth"), ("user", "git")])
}

fn result(is_authorized: bool, is_challenge: bool, details: &[&str]) -> AuthorizationResult {
    let details = details
        .iter()
        .map(|name| ((*name).to_owned(), "1".to_owned()));
    AuthorizationResult {
        is_authorized,
        is_challenge,
        details: details.collect(),
    }
}

fn yes() -> AuthorizationResult {
    result(true, false, &[])
}

/// Answers of which nothing was asked yet.
fn answers() -> Answers {
    Answers::new(REUSE)
}

impl Answers {
    /// alice's login was asked about now, and allowed.
    fn allowed(&mut self) {
        self.answered(&alice(), Action::UseOwnKey, &login(), &yes());
    }

    fn answered(
        &mut self,
        caller: &Caller,
        action: Action,
        details: &Details,
        answer: &AuthorizationResult,
    ) {
        let asked = self.asking(NOW);
        self.keep(asked, caller, action, details, answer);
    }

    fn know(&self) -> bool {
        self.allow(&alice(), Action::UseOwnKey, &login(), NOW)
    }
}

#[test]
fn what_was_allowed_is_known_for_the_same_question() {
    let mut answers = answers();
    assert!(!answers.know());
    answers.allowed();
    assert!(answers.know());
}

#[test]
fn it_is_known_from_when_it_was_asked_for_as_long_as_configured() {
    let mut answers = answers();
    let asked = answers.asking(NOW);
    answers.keep(asked, &alice(), Action::UseOwnKey, &login(), &yes());
    let last = NOW + REUSE - Duration::from_nanos(1);
    assert!(answers.allow(&alice(), Action::UseOwnKey, &login(), last));
    assert!(!answers.allow(&alice(), Action::UseOwnKey, &login(), NOW + REUSE));
}

#[test]
fn to_know_it_does_not_make_it_last() {
    let mut answers = answers();
    answers.allowed();
    let later = NOW + REUSE / 2;
    assert!(answers.allow(&alice(), Action::UseOwnKey, &login(), later));
    assert!(!answers.allow(&alice(), Action::UseOwnKey, &login(), NOW + REUSE));
}

#[test]
fn another_connection_user_or_action_is_another_question() {
    let mut answers = answers();
    answers.allowed();
    let allow = |caller, action| answers.allow(&caller, action, &login(), NOW);
    assert!(!allow(caller(1001, ":1.43"), Action::UseOwnKey));
    assert!(!allow(caller(1002, ":1.42"), Action::UseOwnKey));
    assert!(!allow(alice(), Action::ListOwnKeys));
}

#[test]
fn any_other_detail_is_another_question() {
    let mut answers = answers();
    answers.allowed();
    for other in [
        details(&[]),
        details(&[("key", "SHA256:a"), ("purpose", "auth")]),
        details(&[("key", "SHA256:b"), ("purpose", "auth"), ("user", "git")]),
        details(&[("key", "SHA256:a"), ("purpose", "auth"), ("user", "root")]),
        details(&[
            ("key", "SHA256:a"),
            ("purpose", "auth"),
            ("namespace", "git"),
        ]),
        details(&[
            ("key", "SHA256:a"),
            ("purpose", "authuser"),
            ("user", "git"),
        ]),
    ] {
        assert!(
            !answers.allow(&alice(), Action::UseOwnKey, &other, NOW),
            "{other:?}"
        );
    }
}

#[test]
fn no_answer_but_a_plain_yes_is_kept() {
    for answer in [
        result(false, false, &[]),
        result(false, true, &[]),
        result(true, true, &[]),
        result(true, false, &["polkit.temporary_authorization_id"]),
        result(
            true,
            false,
            &["polkit.retains_authorization_after_challenge"],
        ),
        result(true, false, &["polkit.something_new"]),
    ] {
        let mut answers = answers();
        answers.answered(&alice(), Action::UseOwnKey, &login(), &answer);
        assert!(!answers.know(), "{answer:?}");
    }
}

#[test]
fn that_polkit_repeats_what_it_was_told_is_no_remark() {
    let mut answer = yes();
    let told = login().entries.into_iter();
    answer.details = told.map(|(name, value)| (name.to_owned(), value)).collect();
    let mut answers = answers();
    answers.answered(&alice(), Action::UseOwnKey, &login(), &answer);
    assert!(answers.know());

    answer.details.insert("user".to_owned(), "root".to_owned());
    let mut answers = Answers::new(REUSE);
    answers.answered(&alice(), Action::UseOwnKey, &login(), &answer);
    assert!(!answers.know());
}

#[test]
fn only_the_use_and_the_list_of_own_keys_are_not_asked_each_time() {
    let reused = EVERY.into_iter().filter(|action| {
        let mut answers = answers();
        answers.answered(&alice(), *action, &login(), &yes());
        answers.allow(&alice(), *action, &login(), NOW)
    });
    assert_eq!(
        reused.collect::<Vec<_>>(),
        [Action::UseOwnKey, Action::ListOwnKeys]
    );
}

#[test]
fn what_is_forgotten_is_not_known_and_what_was_being_asked_is_not_kept() {
    let mut answers = answers();
    answers.allowed();
    let asked = answers.asking(NOW);
    answers.forget();
    assert!(!answers.know());
    answers.keep(asked, &alice(), Action::UseOwnKey, &login(), &yes());
    assert!(!answers.know());
    answers.allowed();
    assert!(answers.know());
}

#[test]
fn another_time_begins_with_nothing_and_no_time_keeps_nothing() {
    let mut answers = answers();
    answers.allowed();
    answers.set_reuse(2 * REUSE);
    assert!(!answers.know());
    answers.allowed();
    let later = NOW + REUSE;
    assert!(answers.allow(&alice(), Action::UseOwnKey, &login(), later));
    answers.set_reuse(Duration::ZERO);
    answers.allowed();
    assert!(!answers.know());
    assert_eq!(answers.in_all, 0);
}

/// `count` answers of `uid`, the oldest first.
fn fill(answers: &mut Answers, uid: u32, count: usize) {
    for number in 0..count {
        let caller = caller(uid, &format!(":1.{number}"));
        answers.answered(&caller, Action::UseOwnKey, &login(), &yes());
    }
}

fn known(answers: &Answers, uid: u32, number: usize) -> bool {
    let caller = caller(uid, &format!(":1.{number}"));
    answers.allow(&caller, Action::UseOwnKey, &login(), NOW)
}

#[test]
fn who_asks_much_pushes_out_ones_own_oldest_answers_alone() {
    let mut answers = answers();
    fill(&mut answers, 1002, 1);
    fill(&mut answers, 1001, MOST_OF_USER + 1);
    assert!(!known(&answers, 1001, 0));
    assert!(known(&answers, 1001, 1) && known(&answers, 1001, MOST_OF_USER));
    assert!(known(&answers, 1002, 0));
    assert_eq!(answers.in_all, MOST_OF_USER + 1);
}

/// Users who, each with as much as one may have, take all places.
const CROWD: u32 = 80;

#[test]
fn all_answers_are_bounded_and_fresh_ones_stay() {
    let mut answers = answers();
    for uid in 0..CROWD {
        fill(&mut answers, uid, MOST_OF_USER);
    }
    fill(&mut answers, CROWD, 1);
    assert!(!known(&answers, CROWD, 0));
    let newest = |uid| known(&answers, uid, MOST_OF_USER - 1);
    assert!((0..CROWD).all(newest));
    assert_eq!(answers.in_all, MOST_IN_ALL);

    // One's own place is one's own.
    fill(&mut answers, CROWD - 1, 1);
    assert!(known(&answers, CROWD - 1, 0));
    assert_eq!(answers.in_all, MOST_IN_ALL);
}

#[test]
fn users_who_ask_much_leave_room_for_an_answer_to_another() {
    let mut answers = answers();
    // As many as would take all places if each had as many as one may have otherwise.
    for uid in 0..u32::try_from(MOST_IN_ALL / MOST_OF_USER).expect("a small number") {
        fill(&mut answers, uid, MOST_OF_USER);
    }
    fill(&mut answers, CROWD, 1);
    assert!(known(&answers, CROWD, 0));
}

#[test]
fn what_is_too_old_makes_room() {
    let mut answers = answers();
    let users = u32::try_from(MOST_IN_ALL / MOST_OF_USER).expect("a small number");
    for uid in 0..users {
        fill(&mut answers, uid, MOST_OF_USER);
    }
    let later = NOW + REUSE;
    let asked = answers.asking(later);
    answers.keep(asked, &alice(), Action::UseOwnKey, &login(), &yes());
    assert!(answers.allow(&alice(), Action::UseOwnKey, &login(), later));
    assert_eq!(answers.in_all, 1);
}

#[test]
fn another_answer_to_the_same_question_takes_the_place_of_the_first() {
    let mut answers = answers();
    answers.allowed();
    answers.allowed();
    assert_eq!(answers.in_all, 1);
    let no = result(false, false, &[]);
    answers.answered(&alice(), Action::UseOwnKey, &login(), &no);
    assert!(!answers.know());
    assert_eq!(answers.in_all, 0);
}

mod ahead;
