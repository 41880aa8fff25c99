//! An agent in front of agents that hang, end, flood, belong to others, or lead back to it.

use sshtpm_tests::agent::Connection;
use sshtpm_tests::other_agent::{odd, open_ssh};
use sshtpm_tests::process_memory::resident_kb;
use sshtpm_tests::signed_data::string;
use sshtpm_tests::{Agent, User, World, wait};

/// Where the odd agent listens.
const ODD: &str = "/run/user/1001/odd.sock";

/// Where OpenSSH's agent listens.
const OPEN_SSH: &str = "/run/user/1001/open-ssh.sock";

/// Clients that wait for answers, which would have 50 MiB together.
const CROWD: usize = 200;

/// Clients whose answers would take more than the room of all agents, 12 MiB.
const FEW: usize = 60;

/// How much larger the agent may be: what answers may hold, and as much for the moment in which one
/// grows, and for 200 clients.
const MOST_GROWTH_KB: usize = 28 * 1024;

/// An agent of alice's with a key in the TPM, in front of those at `behind`.
fn in_front_of<'m>(world: &'m World, behind: &[&str]) -> Agent<'m> {
    let alice = world.alice();
    alice.key("laptop");
    start(alice, "agent.sock", behind)
}

fn start<'m>(alice: User<'m>, name: &str, behind: &[&str]) -> Agent<'m> {
    let socket = format!("{}/{name}", alice.runtime_directory());
    Agent::start_before(alice, &socket, behind, &[])
}

#[track_caller]
fn lists_the_key_of_the_tpm(agent: &Agent<'_>) {
    let listed = agent.command("ssh-add -l").run().ok();
    assert!(listed.stdout.contains("laptop"), "{listed}");
}

#[track_caller]
fn logs(agent: &Agent<'_>, text: &str) {
    let log = agent.daemon.log();
    assert!(log.contains(text), "{log}");
}

#[test]
fn an_agent_that_hangs_delays_one_list_and_then_rests() {
    let world = World::new();
    let _agent = odd(world.alice(), ODD, "silent");
    let agent = in_front_of(&world, &[ODD]);
    lists_the_key_of_the_tpm(&agent);
    logs(&agent, "did not answer within 1 s");
    lists_the_key_of_the_tpm(&agent);
    logs(&agent, "it rests after an earlier error");
}

#[test]
fn an_agent_that_breaks_the_protocol_hides_no_key_of_the_tpm() {
    let world = World::new();
    let alice = world.alice();
    let ways = [
        ("leaving", "it hung up"),
        ("flooding", "its answer is malformed"),
        ("malformed", "its answer is malformed"),
    ];
    alice.key("laptop");
    for (way, trouble) in ways {
        let socket = format!("/run/user/1001/{way}.sock");
        let _agent = odd(alice, &socket, way);
        let agent = start(alice, &format!("before-{way}.sock"), &[&socket]);
        lists_the_key_of_the_tpm(&agent);
        logs(&agent, trouble);
    }
}

#[test]
fn unfinished_answers_of_an_agent_take_a_bounded_part_of_memory() {
    let world = World::new();
    let _agent = odd(world.alice(), ODD, "hoarding");
    let agent = in_front_of(&world, &[ODD]);
    lists_the_key_of_the_tpm(&agent);
    let before = resident_kb(agent.daemon.pid());
    let _crowd = fill_with_unfinished_answers(&agent, CROWD);
    lists_the_key_of_the_tpm(&agent);
    let growth = resident_kb(agent.daemon.pid()).saturating_sub(before);
    assert!(growth < MOST_GROWTH_KB, "it grew by {growth} KiB");
}

/// Clients that wait for signatures which the agent behind does not finish, until its room is full.
fn fill_with_unfinished_answers(agent: &Agent<'_>, count: usize) -> Vec<Connection> {
    let sign = [&[13][..], &string(string("key")), &string("data"), &[0; 4]].concat();
    let mut crowd: Vec<_> = (0..count).map(|_| agent.connect()).collect();
    for client in &mut crowd {
        client.send(&string(&sign)).expect("it is open");
    }
    let full = "its unfinished answers filled the memory for them";
    wait::until("the bound", wait::EFFECT, || {
        agent.daemon.log().contains(full).then_some(())
    });
    crowd
}

#[test]
fn unfinished_answers_of_an_agent_leave_the_others_theirs() {
    let world = World::new();
    let alice = world.alice();
    let _odd = odd(alice, ODD, "hoarding");
    let _other = open_ssh(alice, OPEN_SSH);
    let generate = "ssh-keygen -q -t ed25519 -C file -f file -N";
    alice.command(generate).arg("").run().ok();
    let add = alice.command("ssh-add -q file");
    add.env("SSH_AUTH_SOCK", OPEN_SSH).run().ok();
    alice.run("rm file").ok();
    let agent = in_front_of(&world, &[ODD, OPEN_SSH]);
    lists_the_key_of_the_tpm(&agent);
    let _crowd = fill_with_unfinished_answers(&agent, FEW);
    let listed = agent.command("ssh-add -l").run().ok();
    assert!(listed.stdout.contains(" file "), "{listed}");
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
    let sign = "ssh-keygen -q -Y sign -n file -f file.pub note";
    agent.command(sign).run().ok();
}

#[test]
fn of_ten_thousand_keys_behind_a_list_has_as_many_as_clients_take() {
    let world = World::new();
    let _agent = odd(world.alice(), ODD, "crowded");
    let agent = in_front_of(&world, &[ODD]);
    let answer = agent.connect().ask(&[11]).expect("an answer");
    let count = u32::from_be_bytes([answer[1], answer[2], answer[3], answer[4]]);
    assert_eq!(count, 2048);
    let comment = b"\0\0\0\x06laptop";
    let first = answer.windows(comment.len()).take(256);
    assert!(first.into_iter().any(|bytes| bytes == comment));
}

#[test]
fn an_agent_of_another_user_is_not_used() {
    let world = World::new();
    let socket = "/tmp/odd.sock";
    let _agent = odd(world.machine().user("bob"), socket, "crowded");
    world.root().run(&format!("chmod 777 {socket}")).ok();
    let agent = in_front_of(&world, &[socket]);
    let answer = agent.connect().ask(&[11]).expect("an answer");
    assert_eq!(answer[..5], [12, 0, 0, 0, 1]);
    logs(&agent, "it belongs to another user");
}

#[test]
fn an_agent_that_starts_or_restarts_later_is_found() {
    let world = World::new();
    let alice = world.alice();
    let agent = in_front_of(&world, &[ODD]);
    // One connection, over which it is asked before, while and after it runs.
    let mut client = agent.connect();
    let mut count = || {
        let answer = client.ask(&[11]).expect("an answer");
        u32::from_be_bytes([answer[1], answer[2], answer[3], answer[4]])
    };
    assert_eq!(count(), 1);
    for _ in 0..2 {
        let mut other = odd(alice, ODD, "crowded");
        assert_eq!(count(), 2048);
        other.kill();
        alice.run(&format!("rm {ODD}")).ok();
        assert_eq!(count(), 1);
    }
}

#[test]
fn an_agent_that_is_behind_itself_refuses_that() {
    let world = World::new();
    let alice = world.alice();
    let own = format!("{}/agent.sock", alice.runtime_directory());
    let agent = in_front_of(&world, &[&own]);
    lists_the_key_of_the_tpm(&agent);
    logs(&agent, "it is this agent itself, or leads back to it");
}

#[test]
fn two_agents_that_are_behind_each_other_end_no_list() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let other = start(alice, "other.sock", &["/run/user/1001/agent.sock"]);
    let agent = start(alice, "agent.sock", &["/run/user/1001/other.sock"]);
    for agent in [&agent, &other] {
        lists_the_key_of_the_tpm(agent);
    }
    logs(&other, "leads back to it");
    let log = agent.daemon.log();
    assert!(!log.contains("did not answer"), "{log}");
}

#[test]
fn a_detour_through_a_foreign_agent_is_found() {
    for way in ["passing", "hiding"] {
        let world = World::new();
        let alice = world.alice();
        let agent = in_front_of(&world, &[ODD]);
        let _agent = odd(alice, ODD, &format!("{way} {}", agent.socket()));
        lists_the_key_of_the_tpm(&agent);
        logs(
            &agent,
            match way {
                "passing" => "it is this agent itself, or leads back to it",
                _ => "asked no agent behind: the request comes from one of them",
            },
        );
        let log = agent.daemon.log();
        assert!(!log.contains("did not answer"), "{log}");
    }
}
