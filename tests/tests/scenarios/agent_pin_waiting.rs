//! Requests that wait while an agent asks for the PIN of a key, and clients that leave before that.

use sshtpm_tests::call::none;
use sshtpm_tests::signed_data::{blob, sshsig, sshsig_in, string};
use sshtpm_tests::use_record::{log, outcomes};
use sshtpm_tests::{User, World, wait};

use crate::agent_pin::{PIN, SIGN, agent_with_askpass, asked, askpass, choose};

#[test]
fn a_question_holds_up_no_other_request() {
    let world = World::new();
    let alice = world.alice();
    let (locked, open) = (alice.key_with_pin("locked", PIN), alice.key("open"));
    choose(alice, &locked);
    askpass(alice, &format!("cat answer >/dev/null; echo {PIN}"));
    alice.run("mkfifo /home/alice/answer").ok();
    let agent = agent_with_askpass(alice);
    let waiting = agent.command(SIGN).start();
    wait::until("the question", wait::EFFECT, || {
        (asked(alice).len() == 1).then_some(())
    });

    agent.command("ssh-add -l").run().ok();
    let shown = alice.run(&format!("sshtpm show {open}")).ok();
    alice.write("/home/alice/open.pub", shown.stdout);
    alice.write("/home/alice/other", "I owe bob nothing.\n");
    let other = "ssh-keygen -q -Y sign -n file -f open.pub other";
    agent.command(other).run().ok();

    alice.write("/home/alice/answer", "now\n");
    waiting.finish(wait::COMMAND).ok();
}

#[test]
fn a_client_that_leaves_takes_its_question_along() {
    let world = World::new();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    askpass(alice, "sleep 600 & echo $! >dialogue; wait");
    let agent = agent_with_askpass(alice);
    let waiting = agent.command(SIGN).start();
    let pid = dialogue(alice);
    waiting.kill();
    has_ended(alice, pid);
}

#[test]
fn a_pin_signs_nothing_for_a_client_that_has_left() {
    let world = World::new();
    let alice = world.alice();
    alice.key_with_pin("laptop", PIN);
    let keys = alice.list(none()).expect("keys can be listed");
    askpass(
        alice,
        &format!("until [ -e answer ]; do sleep 0.01; done; echo {PIN}"),
    );
    let agent = agent_with_askpass(alice);
    let ask = |namespace: &str| {
        let data = string(sshsig_in(namespace, "data"));
        let request = [&[13][..], &string(blob(&keys[0])), &data, &[0; 4]];
        let mut client = agent.connect();
        client.send(&string(request.concat())).expect("it is open");
        client
    };
    // The answer comes after everything that the agent has heard before.
    let list = || agent.connect().ask(&[11]).expect("an answer");
    let leaves = ask("leaves");
    wait::until("the question", wait::EFFECT, || {
        (asked(alice).len() == 1).then_some(())
    });
    let mut stays = ask("stays");
    wait::until("two refusals", wait::EFFECT, || {
        (outcomes(alice) == ["PinRequired", "PinRequired"]).then_some(())
    });
    list();
    drop(leaves);
    list();
    alice.write("/home/alice/answer", "");

    assert_eq!(stays.receive().expect("an answer")[0], 14);
    assert_eq!(asked(alice).len(), 1);
    let uses = log(alice);
    let signed = uses.iter().filter(|used| used["outcome"] == "signed");
    let namespaces: Vec<_> = signed.map(|used| &used["namespace"]).collect();
    assert_eq!(namespaces, ["stays"]);
}

#[test]
fn a_lock_takes_the_question_along_and_what_waits_for_it() {
    let world = World::new();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    askpass(alice, "sleep 600 & echo $! >dialogue; wait");
    let agent = agent_with_askpass(alice);
    let waiting = agent.command(SIGN).start();
    let pid = dialogue(alice);
    // `ssh-add -x`, with the passphrase "sesame".
    let lock = [&[22, 0, 0, 0, 6][..], b"sesame"].concat();
    assert_eq!(agent.connect().ask(&lock).expect("an answer"), [6]);
    let ended = waiting.finish(wait::EFFECT);
    assert_ne!(ended.code(), 0, "{ended}");
    has_ended(alice, pid);
    let keys = alice.list(none()).expect("a list");
    assert_eq!(keys[0]["Unlocked"], false);
}

/// Waits for the dialogue whose process ID alice's program noted.
fn dialogue(alice: User<'_>) -> u32 {
    wait::until("the dialogue", wait::EFFECT, || {
        let pid = alice.run("cat /home/alice/dialogue").stdout;
        pid.trim().parse().ok()
    })
}

fn has_ended(alice: User<'_>, pid: u32) {
    wait::until("the end of the dialogue", wait::EFFECT, || {
        let state = alice.run(&format!("cat /proc/{pid}/stat")).stdout;
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
}

#[test]
fn a_hundred_requests_wait_for_one_answer() {
    let world = World::new();
    let alice = world.alice();
    alice.key_with_pin("laptop", PIN);
    let keys = alice.list(none()).expect("keys can be listed");
    askpass(
        alice,
        &format!("until [ -e answer ]; do sleep 0.01; done; echo {PIN}"),
    );
    let agent = agent_with_askpass(alice);
    let request = [
        &[13][..],
        &string(blob(&keys[0])),
        &string(sshsig("data")),
        &[0; 4],
    ];
    let request = string(request.concat());
    let mut clients: Vec<_> = (0..100).map(|_| agent.connect()).collect();
    for client in &mut clients {
        client.send(&request).expect("it is open");
    }
    wait::until("the question", wait::EFFECT, || {
        (!asked(alice).is_empty()).then_some(())
    });
    alice.write("/home/alice/answer", "");
    for client in &mut clients {
        assert_eq!(client.receive().expect("an answer")[0], 14);
    }
    assert_eq!(asked(alice).len(), 1);
}
