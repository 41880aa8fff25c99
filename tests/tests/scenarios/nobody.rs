//! A machine on which nobody can be asked, such as a server: commands say so beforehand, with what
//! helps, and that does help.

use sshtpm_tests::{Agent, User, World, wait};

use crate::agent_pin::{SIGN, choose};

fn keygen<'w>(alice: User<'w>, options: &str) -> sshtpm_tests::user::Invocation<'w> {
    alice.command(&format!("sshtpm keygen {options} -f /home/alice/key"))
}

#[test]
fn a_key_with_a_pin_comes_with_a_word_about_who_asks_for_it() {
    let world = World::new();
    let alice = world.alice();
    let made = keygen(alice, "--pin-stdin").stdin("1234\n").run().ok();
    made.complains("there is no desktop to ask you at")
        .complains("`sshtpm unlock`");
    let key = alice.fingerprints().remove(0);
    let set = alice.command(&format!("sshtpm passwd --pin-stdin {key}"));
    let set = set.stdin("1234\n1234\n").run().ok();
    set.complains("there is no desktop to ask you at");
    let doctor = alice.run("sshtpm doctor");
    assert!(doctor.stdout.contains("warn     asking"), "{doctor}");
    assert!(doctor.stdout.contains("`sshtpm unlock`"), "{doctor}");

    let unlock = alice.command("sshtpm unlock --pin-stdin");
    unlock.stdin("1234\n").run().ok();
    let doctor = alice.run("sshtpm doctor");
    assert!(!doctor.stdout.contains("asking"), "{doctor}");
}

#[test]
fn at_a_desktop_with_a_program_that_asks_nothing_is_said() {
    let world = World::new();
    let keygen = keygen(world.alice(), "--pin-stdin");
    let keygen = keygen.env("DISPLAY", ":0").env("SSH_ASKPASS", "/bin/true");
    let made = keygen.stdin("1234\n").run().ok();
    assert!(!made.stderr.contains("cannot ask"), "{made}");
}

#[test]
fn polkits_own_agent_asks_at_a_terminal_to_confirm_a_use() {
    let world = World::new();
    let alice = world.alice();
    let made = keygen(alice, "--confirm").run().ok();
    made.complains("`pkttyagent --process $(systemctl --user show -P MainPID sshtpm-agent)`");
    choose(alice, &alice.fingerprints().remove(0));
    let agent = Agent::start(alice);
    assert_ne!(agent.command(SIGN).run().code(), 0, "nobody could be asked");

    let pid = alice.run("pgrep -x sshtpm-agent").ok().stdout;
    // The line that was printed, where systemd runs no agent.
    let script = format!(
        r#"
        set timeout 60
        spawn pkttyagent --process {}
        expect {{
            "assword:" {{ }}
            timeout {{ exit 90 }}
            eof {{ exit 91 }}
        }}
        while {{![string match "* -echo *" [exec stty -a <$spawn_out(slave,name)]]}} {{ after 5 }}
        send "the password of alice\r"
        expect {{
            timeout {{ exit 92 }}
            eof {{ }}
        }}
    "#,
        pid.trim()
    );
    let terminal = alice.command("expect -c").arg(script).start();
    // The program runs a moment before polkit knows it.
    wait::until("a confirmed use", wait::START, || {
        (agent.command(SIGN).run().code() == 0).then_some(())
    });
    let doctor = alice.run("sshtpm doctor").stdout;
    assert!(doctor.contains("ok       asking"), "{doctor}");
    assert!(terminal.stdout().contains("Alice"), "{}", terminal.stdout());
    terminal.kill();
}

#[test]
fn people_are_told_of_a_missing_polkit_agent_in_words_for_people() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let failed = alice.run("sshtpm rm --force laptop").fails_with(1);
    let failed = failed.complains("there is nobody to ask for it");
    assert!(!failed.stderr.contains("call again"), "{failed}");
}
