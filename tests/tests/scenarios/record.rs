//! The record of use: who did what with which key, and what is never in it.

use serde_json::{Value, json};
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Options, none, option, purposes, refused, text};
use sshtpm_tests::signed_data::{blob, login, sshsig, sshsig_in, user_auth};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, Request, User, World, wait};

/// Where the broker keeps it.
const USES: &str = "/var/lib/sshtpm/uses";

/// What `sshtpm log` shows to a user.
#[track_caller]
fn log(user: User<'_>) -> Vec<Value> {
    let log = user.run("sshtpm log --json").ok().json();
    log.as_array().expect("a list of uses").clone()
}

#[track_caller]
fn outcomes(user: User<'_>) -> Vec<String> {
    log(user).iter().map(|used| text(used, "outcome")).collect()
}

/// What a key of a user's is like, as `sshtpm list` shows it.
#[track_caller]
fn listed(user: User<'_>, fingerprint: &str) -> Value {
    let keys = user.run("sshtpm list --json").ok().json();
    let keys = keys.as_array().expect("a list of keys").clone();
    let mut keys = keys.into_iter();
    let key = keys.find(|key| key["fingerprint"] == fingerprint);
    key.expect("the key is listed")
}

fn client(name: &str) -> Options {
    option("client", name)
}

/// The parts of a use that a test can foresee.
fn without_times(used: &Value) -> Value {
    let mut used = used.clone();
    let fields = used.as_object_mut().expect("a use");
    for field in ["time", "milliseconds"] {
        assert!(
            fields.remove(field).is_some_and(|value| value.is_u64()),
            "{field}"
        );
    }
    used
}

/// The line of the broker's log that has all of `parts`.
#[track_caller]
fn line_with(world: &World, parts: &[&str]) -> String {
    let log = || world.broker_log();
    let has_all = |line: &&str| parts.iter().all(|part| line.contains(part));
    wait::until(&format!("a line with {parts:?}"), wait::EFFECT, || {
        log().lines().find(has_all).map(str::to_owned)
    })
}

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
        "namespace": "", "forwarded": false, "client": "ssh", "outcome": "signed", "more": 0,
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
        "key": key, "purpose": "sign", "user": "", "destination": "", "namespace": "git",
        "forwarded": false, "client": "git", "outcome": "signed", "more": 0,
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
    assert_eq!(uses[0]["purpose"], "", "nobody knows what it was");
    assert_eq!(uses[1]["namespace"], "forbidden");
    assert_eq!(uses[3]["forwarded"], true);
    assert_eq!(uses[3]["destination"], host["Fingerprint"]);
    assert_eq!(
        listed(world.alice(), &open)["uses"],
        0,
        "refusals are no uses"
    );
}

#[test]
fn whoever_leaves_before_it_is_decided_is_recorded() {
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
fn nobody_sees_the_uses_of_another() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    refused(bob.sign(&key, &sshsig("text"), 0, none()));
    assert_eq!(
        outcomes(alice),
        ["signed"],
        "what bob tried is not about a key of his"
    );
    assert_eq!(outcomes(bob), Vec::<String>::new());
    assert_eq!(outcomes(world.root()), Vec::<String>::new());
    for user in [bob, world.root()] {
        let asked = Request::keys("GetUses").with(option("key", key.as_str()));
        assert_eq!(user.call(&asked), Ok(json!([[]])));
        let shown = user.command("sshtpm log --json --key").arg(&key).run().ok();
        assert_eq!(shown.json(), json!([]));
    }
    let owner = Request::keys("GetUses").with(option("owner", "alice"));
    assert_eq!(refused(world.root().call(&owner)), "InvalidArgs");
    for path in [USES.to_owned(), format!("{USES}/1001.jsonl")] {
        bob.command("cat")
            .arg(&path)
            .run()
            .fails_with(1)
            .complains("Permission denied");
    }
}

#[test]
fn one_key_and_the_last_ones_can_be_asked_for() {
    let world = World::new();
    let alice = world.alice();
    let (laptop, server) = (alice.key("laptop"), alice.key("server"));
    for key in [&laptop, &server, &laptop] {
        alice
            .sign(key, &sshsig("text"), 0, none())
            .expect("a signature");
    }
    let keys = |words: &str| {
        let shown = alice.run(&format!("sshtpm log --json {words}")).ok().json();
        let shown = shown.as_array().expect("a list").clone();
        shown
            .iter()
            .map(|used| text(used, "key"))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("--key server"), [server.as_str()]);
    assert_eq!(keys("-n 2"), [server.as_str(), &laptop]);
    assert_eq!(keys("--key laptop -n 1"), [laptop.as_str()]);
    let nothing = alice.run("sshtpm log --key desktop");
    nothing.fails_with(1).complains("sshtpm list");
}

#[test]
fn what_a_client_chose_commands_no_terminal_and_forges_no_line() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let fingerprint = text(&key, "Fingerprint");
    let hostile = "a\u{1b}[2J\nINFO sshtpm_broker::uses: forged\u{202e}\u{9b}1m";
    alice
        .sign(&fingerprint, &login(&key, hostile), 0, none())
        .expect("whom to log in as is the server's affair");
    let client = alice.sign(&fingerprint, &sshsig("text"), 0, client(hostile));
    assert_eq!(refused(client), "InvalidArgs");
    // Not what any key could be limited to, so nothing that SSH signs.
    let namespace = alice.sign(&fingerprint, &sshsig_in(hostile, "text"), 0, none());
    assert!(namespace.is_err(), "{namespace:?}");

    let escaped = r"a\u{1b}[2J\u{a}INFO sshtpm_broker::uses: forged\u{202e}\u{9b}1m";
    assert_eq!(log(alice)[0]["user"], escaped);
    let is_harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    let shown = alice.run("sshtpm log").ok().stdout;
    line_with(&world, &["sshtpm_broker::uses", "outcome=\"signed\""]);
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
fn a_list_says_how_often_a_key_was_used_and_when_last() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let never = listed(alice, &key);
    assert_eq!(
        (&never["uses"], &never["last_used"]),
        (&json!(0), &Value::Null)
    );
    assert!(alice.run("sshtpm list").ok().stdout.contains("  never  "));
    for _ in 0..3 {
        alice
            .sign(&key, &sshsig("text"), 0, none())
            .expect("a signature");
    }
    let used = listed(alice, &key);
    assert_eq!(used["uses"], 3);
    let created = used["created"].as_u64();
    assert!(used["last_used"].as_u64() >= created, "{used}");

    world.restart_broker();
    assert_eq!(
        listed(world.alice(), &key),
        used,
        "the broker was started again"
    );
    assert_eq!(outcomes(world.alice()), ["signed"; 3]);
}

#[test]
fn a_deleted_key_leaves_its_uses_and_not_its_count() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    let owner = sshtpm_tests::call::owner("alice");
    world.root().delete(&key, owner).expect("deleted");
    world.restart_broker();
    let shown = world
        .alice()
        .command("sshtpm log --json --key")
        .arg(&key)
        .run()
        .ok();
    assert_eq!(shown.json()[0]["outcome"], "signed");
    let counts = world.root().read(&format!("{USES}/1001.counts.json"));
    assert!(!counts.contains(&key), "{counts}");
}

#[test]
fn a_broker_that_is_killed_keeps_what_was_written_down() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    assert_eq!(outcomes(alice), ["signed"]);
    world.kill_broker();
    world.start_broker();
    world.wait_for_tpm("ready");
    let alice = world.alice();
    assert_eq!(outcomes(alice), ["signed"]);
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    assert_eq!(outcomes(alice), ["signed"; 2]);
}

#[test]
fn a_disk_that_is_full_or_read_only_stops_no_signature() {
    for (fill, empty) in [
        (
            "dd if=/dev/zero of=/var/lib/sshtpm/filler bs=512 status=none; true",
            "rm /var/lib/sshtpm/filler",
        ),
        (
            "mount -o remount,ro /var/lib/sshtpm",
            "mount -o remount,rw /var/lib/sshtpm",
        ),
    ] {
        let world = World::empty();
        world.put_state_on_a_disk(",size=256k");
        world.start_all();
        let alice = world.alice();
        let key = alice.key("laptop");
        let root = world.root();
        root.command("sh -c").arg(fill).run().ok();
        for _ in 0..40 {
            alice
                .sign(&key, &sshsig("text"), 0, none())
                .expect("a signature");
        }
        line_with(&world, &["WARN", "cannot write uses of keys"]);
        let warnings = |what: &str| world.broker_log().matches(what).count();
        assert_eq!(warnings("cannot write uses of keys"), 1);
        assert_eq!(
            listed(alice, &key)["uses"],
            40,
            "it is counted nevertheless"
        );

        root.command("sh -c").arg(empty).run().ok();
        alice
            .sign(&key, &sshsig("text"), 0, none())
            .expect("a signature");
        line_with(&world, &["the broker can write uses of keys again"]);
        assert!(outcomes(alice).contains(&"signed".to_owned()));
    }
}

#[test]
fn a_flood_of_refusals_is_bounded_and_counted() {
    const FLOOD: u64 = 60;
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    for _ in 0..FLOOD {
        refused(alice.sign(&key, b"data", 0, none()));
    }
    let lines = || {
        world
            .broker_log()
            .matches("outcome=\"UnknownData\"")
            .count()
    };
    assert!(lines() < 45, "{} lines", lines());
    // What is kept back is written down at the end.
    world.restart_broker();
    let uses = log(world.alice());
    assert!(uses.len() < 45, "{} uses", uses.len());
    let counted = |used: &Value| 1 + used["more"].as_u64().expect("a number");
    let refusals = uses.iter().filter(|used| used["outcome"] == "UnknownData");
    assert_eq!(refusals.map(counted).sum::<u64>(), FLOOD);
}

#[test]
fn a_record_that_was_damaged_serves_what_is_left_of_it() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for _ in 0..2 {
        alice
            .sign(&key, &sshsig("text"), 0, none())
            .expect("a signature");
    }
    assert_eq!(outcomes(alice).len(), 2);
    world.stop_broker();
    let damage = format!(
        "sed -i '1s/signed/sig\\x1bed/' {USES}/1001.jsonl && echo '{{' >>{USES}/1001.jsonl && \
         head -c 100 /dev/urandom >{USES}/1001.counts.json"
    );
    world.root().command("sh -c").arg(damage).run().ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    let alice = world.alice();
    assert_eq!(outcomes(alice), ["signed"]);
    assert_eq!(listed(alice, &key)["uses"], 0);
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    assert_eq!(outcomes(alice), ["signed"; 2]);
    assert_eq!(listed(alice, &key)["uses"], 1);
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
