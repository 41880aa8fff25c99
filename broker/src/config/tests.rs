use super::*;

/// The file that is installed.
const INSTALLED: &str = include_str!("../../data/broker.toml");

fn read(text: &str) -> Result<Config, String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    Config::read(file.path()).map_err(|error| {
        let error = error.to_string();
        assert!(error.contains(&*file.path().to_string_lossy()), "{error}");
        assert!(!error.contains('\n'), "one line: {error}");
        error
    })
}

/// The file with its defaults made effective: `#key = value` without the `#`.
fn with_defaults(text: &str) -> String {
    let uncommented = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => rest,
        _ => line,
    });
    uncommented.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_file_means_the_defaults() {
    let config = Config::read(Path::new("/nonexistent/broker.toml")).expect("defaults");
    assert_eq!(config, Config::default());
    assert_eq!(config.tpm.to_string(), "device:/dev/tpmrm0");
}

#[test]
fn the_installed_file_changes_nothing() {
    assert_eq!(read(INSTALLED), Ok(Config::default()));
}

#[test]
fn the_installed_file_shows_every_key_with_its_default() {
    let shown = with_defaults(INSTALLED);
    assert_eq!(read(&shown), Ok(Config::default()));
    let shown: toml::Table = shown.parse().expect("TOML");
    let every = toml::Table::try_from(Config::default()).expect("a table");
    assert_eq!(shown, every);
}

#[test]
fn a_default_of_the_installed_file_is_changed_by_removing_one_character() {
    let changed = INSTALLED.replace("#requests-per-user = 64", "requests-per-user = 7");
    let config = read(&changed).expect("fine");
    assert_eq!(config.limits().requests_per_user, 7);
}

#[test]
fn what_is_written_is_taken_and_the_rest_is_default() {
    let config = read("tpm = \"device:/dev/tpmrm1\"\n[limits]\nkeys-per-user = 3\n").expect("fine");
    assert_eq!(config.tpm.to_string(), "device:/dev/tpmrm1");
    assert_eq!(config.limits().keys_per_user, 3);
    assert_eq!(config.limits().requests_per_user, 64);
}

#[test]
fn sealed_keys_are_forbidden_by_a_word() {
    let sealed_keys = |text: &str| read(text).map(|config| config.sealed_keys());
    assert_eq!(sealed_keys(""), Ok(SealedKeys::Allowed));
    assert_eq!(
        sealed_keys("sealed-keys = \"no\""),
        Ok(SealedKeys::Forbidden)
    );
    for wrong in ["\"maybe\"", "\"No\"", "false", "0"] {
        let error = sealed_keys(&format!("sealed-keys = {wrong}")).expect_err("wrong");
        assert!(error.contains("sealed-keys"), "{error}");
    }
}

#[test]
fn keys_are_kept_by_use_by_a_word() {
    let persistent = |text: &str| read(text).map(|config| config.persistent_keys());
    assert_eq!(persistent(""), Ok(PersistentKeys::Manual));
    let auto = "persistent = \"auto\"";
    assert_eq!(persistent(auto), Ok(PersistentKeys::Auto));
    for wrong in ["\"yes\"", "\"Auto\"", "true", "8"] {
        let error = persistent(&format!("persistent = {wrong}")).expect_err("wrong");
        assert!(error.contains("persistent"), "{error}");
    }
    let running = Config::default();
    let (next, waiting) = running.reloaded(read(auto).expect("fine"));
    assert_eq!(waiting, Vec::<&str>::new());
    assert_eq!(next.persistent_keys(), PersistentKeys::Auto);
}

#[test]
fn a_mistake_is_named_with_line_and_key_and_what_would_be_right() {
    for (text, line, key, right) in [
        ("\ntpn = \"device:/dev/tpmrm0\"\n", 2, "tpn", "`tpm`"),
        ("[limits]\nkeys = 3\n", 2, "limits.keys", "`keys-per-user`"),
        ("[limit]\n", 1, "limit", "`limits`"),
        ("watchdog-seconds = 0", 1, "watchdog-seconds", "1 to 300"),
        ("watchdog-seconds = 301", 1, "watchdog-seconds", "1 to 300"),
        (
            "watchdog-seconds = \"20\"",
            1,
            "watchdog-seconds",
            "1 to 300",
        ),
        ("watchdog-seconds = 1.5", 1, "watchdog-seconds", "1 to 300"),
        (
            "watchdog-seconds = 99999999999999999999",
            1,
            "watchdog-seconds",
            "",
        ),
        (
            "state-directory = \"var\"",
            1,
            "state-directory",
            "absolute",
        ),
        ("state-directory = 7", 1, "state-directory", "path"),
        ("tpm = \"swtpm:path=/x\"", 1, "tpm", "`device:`"),
        ("tpm = true", 1, "tpm", "string"),
        ("limits = 3", 1, "limits", ""),
        (
            "[limits]\n\nkeys-per-user = -1",
            3,
            "limits.keys-per-user",
            "1 to 10000",
        ),
        (
            "[limits]\nrequests-per-user = 10001",
            2,
            "limits.requests-per-user",
            "1 to 10000",
        ),
        (
            "limits = { keys-per-user = 0 }",
            1,
            "limits.keys-per-user",
            "1 to 10000",
        ),
        (
            "# first\nwatchdog-seconds = 20\nwatchdog-seconds = 30\n",
            3,
            "watchdog-seconds",
            "duplicate",
        ),
        ("# first\nwatchdog-seconds 20\n", 2, "watchdog-seconds", ""),
        ("# first\nwatchdog-seconds =\n", 2, "watchdog-seconds", ""),
        (
            "# first\nwatchdog-seconds = 2x\n",
            2,
            "watchdog-seconds",
            "",
        ),
        ("# first\ntpm = \"device\n", 2, "tpm", ""),
    ] {
        let error = read(text).expect_err(text);
        let place = format!(": line {line}: {key}: ");
        assert!(
            error.contains(&place) && error.contains(right),
            "{text}: {error}"
        );
    }
}

#[test]
fn what_is_no_toml_at_all_is_named_with_its_line() {
    let error = read("\n\n== what? ==\n").expect_err("nonsense");
    assert!(error.contains(": line 3: "), "{error}");
}

#[test]
fn a_file_without_end_is_refused() {
    let length = usize::try_from(MAX_BYTES).expect("a length");
    assert!(read(&"#".repeat(length)).is_ok());
    let error = read(&"#".repeat(length + 1)).expect_err("too long");
    assert!(error.contains("1048576 bytes"), "{error}");
}

#[test]
fn a_running_broker_takes_what_it_can_and_names_what_has_to_wait() {
    let running = Config::default();
    let new = read(
        "tpm = \"device:/dev/tpmrm1\"\nwatchdog-seconds = 7\nstate-directory = \"/srv\"\n\
         [limits]\nkeys-per-user = 3\nrequests-per-user = 4\nkeys-generated-per-hour = 5\n\
         host-signatures-per-second = 6\n[new-keys]\nforwarding = false\n",
    )
    .expect("fine");
    let (next, waiting) = running.reloaded(new.clone());
    assert_eq!(waiting, ["tpm", "state-directory"]);
    let expected = Config {
        tpm: running.tpm.clone(),
        state_directory: running.state_directory.clone(),
        ..new.clone()
    };
    assert_eq!(next, expected);
    assert_eq!(next.limits(), new.limits());
    assert_eq!(next.limits().keys_generated_per_hour, 5);
    assert_eq!(next.host_signatures_per_second().get(), 6);
    assert_eq!(next.timing(), new.timing());
    assert_eq!(next.forwarding_of_new_keys(), Forwarding::Forbidden);

    let (next, waiting) = next.reloaded(running.clone());
    assert_eq!((next, waiting), (running, Vec::new()));
}
