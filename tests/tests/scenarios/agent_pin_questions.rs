//! Questions for the PIN of a key: through the askpass service, and what a question names.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use sshtpm_tests::call::{none, text};
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::{User, World};

use crate::agent_lock::sshd_for;
use crate::agent_pin::{
    ASKPASS, PIN, SIGN, SOCKET, agent_with_askpass, asked, askpass, choose, sign,
};

/// As `sshtpm-askpass.socket` and its service do it for an agent in a sandbox.
const ASKPASS_SOCKET: &str = "/run/user/1001/askpass.sock";

/// The socket, behind which each connection has a program of its own with these variables.
fn askpass_service(alice: User<'_>, variables: &[&str]) -> Daemon {
    let mut words = "systemd-socket-activate --accept --inetd".to_owned();
    words.push_str(&format!(" --listen={ASKPASS_SOCKET}"));
    for variable in variables {
        words.push_str(&format!(" --setenv={variable}"));
    }
    alice.run("rm -f /run/user/1001/askpass.sock").ok();
    let daemon = alice.command(&format!("{words} sshtpm-agent --askpass"));
    let daemon = daemon.daemon();
    alice.wait_for_listener(ASKPASS_SOCKET);
    daemon
}

#[test]
fn the_agent_of_systemd_has_pins_asked_for_through_a_socket() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    choose(alice, &key);
    askpass(alice, &format!("echo {PIN}"));
    let command = format!("sshtpm-agent -D -a {SOCKET} --askpass-socket {ASKPASS_SOCKET}");
    let agent = alice.command(&command).daemon();
    alice.wait_for_listener(SOCKET);
    let sign = || alice.command(SIGN).env("SSH_AUTH_SOCK", SOCKET).run();

    // There is nothing behind the socket, or no desktop.
    assert_ne!(sign().code(), 0);
    let log = agent.log();
    assert!(log.contains("sshtpm-askpass.socket"), "{log}");
    assert!(log.contains(&format!("`sshtpm unlock {key}`")), "{log}");
    let program = format!("SSH_ASKPASS={ASKPASS}");
    let service = askpass_service(alice, &[&program]);
    assert_ne!(sign().code(), 0);
    assert_eq!(asked(alice), Vec::<String>::new());
    drop(service);

    let _service = askpass_service(alice, &[&program, "DISPLAY=:0"]);
    sign().ok();
    assert_eq!(asked(alice).len(), 1);
}

#[test]
fn a_question_names_the_host_as_the_users_known_hosts_does() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    choose(alice, &key);
    let _sshd = sshd_for(&world, &alice.read("/home/alice/key.pub"));
    askpass(alice, &format!("echo {PIN}"));
    // The agent of systemd sees no home, and the service does.
    let command = format!("sshtpm-agent -D -a {SOCKET} --askpass-socket {ASKPASS_SOCKET}");
    let _agent = alice.command(&command).daemon();
    alice.wait_for_listener(SOCKET);
    let program = format!("SSH_ASKPASS={ASKPASS}");
    let _service = askpass_service(alice, &[&program, "DISPLAY=:0"]);
    let login = "ssh -o BatchMode=yes -o IdentitiesOnly=yes -i key.pub localhost true";
    let login = alice.command(login).env("SSH_AUTH_SOCK", SOCKET);
    login.run().ok();
    let host = alice.run("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
    let host = host.ok().stdout;
    let host = host.split(' ').nth(1).expect("a fingerprint");
    let told = format!(", connected to a host (\"localhost\" in known_hosts, {host}). The comment");
    let question = asked(alice).remove(0);
    assert!(question.contains(&told), "{question}");
}

#[test]
fn the_askpass_service_answers_its_own_user_alone() {
    let world = World::new();
    let alice = world.alice();
    askpass(alice, &format!("echo {PIN}"));
    let variables = [
        &format!("SSH_ASKPASS={ASKPASS}"),
        "SSH_ASKPASS_REQUIRE=force",
    ];
    let _service = askpass_service(alice, &variables);
    let connect = || UnixStream::connect(ASKPASS_SOCKET);
    let mut root = world.machine().enter(connect).expect("it listens");
    root.write_all(b"What is it? \n").expect("it is open");
    let mut answer = Vec::new();
    // It may close the connection before it has read the question.
    let _ = root.read_to_end(&mut answer);
    assert_eq!(answer, b"");
    assert_eq!(asked(alice), Vec::<String>::new());
}

#[test]
fn a_question_of_another_host_says_so_and_is_not_repeated_at_once() {
    let world = World::new();
    let alice = world.alice();
    let login = alice.generate("", "login", none()).expect("a key");
    let locked = alice.key_with_pin("locked", PIN);
    let _sshd = sshd_for(&world, &text(&login, "PublicKey"));
    choose(alice, &locked);
    alice.write("/home/alice/login.pub", text(&login, "PublicKey"));
    askpass(alice, "exit 1");
    let agent = agent_with_askpass(alice);
    let remote = || {
        let ssh = "ssh -A -o BatchMode=yes -o IdentitiesOnly=yes -i login.pub localhost";
        agent.command(ssh).arg(SIGN).run()
    };
    for _ in 0..2 {
        assert_ne!(remote().code(), 0);
    }
    let questions = asked(alice);
    let [question] = questions.as_slice() else {
        panic!("{questions:?}");
    };
    let told =
        "ANOTHER HOST to which the agent is forwarded (\"localhost\" in known_hosts, SHA256:";
    assert!(question.contains(told), "{question}");

    // Programs of this machine are not concerned.
    askpass(alice, &format!("echo {PIN}"));
    sign(&agent).ok();
}
