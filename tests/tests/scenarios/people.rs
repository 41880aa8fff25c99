//! `sshtpm` as a person meets it: at a terminal.

use std::time::{Duration, Instant};

use sshtpm_tests::call::{none, text};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::use_record::log;
use sshtpm_tests::{Agent, Output, User, World, wait};

/// Runs `words` at a terminal of 80 columns. What it prints is what a person would see.
pub(super) fn at_a_terminal(user: User<'_>, words: &str) -> Output {
    on_a_screen(user, 80, words)
}

fn on_a_screen(user: User<'_>, columns: u16, words: &str) -> Output {
    let script = format!("stty cols {columns} rows 24; {words}");
    let typed = user.command("script -qec").args(&[&script, "/dev/null"]);
    let mut shown = typed.env("TERM", "xterm").run();
    shown.stdout = shown.stdout.replace("\r\n", "\n");
    shown
}

/// Whether no line is wider than 80 columns; a wide character counts twice.
fn fits(text: &str) -> bool {
    let columns = |c: char| 1 + usize::from(c > '\u{1100}' && c != '…');
    let mut lines = text.lines();
    lines.all(|line| line.chars().map(columns).sum::<usize>() <= 80)
}

/// alice's agent, and an sshd at `localhost` that lets her log in with a key of hers.
fn a_login<'w>(world: &'w World, known_hosts: impl Fn(&str) -> String) -> (Agent<'w>, Sshd) {
    let (root, alice) = (world.root(), world.alice());
    let key = alice.generate("", "laptop", none()).expect("a key");
    root.run("ssh-keygen -q -t ed25519 -N  -f /etc/ssh/ssh_host_ed25519_key")
        .ok();
    let host = root.read("/etc/ssh/ssh_host_ed25519_key.pub");
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/known_hosts", known_hosts(host.trim()));
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    (Agent::start(alice), Sshd::start(world.machine()))
}

fn log_in(agent: &Agent<'_>) {
    agent
        .command("ssh -o BatchMode=yes localhost true")
        .run()
        .ok();
}

#[test]
fn a_list_fits_the_terminal_and_is_whole_in_a_pipe() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key(&"笔记本 🔑 ".repeat(12));
    alice.key("laptop");
    let shown = at_a_terminal(alice, "NO_COLOR=1 sshtpm list").ok().stdout;
    assert!(fits(&shown), "{shown}");
    let digits = &key["SHA256:".len()..];
    assert!(
        shown.contains(&digits[..8]) && !shown.contains(&digits[..12]),
        "{shown}"
    );
    for words in ["sshtpm list --wide", "sshtpm list | cat"] {
        let whole = at_a_terminal(alice, words).ok().stdout;
        assert!(whole.contains(&key), "{words}: {whole}");
    }
    alice.command("sshtpm show").arg(&digits[..8]).run().ok();
}

#[test]
fn colours_are_for_terminals_of_people_who_want_them() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let coloured = |words: &str| at_a_terminal(alice, words).ok().stdout.contains('\u{1b}');
    for command in ["list", "status", "doctor || true", "log", ""] {
        let command = format!("sshtpm {command}");
        assert!(
            !coloured(&format!("export NO_COLOR=1; {command}")),
            "{command}"
        );
        // The spinner is at the terminal, and not in the pipe.
        let piped = format!("({command}) 2>/dev/null | cat");
        assert!(!coloured(&piped), "{command}");
    }
    assert!(coloured("sshtpm list") && coloured("sshtpm doctor || true"));
}

/// What a person sees of `sshtpm` without a command while the bus is silent, which takes three
/// seconds, at a terminal for which `settings` are exported.
fn late(world: &World, settings: &str) -> String {
    world.freeze_bus();
    let shown = at_a_terminal(world.alice(), &format!("{settings} sshtpm"));
    world.thaw_bus();
    shown.ok().stdout
}

#[test]
fn nothing_turns_for_people_who_want_no_colours() {
    let world = World::empty();
    world.start_bus();
    for settings in ["NO_COLOR=1", "CLICOLOR=0", "TERM=dumb"] {
        let shown = late(&world, settings);
        assert!(!shown.contains('\u{1b}'), "{settings}: {shown:?}");
        let told = shown.matches("Looking at keys, broker and TPM").count();
        assert_eq!(told, 1, "{settings}: {shown:?}");
    }
    let turning = late(&world, "");
    assert!(turning.contains('\u{1b}'), "{turning:?}");
}

#[test]
fn quiet_commands_say_nothing_while_they_wait() {
    let world = World::empty();
    world.start_bus();
    let shown = |command: &str| {
        world.freeze_bus();
        let shown = at_a_terminal(world.alice(), &format!("NO_COLOR=1 {command} || true"));
        world.thaw_bus();
        shown.ok().stdout
    };
    let told = "Checking everything";
    assert!(shown("sshtpm doctor").contains(told));
    assert!(!shown("sshtpm --quiet doctor").contains(told));
}

#[test]
fn a_host_is_named_as_known_hosts_names_it() {
    let world = World::new();
    let alice = world.alice();
    let (agent, _sshd) = a_login(&world, |key| format!("localhost {key}\n"));
    log_in(&agent);
    for command in ["sshtpm log", "sshtpm list", "sshtpm list --wide"] {
        let shown = at_a_terminal(alice, command).ok().stdout;
        assert!(shown.contains(" localhost "), "{shown}");
    }
    let used = &log(alice)[0];
    assert_eq!(used["host"], "localhost");
    assert!(text(used, "destination").starts_with("SHA256:"), "{used}");
    let listed = alice.run("sshtpm list --json").ok().json();
    assert_eq!(listed[0]["last_use"]["host"], "localhost");

    // ssh replaces the names by hashes; what ssh's configuration calls a host is found then.
    alice
        .run("ssh-keygen -H -f /home/alice/.ssh/known_hosts")
        .ok();
    alice.write("/home/alice/.ssh/config", "Host localhost other\n");
    let used = &log(alice)[0];
    assert_eq!(used["host"], "localhost");

    alice.run("rm /home/alice/.ssh/known_hosts").ok();
    let used = &log(alice)[0];
    assert!(used["host"].is_null(), "{used}");
    let shown = alice.run("sshtpm log").ok().stdout;
    assert!(shown.contains(&text(used, "destination")[..19]), "{shown}");
}

#[test]
fn a_log_that_is_followed_shows_what_happens_until_nobody_reads() {
    let world = World::new();
    let alice = world.alice();
    let (agent, _sshd) = a_login(&world, |key| format!("localhost {key}\n"));
    log_in(&agent);
    let following = alice.command("sshtpm log --follow --json").start();
    let uses = || -> Vec<serde_json::Value> {
        let lines = following.stdout();
        let whole = lines
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        whole
            .map(|line| serde_json::from_str(line).expect("an object in each line"))
            .collect()
    };
    let uses_are = |count: usize| (uses().len() == count).then_some(());
    wait::until("the first use", wait::COMMAND, || uses_are(1));
    log_in(&agent);
    wait::until("the second use", wait::COMMAND, || uses_are(2));
    assert!(
        uses().iter().all(|used| used["host"] == "localhost"),
        "{:?}",
        uses()
    );
    following.kill();

    // The shell waits for the reader and for sshtpm.
    let pipe = alice
        .command("sh -c")
        .arg("sshtpm log --follow | head -n 1");
    let heading = pipe.run().ok().stdout;
    assert!(
        heading.starts_with("TIME ") && heading.lines().count() == 1,
        "{heading}"
    );
}

#[test]
fn a_log_begins_where_it_is_told_to() {
    let world = World::new();
    let alice = world.alice();
    let (agent, _sshd) = a_login(&world, |key| format!("localhost {key}\n"));
    log_in(&agent);
    let uses = |since: &str| {
        let log = alice.command("sshtpm log --json --since").arg(since);
        log.run().ok().json_lines().len()
    };
    for since in ["1h", "-1h", "yesterday", "2 days ago", "2001-01-01", "@0"] {
        assert_eq!(uses(since), 1, "{since}");
    }
    assert_eq!(uses("2099-01-01"), 0);
    let refused = alice.run("sshtpm log --since soon").fails_with(2);
    assert!(refused.stderr.contains("yesterday"), "{refused}");
}

#[test]
fn every_command_finds_a_key_by_its_file_its_line_and_md5() {
    let world = World::new();
    let alice = world.alice();
    alice.run("sshtpm keygen -C laptop").ok();
    alice.key("other");
    let file = "/home/alice/.ssh/id_sshtpm_ecdsa";
    let line = alice.read(&format!("{file}.pub"));
    let md5 = alice
        .run(&format!("ssh-keygen -l -E md5 -f {file}.pub"))
        .ok();
    let md5 = md5
        .stdout
        .split(' ')
        .nth(1)
        .expect("a fingerprint")
        .to_owned();
    let names = [
        format!("{file}.pub"),
        file.to_owned(),
        format!("restrict,command=\"a b\" {line}"),
        md5["MD5:".len()..].to_owned(),
        md5,
    ];
    let commands: [(&str, &[&str]); 5] = [
        ("sshtpm show", &[]),
        ("sshtpm comment", &["laptop"]),
        ("sshtpm restrict --for auth", &[]),
        ("sshtpm log --key", &[]),
        ("sshtpm cert list", &[]),
    ];
    for name in &names {
        for (command, further) in commands {
            alice.command(command).arg(name).args(further).run().ok();
        }
        let pins = ["sshtpm unlock", "sshtpm lock", "sshtpm passwd"];
        for command in pins {
            let refused = alice.command(command).arg(name).run().fails_with(1);
            refused.complains("has no PIN");
        }
        let rm = world
            .root()
            .command("sshtpm cert rm --owner alice")
            .arg(name)
            .run();
        rm.fails_with(1);
        let persist = world
            .root()
            .command("sshtpm tpm persist --owner alice")
            .arg(name);
        persist.run().ok();
    }
    let rm = world.root().command("sshtpm rm --force --owner alice");
    rm.arg(format!("{file}.pub")).run().ok();
    let absent = alice.run(&format!("sshtpm show {file}")).fails_with(1);
    assert!(
        absent.stderr.contains("the TPM has no such key"),
        "{absent}"
    );
}

#[test]
fn a_name_of_several_keys_lists_them_in_lines_that_fit() {
    let world = World::new();
    let alice = world.alice();
    let name = "笔记本".repeat(25);
    alice.key(&name);
    alice.key(&name);
    let refused = alice.command("sshtpm show").arg(&name).run().fails_with(1);
    let candidates = refused
        .stderr
        .lines()
        .filter(|line| line.starts_with("  SHA256:"));
    assert_eq!(candidates.count(), 2, "{refused}");
    let candidates = refused
        .stderr
        .lines()
        .skip(1)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(fits(&candidates), "{refused}");
}

#[test]
fn without_a_command_a_short_screen_says_what_to_do_next() {
    let world = World::new();
    let alice = world.alice();
    let shown = at_a_terminal(alice, "sshtpm").ok().stdout;
    assert!(
        shown.contains("You have no keys") && shown.contains("sshtpm setup"),
        "{shown}"
    );
    alice.key("laptop");
    let shown = at_a_terminal(alice, "NO_COLOR=1 sshtpm").ok().stdout;
    assert!(
        shown.contains("laptop") && shown.contains("sshtpm doctor"),
        "{shown}"
    );
    assert!(fits(&shown) && shown.lines().count() < 24, "{shown}");
}

#[test]
fn without_a_broker_the_short_screen_comes_all_the_same() {
    let world = World::empty();
    let alice = world.alice();
    let no_bus = alice.run("sshtpm").ok().stdout;
    assert!(no_bus.contains("Your keys cannot be listed."), "{no_bus}");
    world.start_bus();
    let no_broker = alice.run("sshtpm").ok().stdout;
    assert!(no_broker.contains("  sshtpm doctor "), "{no_broker}");
    world.freeze_bus();
    let started = Instant::now();
    let late = alice.run("sshtpm").ok().stdout;
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    assert!(late.contains("answered within 3 seconds."), "{late}");
    world.thaw_bus();
}

#[test]
fn a_qr_code_is_shown_where_it_fits() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let shown = at_a_terminal(alice, "NO_COLOR=1 sshtpm show --qr laptop").ok();
    assert!(
        shown.stdout.contains('▄') && shown.stdout.lines().count() > 20,
        "{shown}"
    );
    let refused = on_a_screen(alice, 40, "sshtpm show --qr laptop").fails_with(1);
    assert!(refused.stdout.contains("the terminal has 40"), "{refused}");
}
