//! Keys that vouch for their user to a PAM service: with `pam_ssh_agent_auth`, on this machine and
//! over a forwarded agent.

use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, purposes, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::exchange_hash;
use sshtpm_tests::use_record::log;
use sshtpm_tests::{Agent, Output, User, World};

use crate::destinations::{acquaint, keygen, ssh};

/// What asks PAM as `sudo` does: set-user-ID root, by that name. It is a copy of pamtester, because
/// `sudo` refuses to run where its files belong to a root of another user namespace.
const SUDO: &str = "/run/sudo sudo alice authenticate";

/// A key of alice's that `flags` restrict, and that PAM takes in the place of a password.
fn sudo_key(world: &World, flags: &str) -> serde_json::Value {
    let alice = world.alice();
    let words = format!("sshtpm keygen -C sudo -f /home/alice/sudo {flags}");
    alice.run(words.trim_end()).ok();
    let root = world.root();
    root.run("install -m 4755 /usr/bin/pamtester /run/sudo")
        .ok();
    root.run("rm /etc/pam.d").ok();
    root.run("mkdir /etc/pam.d").ok();
    root.write("/etc/ssh/sudo_keys", alice.read("/home/alice/sudo.pub"));
    let rule = "auth required pam_ssh_agent_auth.so file=/etc/ssh/sudo_keys\n";
    root.write("/etc/pam.d/sudo", rule);
    let keys = alice.list(none()).expect("a list");
    keys.as_array().expect("keys")[0].clone()
}

#[track_caller]
fn refused(output: Output) {
    output.fails_with(1).complains("Authentication");
}

/// What is told of the last use of a key of `user`.
fn last_use(user: User<'_>) -> serde_json::Value {
    log(user).last().expect("a use").clone()
}

#[test]
fn a_key_for_sudo_vouches_for_its_user_on_this_machine() {
    let world = World::new();
    let key = sudo_key(&world, "--for sudo");
    let agent = Agent::start(world.alice());
    agent.command(SUDO).run().ok();

    let used = last_use(world.alice());
    assert_eq!(used["key"], text(&key, "Fingerprint"));
    assert_eq!(
        (&used["purpose"], &used["outcome"]),
        (&"sudo".into(), &"signed".into())
    );
    assert_eq!(
        (&used["user"], &used["service"]),
        (&"alice".into(), &"sudo".into())
    );
    let table = world.alice().run("sshtpm log").ok();
    assert!(table.stdout.contains("vouch for alice to sudo"), "{table}");
}

#[test]
fn a_users_key_vouches_for_nobody() {
    let world = World::new();
    sudo_key(&world, "");
    let agent = Agent::start(world.alice());
    refused(agent.command(SUDO).run());
    assert_eq!(last_use(world.alice())["outcome"], "PurposeNotPermitted");
    assert!(
        agent.daemon.log().contains("not for sudo"),
        "{}",
        agent.daemon.log()
    );
}

#[test]
fn over_a_forwarded_agent_only_a_key_for_sudo_vouches() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&alpha]);
    sudo_key(&world, "--for sudo");
    let login = keygen(&world, "");
    let agent = Agent::start(world.alice());
    ssh(&agent, "-A alpha", SUDO).ok();
    let used = last_use(world.alice());
    assert_eq!(
        (&used["purpose"], &used["forwarded"]),
        (&"sudo".into(), &true.into())
    );

    world
        .root()
        .write("/etc/ssh/sudo_keys", text(&login, "PublicKey"));
    refused(ssh(&agent, "-A alpha", SUDO));
    assert_eq!(last_use(world.alice())["outcome"], "PurposeNotPermitted");
}

#[test]
fn a_key_kept_local_vouches_over_no_forwarded_agent() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&alpha]);
    sudo_key(&world, "--for sudo --no-forwarding");
    keygen(&world, "");
    let agent = Agent::start(world.alice());
    refused(ssh(&agent, "-A alpha", SUDO));
}

#[test]
fn a_person_reads_for_whom_and_for_which_command_a_key_vouches() {
    let world = World::new();
    sudo_key(&world, "--for sudo --confirm");
    let words = format!("sshtpm-agent {SUDO}");
    let alice = world.alice();
    alice.with(Person::Accepts, &words).run().ok();
    let message = text(&alice.prompts()[0], "message");
    let told = concat!(
        r#"vouch for the user "alice" to the service "sudo" of a machine that calls itself "#,
        r#""sshtpm-test", with the command "/run/sudo" "sudo" "alice" "authenticate" in the "#,
        r#"directory "/root"."#
    );
    assert!(message.contains(told), "{message}");

    refused(alice.with(Person::Dismisses, &words).run());
}

/// What the guide has administrators write.
const GUIDE: &str = include_str!("../../../docs/guides/restrictions.md");
const PAM_LINE: &str = "auth sufficient pam_ssh_agent_auth.so file=/etc/ssh/sudo_keys/%u";
const SUDOERS_LINE: &str = "Defaults env_keep += \"SSH_AUTH_SOCK\"";

/// The distribution's `sudo` in a place where its files belong to this machine's root, and with
/// alice among those who may become root.
const INSTALL_SUDO: &str = "
    mkdir -p /run/bin /etc/ssh/sudo_keys
    install -m 4755 /usr/bin/sudo /run/bin/sudo
    install -m 644 /usr/libexec/sudo/sudoers.so /run/bin/
    cp -r /etc/pam.d/. /run/bin/pam.d
    rm -rf /etc/sudoers /etc/sudoers.d /etc/sudo.conf /etc/pam.d
    mv /run/bin/pam.d /etc/pam.d
    mkdir -m 750 /etc/sudoers.d
    echo 'Plugin sudoers_policy /run/bin/sudoers.so' >/etc/sudo.conf
    printf '%s\\n' 'alice ALL=(ALL) ALL' '@includedir /etc/sudoers.d' >/etc/sudoers
    chmod 440 /etc/sudoers
";

#[test]
fn sudo_asks_the_agent_as_the_guide_has_it_set_up() {
    let world = World::new();
    let (alice, root) = (world.alice(), world.root());
    alice.run("sshtpm keygen -C sudo --for sudo -f sudo").ok();
    root.command("sh -ec").arg(INSTALL_SUDO).run().ok();
    root.write(
        "/etc/ssh/sudo_keys/alice",
        alice.read("/home/alice/sudo.pub"),
    );
    let pam = root.read("/etc/pam.d/sudo");
    root.write("/etc/pam.d/sudo", format!("{PAM_LINE}\n{pam}"));
    let agent = Agent::start(alice);
    let sudo = || agent.command("/run/bin/sudo id -un").run();
    // Without a terminal, it cannot ask for a password.
    sudo().fails_with(1).complains("password");

    for line in [PAM_LINE, SUDOERS_LINE] {
        assert!(GUIDE.contains(&format!("\n    {line}\n")), "{line}");
    }
    root.write("/etc/sudoers.d/agent", format!("{SUDOERS_LINE}\n"));
    root.run("chmod 440 /etc/sudoers.d/agent").ok();
    assert_eq!(sudo().ok().stdout, "root\n");
    assert_eq!(last_use(alice)["purpose"], "sudo");
    alice.run("/run/bin/sudo -K").ok();
    alice.run("/run/bin/sudo id -un").fails_with(1);
}

/// As `pam_rssh` and `pam-ssh-agent` send them: 32 bytes.
#[test]
fn random_bytes_are_refused_and_the_refusal_says_what_to_use() {
    let world = World::new();
    let alice = world.alice();
    for options in [none(), purposes(&["sudo"])] {
        let key = alice.generate("", "key", options).expect("a key");
        let key = text(&key, "Fingerprint");
        let refusal = alice.sign(&key, &exchange_hash(), 0, none());
        let refusal = refusal.expect_err("random bytes");
        assert_eq!(refusal.name, "org.sshtpm.Broker1.Error.PurposeNotPermitted");
        for word in ["pam_rssh", "pam_ssh_agent_auth", "`--for sudo`"] {
            assert!(refusal.text.contains(word), "{refusal:?}");
        }
    }
}
