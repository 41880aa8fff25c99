//! What is asked again ahead of the end of its answer.

use super::super::ahead::{IN_USE, MOST_AHEAD, Next, SLOW, STAYS_SLOW};
use super::*;

const DUE: Duration = Duration::from_secs(3600 + 3);

/// Answers of a polkit that is slow.
fn slow() -> Answers {
    let mut answers = answers();
    answers.polkit_is_slow(NOW);
    answers
}

/// Takes what is due at `now`, and has it answered then.
fn renew(answers: &mut Answers, now: Duration, answer: Option<&AuthorizationResult>) {
    let matter = answers.take_due(now).expect("it is due");
    let asked = answers.asking(now);
    answers.asked_again(asked, &matter, answer);
}

fn knows(answers: &Answers, now: Duration) -> bool {
    answers.allow(&alice(), Action::UseOwnKey, &login(), now)
}

#[test]
fn nothing_is_asked_ahead_while_polkit_answers_quickly() {
    let mut answers = answers();
    let asked = answers.asking(NOW - SLOW);
    answers.took(asked, NOW - Duration::from_nanos(1));
    answers.allowed();
    assert_eq!(answers.next(NOW), Next::Look);
    assert!(answers.take_due(DUE).is_none());
}

#[test]
fn a_slow_answer_makes_questions_come_ahead_for_a_while() {
    let mut answers = answers();
    answers.allowed();
    let asked = answers.asking(NOW - SLOW);
    answers.took(asked, NOW);
    assert_eq!(answers.next(NOW), Next::Ask(NOW + REUSE / 2));
    // One that was quick says little.
    let asked = answers.asking(NOW);
    answers.took(asked, NOW);
    assert_eq!(answers.next(NOW), Next::Ask(NOW + REUSE / 2));
    assert_eq!(answers.next(NOW + STAYS_SLOW), Next::Look);
    assert!(answers.take_due(NOW + STAYS_SLOW).is_none());
}

#[test]
fn the_bus_is_not_looked_at_while_nothing_is_in_use() {
    let mut answers = answers();
    assert_eq!(answers.next(NOW), Next::Nothing);
    answers.allowed();
    assert_eq!(answers.next(NOW + IN_USE), Next::Nothing);
}

#[test]
fn a_slow_polkit_is_asked_again_in_the_middle_of_the_time() {
    let mut answers = slow();
    answers.allowed();
    assert_eq!(answers.next(NOW), Next::Ask(NOW + REUSE / 2));
    assert!(answers.take_due(NOW + REUSE / 2 - SLOW).is_none());
    assert!(answers.take_due(NOW + REUSE / 2).is_some());
}

#[test]
fn an_answer_ahead_counts_from_when_it_was_asked() {
    let mut answers = slow();
    answers.allowed();
    renew(&mut answers, DUE, Some(&yes()));
    answers.polkit_is_slow(DUE + REUSE + ANSWER_LIMIT);
    assert!(knows(&answers, NOW + REUSE + ANSWER_LIMIT));
    assert!(!knows(&answers, DUE + REUSE + ANSWER_LIMIT));
    assert_eq!(answers.next(DUE), Next::Ask(DUE + REUSE / 2));
}

#[test]
fn an_answer_of_a_slow_polkit_counts_until_the_next_may_have_come() {
    let mut answers = answers();
    answers.allowed();
    let end = NOW + REUSE + ANSWER_LIMIT;
    assert!(!knows(&answers, NOW + REUSE), "it is quick");
    answers.polkit_is_slow(end);
    assert!(knows(&answers, end - Duration::from_nanos(1)));
    assert!(!knows(&answers, end));
}

#[test]
fn an_answer_counts_no_longer_than_usual_once_polkit_is_quick() {
    let mut answers = slow();
    answers.allowed();
    let quick = NOW + STAYS_SLOW;
    assert!(knows(&answers, quick - Duration::from_nanos(1)));
    assert!(!knows(&answers, quick));
}

#[test]
fn a_slow_polkit_is_asked_each_time_if_nothing_may_be_reused() {
    let mut answers = Answers::new(Duration::ZERO);
    answers.polkit_is_slow(NOW);
    answers.allowed();
    assert!(!knows(&answers, NOW));
}

#[test]
fn what_no_request_used_for_long_is_not_asked_ahead() {
    let mut answers = answers();
    answers.allowed();
    let late = NOW + IN_USE;
    answers.polkit_is_slow(late);
    assert!(answers.take_due(late).is_none());
    assert_eq!(answers.next(late), Next::Nothing);
    answers.used(&alice(), Action::UseOwnKey, &login(), DUE);
    assert!(answers.take_due(late).is_some());
}

#[test]
fn an_answer_that_ended_is_asked_for_once_polkit_gets_slow() {
    let mut answers = answers();
    answers.allowed();
    let later = NOW + REUSE + ANSWER_LIMIT;
    answers.polkit_is_slow(later);
    assert!(!knows(&answers, later));
    renew(&mut answers, later, Some(&yes()));
    assert!(knows(&answers, later));
}

#[test]
fn no_answer_ahead_but_a_plain_yes_leaves_the_earlier_one() {
    let temporary = result(true, false, &["polkit.temporary_authorization_id"]);
    let no = result(false, false, &[]);
    for answer in [Some(&no), Some(&temporary), None] {
        let mut answers = slow();
        answers.allowed();
        renew(&mut answers, DUE, answer);
        assert!(!knows(&answers, DUE), "{answer:?}");
        assert!(answers.take_due(DUE + REUSE).is_none(), "{answer:?}");
    }
}

#[test]
fn what_was_forgotten_while_it_was_asked_again_stays_forgotten() {
    let mut answers = slow();
    answers.allowed();
    let matter = answers.take_due(DUE).expect("it is due");
    let asked = answers.asking(DUE);
    answers.forget();
    assert!(!answers.is_to_be_asked_again(&matter));
    answers.asked_again(asked, &matter, Some(&yes()));
    assert!(!knows(&answers, DUE));

    // What was asked since then is not ended by what was asked before.
    answers.allowed();
    answers.asked_again(asked, &matter, Some(&result(false, false, &[])));
    assert!(knows(&answers, NOW));
}

#[test]
fn a_request_that_asked_meanwhile_makes_the_question_needless() {
    let mut answers = slow();
    answers.allowed();
    let matter = answers.take_due(DUE).expect("it is due");
    assert!(answers.is_to_be_asked_again(&matter));
    answers.allowed();
    assert!(!answers.is_to_be_asked_again(&matter));
}

#[test]
fn users_have_one_question_ahead_at_a_time_the_last_used_first() {
    let mut answers = slow();
    fill(&mut answers, 1001, 3);
    let last = caller(1001, ":1.1");
    let later = NOW + Duration::from_secs(1);
    answers.used(&last, Action::UseOwnKey, &login(), later);
    let matter = answers.take_due(DUE).expect("it is due");
    assert_eq!(matter.caller.bus_name, ":1.1");
    assert!(answers.take_due(DUE).is_none());
    assert_eq!(answers.next(DUE), Next::Nothing);
    fill(&mut answers, 1002, 1);
    assert!(answers.take_due(DUE).is_some());
}

#[test]
fn few_questions_are_asked_ahead_at_a_time() {
    let mut answers = slow();
    for uid in 0..100 {
        fill(&mut answers, uid, 1);
    }
    let ahead = std::iter::from_fn(|| answers.take_due(DUE)).count();
    assert_eq!(ahead, MOST_AHEAD);
}
