//! One agent for keys of three kinds: in the TPM, from a file, and on a FIDO token.
//!
//! The token is OpenSSH's own one in software, `sk-dummy`, behind OpenSSH's ssh-sk-helper.

use nix::sys::signal::Signal;
use sshtpm_tests::host::Host;
use sshtpm_tests::{Agent, Output, World};

use crate::destinations::denied;
use crate::destinations_forwarded::hosts;

/// The library for the token, of Debian's package `openssh-tests`.
const TOKEN: &str = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so";

/// The names of the keys, in the order in which the agent lists them.
const KEYS: [&str; 3] = ["tpm", "file", "token"];

/// Three keys of alice's, with `~/NAME.pub` for each, that log in on the way from alpha over beta
/// to gamma. Only the agent can use them.
struct Keys<'w> {
    agent: Agent<'w>,
    _hosts: [Host; 4],
}

impl<'w> Keys<'w> {
    fn in_one_agent(world: &'w World) -> Self {
        let hosts = hosts(world);
        let agent = Agent::start(world.alice());
        let alice = world.alice();
        let in_tpm = "sshtpm keygen -C tpm -f tpm --to gamma --via alpha --via beta";
        alice.run(in_tpm).ok();
        let generate = |words: &str| {
            let words = format!("ssh-keygen -q {words}");
            alice.command(&words).args(&["-N", ""]).run().ok();
        };
        generate("-t ed25519 -C file -f file");
        generate(&format!("-t ed25519-sk -w {TOKEN} -C token -f token"));
        for name in ["file", "token"] {
            let add = format!("ssh-add -q -S {TOKEN} -h alpha -h alpha>beta -h beta>gamma {name}");
            agent.command(&add).run().ok();
            alice.run(&format!("rm {name}")).ok();
        }
        let public = KEYS.map(|name| alice.read(&format!("/home/alice/{name}.pub")));
        alice.write("/home/alice/.ssh/authorized_keys", public.concat());
        Self {
            agent,
            _hosts: hosts,
        }
    }

    /// Logs in with key `name` at one host after the other, and forwards the agent to all but the
    /// last, where `id` runs.
    fn log_in(&self, name: &str, hosts: &[&str]) -> Output {
        let forwarding = hosts.split_last().map_or(0, |(_, before)| before.len());
        let login = |(index, host): (usize, &&str)| {
            let forward = if index < forwarding { "-A " } else { "" };
            format!("ssh {forward}-i {name}.pub {host} ")
        };
        let logins: String = hosts.iter().enumerate().map(login).collect();
        self.agent.command(&format!("{logins}id -un")).run()
    }

    #[track_caller]
    fn are_used_on_their_way_alone(&self, name: &str) {
        let there = self.log_in(name, &["alpha", "beta", "gamma"]).ok();
        assert_eq!(there.stdout, "alice\n");
        for elsewhere in [
            ["alpha", "gamma"].as_slice(),
            &["alpha", "beta", "delta"],
            &["gamma"],
        ] {
            denied(self.log_in(name, elsewhere));
        }
    }
}

#[test]
fn keys_of_three_kinds_are_in_one_list() {
    let world = World::new();
    let keys = Keys::in_one_agent(&world);
    let listed = keys.agent.command("ssh-add -l").run().ok();
    let lines: Vec<_> = listed.stdout.lines().collect();
    let is_so = |(line, end): (&&str, &str)| line.ends_with(end);
    let ends = ["tpm (ECDSA)", "file (ED25519)", "token (ED25519-SK)"];
    assert!(
        lines.len() == 3 && lines.iter().zip(ends).all(is_so),
        "{listed}"
    );
}

#[test]
fn a_key_in_the_tpm_logs_in_two_hops_away_on_its_way_alone() {
    let world = World::new();
    Keys::in_one_agent(&world).are_used_on_their_way_alone("tpm");
}

#[test]
fn a_key_of_ssh_add_logs_in_two_hops_away_on_its_way_alone() {
    let world = World::new();
    Keys::in_one_agent(&world).are_used_on_their_way_alone("file");
}

#[test]
fn a_key_on_a_token_logs_in_two_hops_away_on_its_way_alone() {
    let world = World::new();
    Keys::in_one_agent(&world).are_used_on_their_way_alone("token");
}

#[test]
fn a_signal_leaves_the_key_in_the_tpm_alone_in_the_next_list() {
    let world = World::new();
    let keys = Keys::in_one_agent(&world);
    keys.agent.daemon.signal(Signal::SIGUSR1);
    let listed = keys.agent.command("ssh-add -l").run().ok();
    assert!(listed.stdout.ends_with(" tpm (ECDSA)\n"), "{listed}");
    assert_eq!(listed.stdout.lines().count(), 1, "{listed}");
}
