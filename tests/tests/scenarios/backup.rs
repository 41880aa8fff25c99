//! `sshtpm keygen --backup` and `--paper`, `sshtpm import` of what they write, and keys that have
//! no way back.

use sshtpm_key_file::{KeyFile, PrivatePart};
use sshtpm_tests::host::Host;
use sshtpm_tests::{Agent, Output, User, World, process_memory};

use crate::destinations::acquaint;
use crate::import_files::{PASSPHRASE, import, logs_in};
use crate::pin_command_line::asking;
use crate::setup::{KEY_FILE, standard_agent};

/// Makes a key with the passphrase on standard input.
fn keygen(alice: User<'_>, words: &str) -> Output {
    let command = alice.command(&format!("sshtpm keygen --passphrase-stdin {words}"));
    command.stdin(format!("{PASSPHRASE}\n")).run()
}

/// Whether alice has a file of that name.
fn has_file(alice: User<'_>, name: &str) -> bool {
    alice.run(&format!("test -e {name}")).code() == 0
}

/// The machine gets another board, and nobody kept what the broker had.
fn replace_the_board(world: &World) {
    world.stop_broker();
    world.kill_tpm();
    world
        .root()
        .run("rm -r /var/lib/swtpm /var/lib/sshtpm/keys")
        .ok();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
}

#[test]
fn a_backup_brings_a_key_back_to_a_new_board_and_logs_in() {
    let world = World::new();
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&host]);
    let agent = Agent::start(alice);
    let kinds = ["ecdsa", "ed25519"];
    for kind in kinds {
        let made = keygen(alice, &format!("-t {kind} --backup {kind}.key -f {kind}"));
        let told = made.ok().stdout;
        assert!(told.contains(&format!("Backup: {kind}.key\n")), "{told}");
        logs_in(alice, &agent, &format!("{kind}.pub"));
        // ssh-keygen sees the same key in it.
        let show = alice.command(&format!("ssh-keygen -y -f {kind}.key -P"));
        let seen = show.arg(PASSPHRASE).run().ok().stdout;
        assert_eq!(seen, alice.read(&format!("/home/alice/{kind}.pub")));
    }
    let modes = alice.run("stat -c %a ecdsa.key ed25519.key").ok();
    assert_eq!(modes.stdout, "600\n600\n");
    let before = alice.run("sshtpm list --json").ok().json();
    for key in before.as_array().expect("a list") {
        assert_eq!(key["backed_up"], true);
        assert_eq!(key["origin"], "imported");
    }
    // The broker has an Ed25519 seed while it signs, but no part of the other key.
    let file = KeyFile::read(alice.read("/home/alice/ecdsa.key").as_bytes()).expect("a file");
    let key = file.open(PASSPHRASE.as_bytes()).expect("a key").private;
    let PrivatePart::Ecdsa(key) = key else {
        panic!("{key:?}");
    };
    assert_eq!(process_memory::count(world.broker_pid(), key.scalar()), 0);
    let fingerprints = alice.fingerprints();
    replace_the_board(&world);
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    for kind in kinds {
        import(alice, &format!("{kind}.key --keep-file"), PASSPHRASE).ok();
        logs_in(alice, &agent, &format!("{kind}.pub"));
    }
    assert_eq!(alice.fingerprints(), fingerprints);
}

/// The lines of the key on a page. Nothing in the file is compressed.
fn lines_on(page: &str) -> Vec<String> {
    let texts = page.lines().filter_map(|line| {
        let text = line.strip_prefix('(')?.strip_suffix(") Tj")?;
        let number = text.trim_start().split(' ').next()?;
        number.parse::<u8>().is_ok().then(|| text.to_owned())
    });
    texts.collect()
}

#[test]
fn a_page_is_typed_back_and_a_mistake_is_located() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "-f key --paper -C (paper)").ok();
    let fingerprints = alice.fingerprints();
    // A comment of the file has bytes that are no text.
    let text = alice.command("sh -c").arg("tr -cd '\\n -~' <key.pdf");
    let page = text.run().ok().stdout;
    let lines = lines_on(&page);
    assert!((14..25).contains(&lines.len()), "{lines:?}");
    assert!(page.contains(&fingerprints[0]), "{page}");
    replace_the_board(&world);
    let mut wrong = lines.clone();
    let end = if wrong[2].ends_with('A') { "C" } else { "A" };
    let at = wrong[2].len() - 1;
    wrong[2].replace_range(at.., end);
    alice.write("/home/alice/typed", wrong.join("\n"));
    let refused = import(alice, "--paper typed", PASSPHRASE).fails_with(1);
    assert!(refused.stderr.contains(": line 3: "), "{refused}");
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    let (imported, asked) = typed(alice, &wrong[2], &lines);
    assert!(
        asked.contains("line 3: its last four characters"),
        "{asked}"
    );
    imported.ok();
    assert_eq!(alice.fingerprints(), fingerprints);
    let key = alice.run("sshtpm list --json").ok().json()[0].clone();
    assert_eq!(
        (&key["comment"], &key["backed_up"]),
        (&"(paper)".into(), &true.into())
    );
}

/// Types the lines at a terminal, the third one wrong at first.
fn typed(alice: User<'_>, wrong: &str, lines: &[String]) -> (Output, String) {
    let mut typed = lines.to_vec();
    typed.insert(2, wrong.to_owned());
    let words: Vec<_> = typed.iter().map(|line| format!("{{{line}}}")).collect();
    let script = format!(
        r#"
        set timeout 60
        spawn sshtpm import --paper
        foreach line {{{}}} {{
            expect -re {{Line \d+: }} {{ }} timeout {{ exit 90 }} eof {{ exit 91 }}
            send "$line\r"
        }}
        expect "Passphrase of" {{ }} timeout {{ exit 92 }} eof {{ exit 93 }}
        send "{PASSPHRASE}\r"
        expect eof {{ }} timeout {{ exit 94 }}
        lassign [wait] pid spawnid os_error code
        exit $code
        "#,
        words.join(" ")
    );
    let output = alice.command("expect -c").arg(script).run();
    let said = output.stdout.clone();
    (output, said)
}

#[test]
fn a_backup_for_recipients_comes_back_by_any_of_them() {
    let world = World::new();
    let alice = world.alice();
    alice.run("age-keygen -o admin").ok();
    alice.run("ssh-keygen -q -t ed25519 -N  -f own").ok();
    let admin = alice.run("age-keygen -y admin").ok().stdout;
    let own = alice.read("/home/alice/own.pub");
    let nobody = alice.run("sshtpm keygen -f key --backup-to age1nobody");
    nobody.fails_with(1).complains("age failed");
    assert!(!has_file(alice, "key.age"));
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    let made = alice.command("sshtpm keygen -f key --backup-to");
    let made = made.arg(admin.trim()).arg("--backup-to").arg(own.trim());
    made.run().ok();
    let fingerprints = alice.fingerprints();
    let mode = alice.run("stat -c %a key.age").ok();
    assert_eq!(mode.stdout, "600\n");
    replace_the_board(&world);
    let refused = alice.run("sshtpm import key.age").fails_with(1);
    let next = "`age -d -i IDENTITY key.age | sshtpm import -`";
    assert!(refused.stderr.contains(next), "{refused}");
    let wrong = alice.run("sshtpm import --age-identity admin own");
    wrong.fails_with(1).complains("age did not encrypt it");
    let import = alice.run("sshtpm import --age-identity admin key.age");
    import.ok();
    assert_eq!(alice.fingerprints(), fingerprints);
    let by_hand = "age -d -i own key.age >clear && chmod 600 clear && ssh-keygen -y -f clear";
    let seen = alice.command("sh -c").arg(by_hand).run().ok().stdout;
    assert_eq!(seen, alice.read("/home/alice/key.pub"));
}

#[test]
fn an_import_that_is_refused_leaves_the_backup_and_says_so() {
    let rule = "polkit.addRule(function(action, subject) {\n\
        if (action.id == \"org.sshtpm.Broker1.import-own-key\") {\n\
            return polkit.Result.NO;\n\
        }\n\
    });\n";
    let world = World::with_rule(rule);
    let alice = world.alice();
    let refused = keygen(alice, "-f key --backup backup").fails_with(1);
    let refused = refused.complains("The key is in the backup: backup.");
    let next = "`sshtpm import --keep-file backup`";
    assert!(refused.stderr.contains(next), "{refused}");
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    assert!(!has_file(alice, "key.pub"));
    let show = alice.command("ssh-keygen -y -f backup -P").arg(PASSPHRASE);
    show.run().ok();
}

#[test]
fn no_key_is_made_without_the_backup_that_was_asked_for() {
    let world = World::new();
    let alice = world.alice();
    alice.write("/home/alice/taken", "mine");
    for (words, code, why) in [
        ("-f key --backup taken", 1, "already exists"),
        ("-f key --backup no/such", 1, "No such file"),
        ("-f key --backup key.pub", 2, "the same name"),
        (
            "-f key -t rsa --backup key",
            1,
            "sshtpm import --keep-file FILE",
        ),
        ("-f key", 2, "--backup"),
    ] {
        keygen(alice, words).fails_with(code).complains(why);
    }
    let empty = alice.command("sshtpm keygen -f key --backup key --passphrase-stdin");
    empty.stdin("\n").run().fails_with(1).complains("anybody");
    for answers in [["", ""], ["one", "other"]] {
        let (output, _) = asking(alice, "sshtpm keygen -f key --backup key", &answers);
        output.fails_with(1).complains("passphrase");
    }
    assert_eq!(alice.read("/home/alice/taken"), "mine");
    assert!(!has_file(alice, "key") && !has_file(alice, "key.pub"));
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

#[test]
fn setup_offers_a_backup_of_the_key_that_it_makes() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let script = format!(
        r#"
        set timeout 60
        spawn sshtpm setup
        expect {{
            "with a backup (y/n)? " {{ send "y\r"; exp_continue }}
            "New passphrase of the backup: " {{ send "{PASSPHRASE}\r"; exp_continue }}
            "The same passphrase again: " {{ send "{PASSPHRASE}\r"; exp_continue }}
            "(y/n)? " {{ send "y\r"; exp_continue }}
            timeout {{ exit 92 }}
            eof {{ }}
        }}
        lassign [wait] pid spawnid os_error code
        exit $code
        "#
    );
    let done = alice.command("expect -c").arg(script).run().ok();
    assert!(done.stdout.contains("sshtpm import FILE"), "{done}");
    let show = "ssh-keygen -y -f .ssh/id_sshtpm_ecdsa.backup -P";
    let seen = alice.command(show).arg(PASSPHRASE).run().ok().stdout;
    assert_eq!(seen, alice.read(KEY_FILE));
    let key = alice.run("sshtpm list --json").ok().json()[0].clone();
    assert_eq!(key["backed_up"], true);
}

#[test]
fn keygen_and_doctor_say_which_keys_have_no_way_back() {
    let world = World::new();
    let alice = world.alice();
    let told = alice.run("sshtpm keygen -f first -C first").ok().stdout;
    assert!(told.contains("Nothing brings this key back"), "{told}");
    let told = keygen(alice, "-f kept -C kept --backup file").ok();
    assert!(!told.stdout.contains("Nothing brings"), "{told}");
    let quiet = alice
        .run("sshtpm -q keygen -t ed25519 -f third -C third")
        .ok();
    assert_eq!(quiet.stdout, "");
    let doctor = alice.run("sshtpm doctor").stdout;
    let line = doctor.lines().find(|line| line.contains(" backup "));
    let line = line.expect("a line about backups");
    assert!(line.starts_with("ok "), "{line}");
    assert!(line.contains(" first") && line.contains(" third"), "{line}");
    assert!(!line.contains(" kept"), "{line}");
}
