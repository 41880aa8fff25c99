//! The connections behind of one client, with agents at the other ends of real sockets.

use std::rc::Rc;

use futures_util::FutureExt;
use sshtpm_ssh::limits::MAX_INTERACTIVE_SECONDS;
use sshtpm_ssh::session::Binding;
use tokio::task::LocalSet;
use tokio::time::{Duration, Instant, advance};

use super::Links;
use crate::behind::exchange::{MAX_TOLD, Told};
use crate::behind::fake_agents::{
    Answer, FakeAgents, provoked, silent, unbound, unsigned, unwilling, willing, with_key,
};
use crate::behind::host_places::MAX_FORWARDED;
use crate::behind::passage::Passage;
use crate::origin::Origin;

const ADD_IDENTITY: u8 = 17;
const EXTENSION: u8 = 27;
const LIST: u8 = 11;

async fn with<T>(answers: &[Answer], test: impl AsyncFnOnce(FakeAgents, Links) -> T) -> T {
    let fakes = FakeAgents::new(answers);
    let links = Links::new(fakes.agents());
    LocalSet::new().run_until(test(fakes, links)).await
}

fn through(sessions: &[bool]) -> Passage {
    let binding = |&is_forwarding: &bool| Binding {
        host_key: b"host".to_vec(),
        session_id: b"id".to_vec(),
        signature: b"signature".to_vec(),
        is_forwarding,
    };
    let is_forwarded = sessions.contains(&true);
    Passage {
        sessions: Rc::new(sessions.iter().map(binding).collect()),
        origin: match is_forwarded {
            true => Origin::Forwarded,
            false => Origin::Local,
        },
    }
}

fn local() -> Passage {
    Passage::default()
}

/// How many keys are listed.
async fn count(links: &mut Links, passage: &Passage) -> usize {
    let lists = links.identities(passage).await;
    lists.iter().map(Vec::len).sum()
}

#[tokio::test]
async fn an_agent_is_told_of_each_session_once_and_in_order() {
    with(&[with_key, willing], async |fakes, mut links| {
        let binding = b"\0\0\0\x18session-bind@openssh.com\0\0\0\x04host\0\0\0\x02id\
                        \0\0\0\x09signature\x01";
        assert_eq!(count(&mut links, &through(&[true])).await, 1);
        let first = fakes.got.borrow()[0].clone();
        assert_eq!(first, (0, [&[EXTENSION], &binding[..]].concat()));
        assert_eq!(count(&mut links, &through(&[true, false])).await, 1);
        let expected = [(0, EXTENSION), (0, LIST)].repeat(2);
        assert_eq!(fakes.kinds(), expected);
    })
    .await;
}

#[tokio::test]
async fn a_forwarded_request_reaches_no_agent_that_knows_no_sessions() {
    with(&[unbound, willing], async |fakes, mut links| {
        assert_eq!(count(&mut links, &through(&[true])).await, 0);
        assert_eq!(links.ask(0, &[13], &through(&[true])).await, None);
        assert!(fakes.kinds().iter().all(|(_, kind)| *kind == EXTENSION));
    })
    .await;
}

#[tokio::test]
async fn a_local_request_reaches_an_agent_that_knows_no_sessions() {
    with(&[unbound, willing], async |_, mut links| {
        assert_eq!(count(&mut links, &through(&[false])).await, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_hangs_delays_one_list_of_all_connections() {
    with(&[silent, with_key, willing], async |fakes, mut links| {
        let before = Instant::now();
        assert_eq!(count(&mut links, &local()).await, 1);
        assert_eq!(before.elapsed().as_secs(), 1);
        let mut others = Links::new(Rc::clone(&links.agents));
        for links in [&mut links, &mut others] {
            let before = Instant::now();
            assert_eq!(count(links, &local()).await, 1);
            assert!(before.elapsed() < Duration::from_millis(10));
        }
        advance(Duration::from_secs(31)).await;
        let asked = |fakes: &FakeAgents| fakes.kinds().iter().filter(|(one, _)| *one == 0).count();
        assert_eq!(asked(&fakes), 1);
        links.identities(&local()).await;
        assert_eq!(asked(&fakes), 2);
    })
    .await;
}

#[tokio::test]
async fn another_host_makes_an_agent_rest_for_other_hosts_alone() {
    with(&[provoked, willing], async |_, mut links| {
        let mut local_links = Links::new(Rc::clone(&links.agents));
        assert_eq!(links.ask_in_turn(&[200], &through(&[true])).await, None);
        assert_eq!(count(&mut links, &through(&[true])).await, 0);
        assert_eq!(count(&mut local_links, &local()).await, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_person_has_minutes_and_one_who_is_away_makes_no_agent_rest() {
    with(&[unsigned, willing], async |_, mut links| {
        let before = Instant::now();
        assert_eq!(links.ask(0, &[13], &local()).await, None);
        assert_eq!(before.elapsed().as_secs(), MAX_INTERACTIVE_SECONDS);
        assert_eq!(count(&mut links, &local()).await, 1);
    })
    .await;
}

#[tokio::test]
async fn requests_of_a_host_at_agents_leave_places_to_others() {
    with(&[silent, willing], async |_, links| {
        let new = || Links::new(Rc::clone(&links.agents));
        let (mut asking, passage) = (Vec::new(), through(&[true]));
        let refused = loop {
            assert!(asking.len() <= MAX_FORWARDED);
            let (mut links, passage) = (new(), passage.clone());
            let mut one = Box::pin(async move { links.ask(0, &[13], &passage).await });
            match one.as_mut().now_or_never() {
                None => asking.push(one),
                refused => break refused,
            }
        };
        assert_eq!(refused, Some(None));
        let mut other = through(&[true]);
        Rc::make_mut(&mut other.sessions)[0].host_key = b"other".to_vec();
        for passage in [other, local()] {
            assert_eq!(new().ask(0, &[13], &passage).now_or_never(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_of_another_host_never_waits_for_a_turn() {
    with(&[silent, willing], async |_, links| {
        let turn = |passage| links.agents.turn_to_list(&passage).now_or_never();
        let forwarded = || turn(through(&[true])).expect("it does not wait");
        let _taken: Vec<_> = std::iter::from_fn(forwarded).collect();
        let local: Vec<_> = std::iter::from_fn(|| turn(local())).collect();
        // A further one waits.
        assert_eq!(local.len(), 8);
    })
    .await;
}

#[tokio::test]
async fn only_a_local_ordinary_key_starts_the_agent_of_openssh() {
    with(&[willing], async |fakes, mut links| {
        let add = [ADD_IDENTITY, 0];
        assert_eq!(links.ask_ordinary(&add, &through(&[true])).await, None);
        assert_eq!(count(&mut links, &local()).await, 0);
        assert!(!fakes.was_started.get());
        let added = links.ask_ordinary(&add, &local()).await;
        assert_eq!(added, Some(vec![6]));
        assert_eq!(fakes.got.borrow().last(), Some(&(0, add.to_vec())));
    })
    .await;
}

#[tokio::test]
async fn an_agent_that_is_marked_gets_ordinary_keys() {
    with(&[willing, willing, willing], async |fakes, _| {
        let mut links = Links::new(fakes.agents_with(Some(1)));
        let added = links.ask_ordinary(&[ADD_IDENTITY], &local()).await;
        assert_eq!(added, Some(vec![6]));
        assert_eq!(fakes.kinds(), [(1, ADD_IDENTITY)]);
        assert!(!fakes.was_started.get());
    })
    .await;
}

#[tokio::test]
async fn an_unknown_message_goes_to_the_first_agent_that_takes_it() {
    with(&[unwilling, willing, willing], async |fakes, mut links| {
        assert_eq!(links.ask_in_turn(&[200], &local()).await, Some(vec![6]));
        assert_eq!(fakes.kinds(), [(0, 200), (1, 200)]);
    })
    .await;
}

#[tokio::test]
async fn all_agents_are_told_and_one_that_refuses_is_noticed() {
    with(&[willing, willing, willing], async |fakes, mut links| {
        assert_eq!(links.tell_all(&[19], &local()).await, Told::Agreed);
        // OpenSSH's is not started for that.
        assert_eq!(fakes.kinds(), [(0, 19), (1, 19)]);
    })
    .await;
    with(&[willing], async |_, mut links| {
        assert_eq!(links.tell_all(&[19], &local()).await, Told::Absent);
    })
    .await;
    with(&[unwilling, willing], async |_, mut links| {
        assert_eq!(links.tell_all(&[19], &local()).await, Told::Refused);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_has_time_to_do_what_it_is_told_and_none_to_list() {
    with(&[with_key, willing], async |fakes, mut links| {
        fakes.delay.set(Duration::from_secs(4));
        assert_eq!(count(&mut links, &local()).await, 0);
        let mut others = Links::new(Rc::clone(&links.agents));
        assert_eq!(others.tell_all(&[19], &local()).await, Told::Agreed);
        fakes.delay.set(MAX_TOLD);
        let before = Instant::now();
        assert_eq!(links.tell_all(&[19], &local()).await, Told::Refused);
        assert_eq!(before.elapsed().as_secs(), MAX_TOLD.as_secs());
    })
    .await;
}

#[tokio::test]
async fn requests_that_lead_back_from_an_agent_reach_none() {
    with(&[with_key, willing], async |fakes, mut links| {
        assert!(links.follow(b"malformed").is_err());
        assert_eq!(count(&mut links, &local()).await, 0);
        assert_eq!(fakes.kinds(), []);
    })
    .await;
}
