//! The record of use: what is in it, and what never is.

use serde_json::{Value, json};
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Options, none, option, purposes, refused, text};
use sshtpm_tests::signed_data::{blob, login, sshsig, sshsig_in, user_auth};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::use_record::{USES, client, line_with, listed, log, outcomes, without_times};
use sshtpm_tests::{Agent, Request, World, wait};

#[test]
fn a_login_is_recorded_with_user_host_program_and_key() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let root = world.root();
    root.run("ssh-keygen -q -t ed25519 -N  -f /etc/ssh/ssh_host_ed25519_key")
        .ok();
    let host = root.read("/etc/ssh/ssh_host_ed25519_key.pub");
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/known_hosts", format!("localhost {host}"));
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    let _sshd = Sshd::start(world.machine());
    let agent = Agent::start(alice);
    agent
        .command("ssh -o BatchMode=yes localhost true")
        .run()
        .ok();

    let shown = root
        .run("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
        .ok();
    let host = shown.stdout.split(' ').nth(1).expect("a fingerprint");
    let fingerprint = text(&key, "Fingerprint");
    let expected = json!({
        "key": fingerprint, "purpose": "auth", "user": "alice", "destination": host,
        "host": "localhost", "namespace": "", "service": "", "forwarded": false, "client": "ssh",
        "outcome": "signed",
        "more": 0,
    });
    let uses = log(alice);
    assert_eq!(
        uses.iter().map(without_times).collect::<Vec<_>>(),
        [expected]
    );
    let line = line_with(&world, &["sshtpm_broker::uses", &fingerprint]);
    for part in [
        "INFO ",
        "user=\"alice\"",
        "uid=1001",
        "purpose=\"auth\"",
        "login=\"alice\"",
        "client=\"ssh\"",
        "outcome=\"signed\"",
        "duration_ms=",
        &format!("destination=\"{host}\""),
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    let table = alice.run("sshtpm log").ok().stdout;
    assert!(table.contains("  signed   log in as alice  "), "{table}");
    assert!(table.trim_end().ends_with("  ssh      laptop"), "{table}");
}

#[test]
fn a_signed_file_is_recorded_with_its_namespace() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig_in("git", "commit"), 0, client("git"))
        .expect("a signature");
    let uses = log(alice);
    let expected = json!({
        "key": key, "purpose": "sign", "user": "", "destination": "", "host": null,
        "namespace": "git", "service": "", "forwarded": false, "client": "git",
        "outcome": "signed", "more": 0,
    });
    assert_eq!(
        uses.iter().map(without_times).collect::<Vec<_>>(),
        [expected]
    );
    line_with(&world, &["outcome=\"signed\"", "namespace=\"git\"", &key]);
}

#[test]
fn refusals_are_recorded_with_why() {
    let rule = r#"polkit.addRule(function(action, subject) {
        if (action.lookup("namespace") == "forbidden") return polkit.Result.NO;
    });"#;
    let world = World::with_rule(rule);
    let alice = world.alice();
    let open = alice.key("open");
    let for_logins = alice
        .generate("", "logins", purposes(&["auth"]))
        .expect("a key");
    let local = alice
        .generate("", "local", option("forwarding", false))
        .expect("a key");
    let pin = alice.key_with_pin("pin", "1234");
    let host = alice.generate("", "a host's", none()).expect("a key");
    let session = sshtpm_ssh::session::Binding {
        host_key: blob(&host),
        session_id: vec![7; 32],
        signature: Vec::new(),
        is_forwarding: true,
    };
    let forwarded = option("sessions", vec![session]);
    let for_logins = text(&for_logins, "Fingerprint");
    let local = text(&local, "Fingerprint");
    let file = sshsig("text");
    let forbidden = sshsig_in("forbidden", "text");
    let wishes: [(&str, &[u8], Options, &str); 5] = [
        (&open, b"data", none(), "UnknownData"),
        (&open, &forbidden, none(), "NotAuthorized"),
        (&for_logins, &file, none(), "PurposeNotPermitted"),
        (&local, &file, forwarded, "ForwardingNotPermitted"),
        (&pin, &file, none(), "PinRequired"),
    ];
    for (key, data, options, why) in wishes.clone() {
        assert_eq!(refused(alice.sign(key, data, 0, options)), why);
        line_with(
            &world,
            &["sshtpm_broker::uses", key, &format!("outcome=\"{why}\"")],
        );
    }
    world.kill_tpm();
    let absent = refused(alice.sign(&open, &file, 0, none()));
    assert_eq!(absent, "TpmUnavailable");

    let uses = log(world.alice());
    let mut expected: Vec<_> = wishes.iter().map(|(key, .., why)| (*key, *why)).collect();
    expected.push((&open, "TpmUnavailable"));
    let word = |used: &Value, name| text(used, name);
    let recorded = uses
        .iter()
        .map(|used| (word(used, "key"), word(used, "outcome")));
    let expected = expected
        .into_iter()
        .map(|(key, why)| (key.to_owned(), why.to_owned()));
    assert!(recorded.eq(expected), "{uses:#?}");
    assert_eq!(
        uses[0]["purpose"], "",
        "the broker does not know the purpose"
    );
    assert_eq!(uses[1]["namespace"], "forbidden");
    assert_eq!(uses[3]["forwarded"], true);
    assert_eq!(uses[3]["destination"], host["Fingerprint"]);
    assert_eq!(
        listed(world.alice(), &open)["uses"],
        0,
        "a refusal does not count as a use"
    );
}

#[test]
fn the_record_has_a_caller_that_leaves_before_the_decision() {
    let world = World::new();
    let alice = world.alice();
    let key = alice
        .generate("", "careful", option("confirm", true))
        .expect("a key");
    let request = Request::keys("Sign").with(text(&key, "Fingerprint").as_str());
    let request = request.with(&login(&key, "git")[..]).with(0_u32);
    let request = request.with(client("ssh"));
    // Not the person as well, whose leaving would be a no.
    let _waiting = alice.asking(Person::Stays, request).start();
    wait::until("the prompt", wait::EFFECT, || alice.prompts().pop());
    assert_eq!(outcomes(alice), Vec::<String>::new());
    alice.run("pkill -x bus-call").ok();
    let left = wait::until("the record", wait::EFFECT, || log(alice).pop());
    assert_eq!(left["outcome"], "left");
    assert_eq!(left["user"], "git");
}

#[test]
fn text_of_a_client_commands_no_terminal_and_forges_no_line() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let fingerprint = text(&key, "Fingerprint");
    let hostile = "a\u{1b}[2J\nINFO sshtpm_broker::uses: forged\u{202e}\u{9b}1m";
    let user = alice.sign(&fingerprint, &login(&key, hostile), 0, none());
    assert_eq!(refused(user), "UnknownData", "no user has such a name");
    let client = alice.sign(&fingerprint, &sshsig("text"), 0, client(hostile));
    assert_eq!(refused(client), "InvalidArgs");
    // A key cannot be limited to this namespace, so the broker does not take it for an SSHSIG.
    let namespace = alice.sign(&fingerprint, &sshsig_in(hostile, "text"), 0, none());
    assert!(namespace.is_err(), "{namespace:?}");

    let escaped = r"a\u{1b}[2J\u{a}INFO sshtpm_broker::uses: forged\u{202e}\u{9b}1m";
    assert_eq!(log(alice)[0]["user"], escaped);
    let is_harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    let shown = alice.run("sshtpm log").ok().stdout;
    line_with(&world, &["sshtpm_broker::uses", "outcome=\"UnknownData\""]);
    let kept = world.root().read(&format!("{USES}/1001.jsonl"));
    for text in [shown, world.broker_log(), kept] {
        assert!(!text.contains(is_harmful), "{text:?}");
        assert!(
            !text
                .lines()
                .any(|line| line.starts_with("INFO sshtpm_broker::uses: forged"))
        );
    }
}

#[test]
fn the_record_has_neither_what_was_signed_nor_a_pin() {
    let world = World::new();
    let alice = world.alice();
    let pin = "PIN-of-the-marker";
    let key = alice.key_with_pin("careful", pin);
    alice.unlock(&key, pin).expect("the right PIN");
    let listed = alice.list(none()).expect("a list")[0].clone();
    let session = b"session-of-the-marker-----------";
    let data = user_auth(&listed, "git", session, None);
    alice.sign(&key, &data, 0, none()).expect("a signature");
    let unknown = alice.sign(&key, b"data-of-the-marker", 0, none());
    assert_eq!(refused(unknown), "UnknownData");

    assert_eq!(outcomes(alice), ["signed", "UnknownData"]);
    world.stop_broker();
    let kept = world.root().run(&format!("grep -r of-the-marker {USES}"));
    assert_eq!(kept.code(), 1, "{kept}");
}

#[test]
fn the_log_has_neither_what_was_signed_nor_a_pin() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("careful", "PIN-of-the-marker");
    alice
        .unlock(&key, "PIN-of-the-marker")
        .expect("the right PIN");
    let unknown = alice.sign(&key, b"data-of-the-marker", 0, none());
    assert_eq!(refused(unknown), "UnknownData");
    line_with(&world, &["outcome=\"UnknownData\""]);
    assert!(!world.broker_log().contains("of-the-marker"));
}

#[test]
fn the_journal_has_each_part_of_a_use_in_a_field_of_its_own() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_tpm();
    let root = world.root();
    root.run("mkdir -p /run/systemd/journal /run/systemd/journald.conf.d")
        .ok();
    let config = "[Journal]\nStorage=volatile\nReadKMsg=no\n";
    root.write("/run/systemd/journald.conf.d/50-test.conf", config);
    let _journald = root.command("/lib/systemd/systemd-journald").daemon();
    wait::until("journald", wait::START, || {
        let is_there = root.run("test -S /run/systemd/journal/socket").code() == 0;
        is_there.then_some(())
    });
    // As systemd starts it: stderr leads to the journal, and it is told so.
    let start = "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); export JOURNAL_STREAM; \
                 exec sshtpm-broker";
    let _broker = root.command("systemd-cat sh -c").arg(start).daemon();
    world.wait_for_tpm("ready");
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let fingerprint = text(&key, "Fingerprint");
    let data = login(&key, "git");
    alice
        .sign(&fingerprint, &data, 0, client("ssh"))
        .expect("a signature");

    let field = format!("SSHTPM_KEY={fingerprint}");
    let entries = |words: &str, field: &str| {
        let shown = root.command(words).arg(field).run();
        let lines = shown.stdout.lines().map(serde_json::from_str::<Value>);
        lines.collect::<Result<Vec<_>, _>>().expect("lines of JSON")
    };
    let journalctl = "journalctl --directory /run/log/journal --quiet --output json";
    let entry = wait::until("the entry", wait::EFFECT, || {
        entries(journalctl, &field).pop()
    });
    for (name, value) in [
        ("SSHTPM_USER", "alice"),
        ("SSHTPM_UID", "1001"),
        ("SSHTPM_PURPOSE", "auth"),
        ("SSHTPM_LOGIN", "git"),
        ("SSHTPM_FORWARDED", "false"),
        ("SSHTPM_CLIENT", "ssh"),
        ("SSHTPM_OUTCOME", "signed"),
        ("PRIORITY", "6"),
        ("_TRANSPORT", "journal"),
        ("SYSLOG_IDENTIFIER", "sshtpm-broker"),
    ] {
        assert_eq!(entry[name], value, "{name} in {entry:#}");
    }
    assert!(entry["SSHTPM_DURATION_MS"].is_string(), "{entry:#}");
    assert!(entry.get("SSHTPM_NAMESPACE").is_none(), "{entry:#}");
    let message = format!("key {fingerprint} of alice signed a login as \"git\" for \"ssh\"");
    assert_eq!(entry["MESSAGE"], message);

    // Everything else is there as text, and this is not.
    let text = entries(journalctl, "_TRANSPORT=stdout");
    let messages: Vec<_> = text
        .iter()
        .filter_map(|entry| entry["MESSAGE"].as_str())
        .collect();
    assert!(
        messages
            .iter()
            .any(|line| line.contains("the key store was read")),
        "{messages:?}"
    );
    assert!(
        !messages.iter().any(|line| line.contains(&fingerprint)),
        "{messages:?}"
    );
}
