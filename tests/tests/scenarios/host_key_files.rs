//! `--to`, and the keys by which a host is known: from known_hosts, or from a file.

use sshtpm_tests::call::none;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{User, World};

/// A host with three keys that runs sshd.
fn host(world: &World) -> Sshd {
    world.root().run("ssh-keygen -A").ok();
    Sshd::start(world.machine())
}

/// The hosts to which alice's only key is restricted, as `host count-of-keys authority`.
fn destinations(alice: User<'_>) -> Vec<String> {
    let key = alice.run("sshtpm show laptop --json").ok().json();
    let hops = key["destinations"].as_array().expect("destinations");
    let told = hops.iter().map(|hop| {
        let to = &hop["to"];
        let keys = to["keys"].as_array().expect("keys");
        let authority = keys.iter().any(|key| key["authority"] == true);
        let host = to["host"].as_str().expect("a host");
        format!("{host} {} {authority}", keys.len())
    });
    told.collect()
}

#[test]
fn the_output_of_ssh_keyscan_identifies_a_host() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let _sshd = host(&world);
    let scan = alice.run("ssh-keyscan localhost").ok().stdout;
    let windows = format!("\u{feff}{}", scan.replace('\n', "\r\n"));
    for content in [scan, windows] {
        alice.write("/home/alice/scan", content);
        let restrict = "sshtpm restrict laptop --to localhost --host-key scan";
        alice.run(restrict).ok();
        assert_eq!(destinations(alice), ["localhost 3 false"]);
    }
}

#[test]
fn an_authority_in_a_file_identifies_the_hosts_of_its_pattern() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    alice.run("ssh-keygen -q -t ed25519 -N  -f ca").ok();
    let authority = format!(
        "@cert-authority *.example {}",
        alice.read("/home/alice/ca.pub")
    );
    alice.write("/home/alice/hosts", authority);
    let restrict = "sshtpm restrict laptop --host-key hosts --to";
    alice.run(&format!("{restrict} alpha.example")).ok();
    assert_eq!(destinations(alice), ["alpha.example 1 true"]);
    alice
        .run(&format!("{restrict} alpha.elsewhere"))
        .fails_with(1)
        .complains("its lines are for other hosts than alpha.elsewhere");
}

#[test]
fn a_key_that_a_file_revokes_is_not_one_of_the_host() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    for name in ["good", "bad"] {
        alice
            .run(&format!("ssh-keygen -q -t ed25519 -N  -f {name}"))
            .ok();
    }
    let key = |name: &str| alice.read(&format!("/home/alice/{name}.pub"));
    let revoked = format!("{}@revoked * {}", key("bad"), key("bad"));
    alice.write("/home/alice/hosts", &revoked);
    let restrict = "sshtpm restrict laptop --to alpha --host-key hosts";
    alice.run(restrict).fails_with(1).complains("revoke");
    alice.write("/home/alice/hosts", format!("{}{revoked}", key("good")));
    alice.run(restrict).ok();
    assert_eq!(destinations(alice), ["alpha 1 false"]);
}

#[test]
fn a_file_with_another_line_is_refused_with_the_number_of_the_line() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    alice.write("/home/alice/hosts", "# mine\nalpha ssh-nonsense AAAA\n");
    alice
        .run("sshtpm restrict laptop --to alpha --host-key hosts")
        .fails_with(1)
        .complains("line 2 is neither");
}

#[test]
fn a_user_without_known_hosts_is_told_what_to_do() {
    let world = World::new();
    let alice = world.alice();
    alice.generate("", "laptop", none()).expect("a key");
    alice
        .run("sshtpm restrict laptop --to alpha")
        .fails_with(1)
        .complains("you have no known_hosts file yet");
}

#[test]
fn ssh_is_asked_about_the_user_that_is_to_log_in() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    alice.run("mkdir -m 700 .ssh").ok();
    let config = "Match user git\n    HostKeyAlias forge\n";
    alice.write("/home/alice/.ssh/config", config);
    alice.run("ssh-keygen -q -t ed25519 -N  -f host").ok();
    let known = format!("forge {}", alice.read("/home/alice/host.pub"));
    alice.write("/home/alice/.ssh/known_hosts", known);
    alice.run("sshtpm restrict laptop --to git@alpha").ok();
    assert_eq!(destinations(alice), ["forge 1 false"]);
    alice.run("sshtpm restrict laptop --to alpha").fails_with(1);
}
