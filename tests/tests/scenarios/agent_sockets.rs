//! Agents with sockets of their own, which offer some of the keys, and where agents listen.

use serde_json::Value;
use sshtpm_tests::agent::Connection;
use sshtpm_tests::call::{none, purposes};
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::signed_data::{blob, sshsig, string};
use sshtpm_tests::{Agent, User, World, wait};

/// The file of alice.
const FILE: &str = "/home/alice/.config/sshtpm/agent.toml";

/// Numbers of messages (RFC 9987).
const FAILURE: u8 = 5;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

fn configure(alice: User<'_>, text: &str) {
    alice.run("mkdir -p /home/alice/.config/sshtpm").ok();
    alice.write(FILE, text);
}

/// The comments that an agent offers, in order.
fn offered(alice: User<'_>, socket: &str) -> Vec<String> {
    let list = alice.command("ssh-add -L").env("SSH_AUTH_SOCK", socket);
    let list = list.run();
    // It says in words that there is none.
    let lines = if list.code() == 0 { &list.stdout } else { "" };
    let comments = lines.lines().filter_map(|line| line.splitn(3, ' ').nth(2));
    comments.map(str::to_owned).collect()
}

/// The agent with this name, which serves its socket as its unit does.
fn named(alice: User<'_>, name: &str) -> (Daemon, String) {
    let socket = format!("/run/user/1001/sshtpm/{name}.sock");
    let daemon = alice.command("sshtpm-agent -D --name").arg(name).daemon();
    alice.wait_for_listener(&socket);
    (daemon, socket)
}

fn signs(connection: &mut Connection, key: &Value, data: &[u8]) -> bool {
    let request = [
        vec![SIGN_REQUEST],
        string(blob(key)),
        string(data),
        vec![0; 4],
    ];
    let answer = connection.ask(&request.concat()).expect("an answer");
    assert!([SIGN_RESPONSE, FAILURE].contains(&answer[0]), "{answer:?}");
    answer[0] == SIGN_RESPONSE
}

#[test]
fn a_named_socket_offers_and_uses_its_keys_alone() {
    let world = World::new();
    let alice = world.alice();
    let key = |comment, options| alice.generate("", comment, options).expect("a key");
    let work = key("work", none());
    let home = key("home", none());
    let files = key("files", purposes(&["sign"]));
    let fingerprint = home["Fingerprint"].as_str().expect("a fingerprint");
    configure(
        alice,
        &format!(
            "[agent.one]\nonly = [\"work\"]\n\
             [agent.two]\nonly = [\"{fingerprint}\", \"purpose:sign\"]\n\
             [agent.three]\nonly = [\"{fingerprint}\"]\n"
        ),
    );
    for (name, expected) in [
        ("one", ["work"].as_slice()),
        ("two", &["files", "home", "work"]),
        ("three", &["home"]),
    ] {
        let (_daemon, socket) = named(alice, name);
        // Keys of one second are listed in any order.
        let mut comments = offered(alice, &socket);
        comments.sort();
        assert_eq!(comments, expected, "{name}");
        let mut connection = Connection::to(world.machine(), &socket);
        for (key, comment) in [(&work, "work"), (&home, "home"), (&files, "files")] {
            let signs = signs(&mut connection, key, &sshsig("data"));
            assert_eq!(signs, expected.contains(&comment), "{name} with {comment}");
        }
    }
}

#[test]
fn a_key_that_is_renamed_leaves_the_socket_for_its_name() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "work", none()).expect("a key");
    configure(alice, "[agent.work]\nonly = [\"work\"]\n");
    let (_daemon, socket) = named(alice, "work");
    let mut connection = Connection::to(world.machine(), &socket);
    assert!(signs(&mut connection, &key, &sshsig("data")));
    alice.run("sshtpm comment work home").ok();
    assert!(!signs(&mut connection, &key, &sshsig("data")));
    assert_eq!(offered(alice, &socket), [] as [&str; 0]);
}

#[test]
fn keys_on_the_command_line_are_the_only_ones() {
    let world = World::new();
    let alice = world.alice();
    alice.key("work");
    alice.key("home");
    let list = |arguments: &str| {
        let command = format!("sshtpm-agent {arguments} -- ssh-add -L");
        alice.run(&command).ok().stdout
    };
    let one = list("--only home");
    assert!(one.contains(" home\n") && !one.contains(" work\n"), "{one}");
    let both = list("--only home --only work");
    assert!(
        both.contains(" home\n") && both.contains(" work\n"),
        "{both}"
    );
}

#[test]
fn an_agent_that_no_table_describes_does_not_start() {
    let world = World::new();
    let alice = world.alice();
    alice.key("work");
    let run = alice.run("sshtpm-agent -D --name work").fails_with(78);
    run.complains("[agent.work]").complains("agent.toml");
    let run = alice.run("sshtpm-agent -D --name askpass").fails_with(2);
    run.complains("already has this name");
}

#[test]
fn a_mistake_in_the_file_is_named_and_no_agent_starts() {
    let world = World::new();
    let alice = world.alice();
    alice.key("work");
    for (text, place) in [
        ("agent = [\"/x\"]\n", "agent.toml: line 1: agent: "),
        ("agents = [\n", "agent.toml: line 1: agents: "),
        ("\nagents = [\"%d/x\"]\n", "agent.toml: line 2: agents: "),
        (
            "[agent.x]\nonly = []\n",
            "agent.toml: line 2: agent.x.only: ",
        ),
        ("agents = [\"$NOT_SET/x\"]\n", "NOT_SET"),
    ] {
        configure(alice, text);
        for words in ["sshtpm-agent -D", "sshtpm-agent -s", "sshtpm-agent true"] {
            alice.run(words).fails_with(78).complains(place);
        }
    }
    alice.run("sshtpm-agent --no-load -- ssh-add -l").ok();
}

#[test]
fn a_file_that_others_can_write_is_not_believed() {
    let world = World::new();
    let alice = world.alice();
    configure(alice, "agents = false\n");
    alice
        .run("chmod 666 /home/alice/.config/sshtpm/agent.toml")
        .ok();
    let run = alice.run("sshtpm-agent -D").fails_with(78);
    run.complains("chmod go-w");
}

#[test]
fn a_file_of_root_is_believed_but_for_a_sandbox_that_hides_root() {
    let world = World::new();
    let alice = world.alice();
    alice.key("work");
    configure(alice, "agents = false\n");
    world.root().run(&format!("chown root {FILE}")).ok();
    alice.run("sshtpm-agent ssh-add -l").ok();
    // As PrivateUsers=yes has it in units of a user.
    let sandbox = "unshare --user --map-current-user";
    let run = alice.run(&format!("{sandbox} sshtpm-agent true"));
    run.fails_with(78).complains("how a sandbox shows root");
    world.root().run(&format!("chown alice {FILE}")).ok();
    alice.run(&format!("{sandbox} sshtpm-agent true")).ok();
}

#[test]
fn a_waiting_client_of_a_wrong_agent_is_let_go() {
    let world = World::new();
    let alice = world.alice();
    alice.key("work");
    configure(alice, "agent = 3\n");
    let socket = "/run/user/1001/activated.sock";
    let activate = "systemd-socket-activate --listen=/run/user/1001/activated.sock sshtpm-agent -D";
    let _daemon = alice.command(activate).daemon();
    alice.wait_for_listener(socket);
    // It ends, with an error or by SIGPIPE, as soon as the connection is closed.
    let list = alice.command("ssh-add -l").env("SSH_AUTH_SOCK", socket);
    assert!(!list.run().status.success());
}

#[test]
fn a_second_eval_starts_a_second_agent() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let script = "set -e
        eval \"$(sshtpm-agent -s)\" >started
        first=$SSH_AUTH_SOCK first_pid=$SSH_AGENT_PID
        eval \"$(sshtpm-agent -s)\" >started
        test \"$first\" != \"$SSH_AUTH_SOCK\"
        ssh-add -l
        SSH_AUTH_SOCK=$first ssh-add -l
        directory=$(dirname \"$SSH_AUTH_SOCK\")
        test \"$(stat -c %a \"$directory\")\" = 700
        eval \"$(sshtpm-agent -k)\" >ended
        SSH_AGENT_PID=$first_pid; export SSH_AGENT_PID
        eval \"$(sshtpm-agent -k)\" >ended
        echo $first $directory";
    let run = alice.command("sh -c").arg(script).run().ok();
    let last = run.stdout.lines().last().expect("a line");
    let (first, directory) = last.split_once(' ').expect("two");
    assert_eq!(first, "/run/user/1001/sshtpm/agent.sock");
    for path in [first, directory] {
        wait::until("the end of an agent", wait::EFFECT, || {
            (alice.command("test -e").arg(path).run().code() == 1).then_some(())
        });
    }
}

#[test]
fn an_agent_without_a_runtime_directory_listens_at_a_private_path() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let script = "set -e; unset XDG_RUNTIME_DIR; mkdir -p tmp; export TMPDIR=$HOME/tmp
        eval \"$(sshtpm-agent -s)\" >started; ssh-add -l >list; echo $SSH_AUTH_SOCK
        eval \"$(sshtpm-agent -k)\" >ended";
    let run = alice.command("sh -c").arg(script).run().ok();
    assert!(run.stdout.starts_with("/home/alice/tmp/sshtpm-"), "{run}");
}

#[test]
fn the_agent_prints_where_it_would_listen_and_does_not_start() {
    let world = World::new();
    let alice = world.alice();
    let printed = |arguments: &str| {
        let run = alice.run(&format!("sshtpm-agent --print-socket {arguments}"));
        run.ok().stdout
    };
    let directory = "/run/user/1001/sshtpm";
    assert_eq!(printed("-s"), format!("{directory}/agent.sock\n"));
    assert_eq!(printed("--name work"), format!("{directory}/work.sock\n"));
    assert_eq!(printed("-a /tmp/x"), "/tmp/x\n");
    alice.command("test -e").arg(directory).run().fails_with(1);
}

#[test]
fn sockets_of_dead_agents_are_removed() {
    let world = World::new();
    let alice = world.alice();
    let script = "set -e
        eval \"$(sshtpm-agent -s -T)\" >started
        directory=$(dirname \"$SSH_AUTH_SOCK\")
        kill -9 \"$SSH_AGENT_PID\"
        while ssh-add -l 2>/dev/null; [ $? -ne 2 ]; do :; done
        sshtpm-agent -u
        test -e \"$directory\"
        touch -d '2 hours ago' \"$directory\"
        sshtpm-agent -U true
        test -e \"$directory\"
        sshtpm-agent -u
        test ! -e \"$directory\"";
    alice.command("sh -c").arg(script).run().ok();
}

#[test]
fn the_lifetime_of_ordinary_keys_goes_to_their_agent() {
    let world = World::new();
    let alice = world.alice();
    let script = "set -e
        ssh-keygen -q -t ed25519 -N '' -C ordinary -f key
        ssh-add -q key
        ssh-add -L | grep -q ordinary
        while ssh-add -L | grep -q ordinary; do :; done";
    let command = alice.command("sshtpm-agent -t 1 -- sh -c").arg(script);
    command.run().ok();
}

#[test]
fn keys_that_log_in_anywhere_are_offered_before_others() {
    let world = World::new();
    let alice = world.alice();
    alice
        .generate("", "files", purposes(&["sign"]))
        .expect("a key");
    alice.key("anywhere");
    let agent = Agent::start(alice);
    assert_eq!(offered(alice, agent.socket()), ["anywhere", "files"]);
}
