//! `sshtpm host-keys adopt`: the host keys that ssh-tpm-agent derives in the TPM. Here tpm2-tools
//! derive them by its template; `make peers` has the program itself do so.

use serde_json::Value;
use sshtpm_tests::call::{none, option, owner, refused, text};
use sshtpm_tests::foreign_key::{ATTRIBUTES, ForeignKey};
use sshtpm_tests::persistent::kept;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, World};

use crate::host_keys_import::{LOGIN, acquainted};

const ECDSA: &str = "/etc/ssh/ssh_tpm_host_ecdsa_key";
const RSA: &str = "/etc/ssh/ssh_tpm_host_rsa_key";

/// PolicyB with SHA-256, as the TCG EK Credential Profile defines it and printf(1) takes it.
const POLICY_B: &str = concat!(
    r"\312\075\012\231\242\271\071\006\367\243\064\044\024\357\317\263",
    r"\243\205\324\114\321\375\105\220\211\321\233\120\161\300\267\240"
);

/// Writes the public halves of its keys as `ssh-tpm-keygen -A --hierarchy` does.
fn made_by_ssh_tpm_agent(world: &World, hierarchy: &str) {
    let machine = world.machine();
    let write = format!("printf '{POLICY_B}' >/run/policy");
    world.root().command("sh -c").arg(&write).run().ok();
    for (kind, file) in [("ecc256", ECDSA), ("rsa2048", RSA)] {
        let create = format!(
            "tpm2_createprimary -Q -C {hierarchy} -g sha256 -G {kind}:null:null -a {ATTRIBUTES} \
             -L /run/policy -c /run/primary"
        );
        tool(machine, &create).ok();
        tool(
            machine,
            "tpm2_readpublic -Q -c /run/primary -f pem -o /run/public",
        )
        .ok();
        tool(machine, "tpm2_flushcontext -t").ok();
        let write = format!("ssh-keygen -i -m PKCS8 -f /run/public >{file}.pub");
        world.root().command("sh -c").arg(&write).run().ok();
    }
}

fn host_keys(world: &World) -> Vec<Value> {
    let listed = world.root().list(owner("sshtpm-host")).expect("a list");
    listed.as_array().expect("a list").clone()
}

#[test]
fn clients_that_know_an_ecdsa_key_of_ssh_tpm_agent_notice_nothing() {
    clients_notice_nothing("ecdsa", ECDSA);
}

#[test]
fn clients_that_know_an_rsa_key_of_ssh_tpm_agent_notice_nothing() {
    clients_notice_nothing("rsa", RSA);
}

fn clients_notice_nothing(kind: &str, file: &str) {
    let world = World::new();
    let root = world.root();
    made_by_ssh_tpm_agent(&world, "o");
    let _host_agent = Agent::start(world.host_user());
    let agent = acquainted(&world, file);
    // One type alone, because an old sshd shows one alone.
    let adopt = format!("sshtpm host-keys adopt -t {kind}");
    let adopted = root.run(&adopt).ok();
    let known = format!("It is the key in {file}.pub.");
    assert!(adopted.stdout.contains(&known), "{adopted}");
    let keys = host_keys(&world);
    for key in &keys {
        assert_eq!(key["Origin"], "derived");
        assert_eq!(key["Template"], "ssh-tpm-agent");
        assert_eq!(key["StopsInLockout"], true);
    }
    assert_eq!(keys.len(), 1);
    root.run(&adopt).ok();
    assert_eq!(host_keys(&world).len(), 1, "it is taken over once");
    // Records are read back.
    world.restart_broker();
    world.wait_for_tpm("ready");
    root.run("sshtpm host-keys enable").ok();
    let _sshd = Sshd::start(world.machine());
    agent.command(LOGIN).run().ok();
}

#[test]
fn a_host_key_in_a_file_of_ssh_tpm_agent_is_taken_over() {
    let world = World::new();
    let root = world.root();
    let key = ForeignKey::made(world.machine(), ATTRIBUTES, "-G ecc256:null:null");
    root.write(&format!("{ECDSA}.tpm"), key.to_file(false));
    let adopted = root
        .run(&format!("sshtpm host-keys adopt {ECDSA}.tpm"))
        .ok();
    let keys = host_keys(&world);
    assert_eq!((&keys[0]["Origin"], keys.len()), (&"adopted".into(), 1));
    assert!(adopted.stdout.contains(&text(&keys[0], "Fingerprint")));
    root.write("/root/with-password.tpm", key.to_file(true));
    let refused = root.run("sshtpm host-keys adopt /root/with-password.tpm");
    refused.fails_with(1).complains("it has a password");
}

#[test]
fn the_tpm_keeps_a_host_key_of_ssh_tpm_agent_if_it_is_told_to() {
    let world = World::new();
    let root = world.root();
    made_by_ssh_tpm_agent(&world, "e");
    root.run("sshtpm host-keys adopt --hierarchy endorsement")
        .ok();
    let key = text(&host_keys(&world)[0], "Fingerprint");
    let persist = format!("sshtpm tpm persist --owner sshtpm-host {key}");
    root.run(&persist).ok();
    assert_eq!(kept(&world).len(), 1);
    let removed = root.run(&format!("sshtpm host-keys rm --force {key}")).ok();
    let again = "sshtpm host-keys adopt --hierarchy endorsement";
    assert!(removed.stdout.contains(again), "{removed}");
    assert!(kept(&world).is_empty());
    root.run(again).ok();
    assert_eq!(host_keys(&world).len(), 2);
}

#[test]
fn a_key_that_ssh_tpm_agent_does_not_have_is_said_to_be_another() {
    let world = World::new();
    made_by_ssh_tpm_agent(&world, "o");
    let other = world.root().run("sshtpm host-keys adopt --hierarchy null");
    other.fails_with(1).complains("is not the key in");
}

#[test]
fn users_get_no_keys_of_ssh_tpm_agents_template() {
    let world = World::new();
    let (alice, root) = (world.alice(), world.root());
    let mut words = option("derived", "owner");
    words.extend(option("template", "ssh-tpm-agent"));
    for user in [alice, root] {
        let refusal = user.generate("", "mine", words.clone());
        assert_eq!(refused(refusal), "InvalidArgs");
    }
    alice.run("sshtpm host-keys adopt").fails_with(1);
    words.extend(owner("sshtpm-host"));
    let why = refused(alice.generate("", "host", words.clone()));
    assert_eq!(why, "InteractiveAuthorizationRequired");
    for unfit in [option("label", "work"), option("template", "other")] {
        let mut words = words.clone();
        words.extend(unfit);
        assert_eq!(refused(root.generate("", "host", words)), "InvalidArgs");
    }
    let p384 = root.generate("ecdsa-sha2-nistp384", "host", words);
    assert_eq!(refused(p384), "InvalidArgs");
    assert!(host_keys(&world).is_empty());
    assert_eq!(alice.list(none()).expect("a list"), serde_json::json!([]));
}
