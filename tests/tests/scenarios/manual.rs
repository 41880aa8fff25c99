//! The manual pages and completions, used as people use them.

use sshtpm_tests::answers::Person;
use sshtpm_tests::machine::env_root;
use sshtpm_tests::user::Invocation;
use sshtpm_tests::{Agent, User, World};

/// The pages.
const PAGES: [&str; 7] = [
    "sshtpm.1",
    "sshtpm-agent.1",
    "sshtpm-ssh-keygen.1",
    "sshtpm-broker.8",
    "sshtpm-broker.toml.5",
    "sshtpm-host-keys.toml.5",
    "org.sshtpm.Broker1.5",
];

/// What stands in examples for the fingerprint of a key.
const FINGERPRINT: &str = "FINGERPRINT";

#[test]
fn every_page_is_rendered_without_a_warning() {
    let world = World::empty();
    assert_eq!(
        std::fs::read_dir(path("")).expect("pages").count(),
        PAGES.len()
    );
    for page in PAGES {
        let command = world.root().command("man --warnings -E UTF-8 -Tutf8 -Z -l");
        let rendered = command.arg(path(page)).run().ok();
        assert_eq!(rendered.stderr, "", "{page}");
        assert!(!rendered.bytes.is_empty(), "{page}");
    }
}

#[test]
fn the_examples_of_the_interface_work_as_they_stand() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("first");
    let mut said = String::new();
    for command in examples("org.sshtpm.Broker1.5") {
        let command = command.replace(FINGERPRINT, &key);
        said.push_str(&typed(&alice, &command).run().ok().stdout);
    }
    assert!(said.contains("s \"ready\""), "{said}");
    let left = alice.fingerprints();
    assert_eq!(left.len(), 2, "two were made, and one deleted: {said}");
    assert!(!left.contains(&key), "{said}");
}

#[test]
fn the_examples_of_sshtpm_work_as_they_stand() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    for command in examples("sshtpm.1") {
        let command = typed(&alice, &command);
        command.env("SSH_AUTH_SOCK", agent.socket()).run().ok();
    }
    let signature = alice.read("/home/alice/letter.sig");
    assert!(signature.contains("BEGIN SSH SIGNATURE"), "{signature}");
    assert!(
        alice.fingerprints().is_empty(),
        "the one that was made was deleted"
    );
}

#[test]
fn the_examples_of_the_agent_work_as_they_stand() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    // In one shell: `eval` is for those that come after it.
    let script = examples("sshtpm-agent.1").join("\n");
    let run = alice.command("sh -exc").arg(&script).run().ok();
    assert!(
        run.stdout.contains(&format!("256 {key} laptop (ECDSA)")),
        "{run}"
    );
    assert!(run.stdout.contains("ecdsa-sha2-nistp256 "), "{run}");
}

#[test]
fn the_variable_in_the_page_of_the_agent_names_its_socket() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice.run("mkdir -p -m 700 /run/user/1001/sshtpm").ok();
    let _agent = Agent::start_at(alice, "/run/user/1001/sshtpm/agent.sock");
    let page = std::fs::read_to_string(path("sshtpm-agent.1")).expect("a page");
    let export = page.lines().find(|line| line.starts_with("export "));
    let script = format!("{}\nssh-add -l", plain(export.expect("a line")));
    let listed = alice.command("sh -ec").arg(script).run().ok();
    assert!(listed.stdout.contains(&key), "{listed}");
}

#[test]
fn ssh_understands_the_setting_in_the_page_of_the_agent() {
    let world = World::empty();
    let alice = world.alice();
    let page = std::fs::read_to_string(path("sshtpm-agent.1")).expect("a page");
    let setting = page.lines().find(|line| line.contains("IdentityAgent"));
    let setting = plain(setting.expect("a setting"));
    let setting = setting.replace("/1000/", &format!("/{}/", alice.uid()));
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/config", setting);
    let wanted = format!(
        "identityagent {}/sshtpm/agent.sock\n",
        alice.runtime_directory()
    );
    // A cron job has no XDG_RUNTIME_DIR.
    for ask in [
        "ssh -G localhost",
        "env -u XDG_RUNTIME_DIR ssh -G localhost",
    ] {
        let settings = alice.run(ask).ok().stdout;
        assert!(settings.contains(&wanted), "{ask}: {settings}");
    }
}

#[test]
fn the_agent_takes_the_file_in_its_page() {
    let world = World::empty();
    let alice = world.alice();
    let page = std::fs::read_to_string(path("sshtpm-agent.1")).expect("a page");
    let (_, section) = page.split_once(".SH CONFIGURATION\n").expect("a section");
    let (_, example) = section.split_once(".EX\n").expect("an example");
    let (example, _) = example.split_once(".EE\n").expect("its end");
    let lines: Vec<_> = example.lines().map(plain).collect();
    alice.run("mkdir -p /home/alice/.config/sshtpm").ok();
    let file = "/home/alice/.config/sshtpm/agent.toml";
    alice.write(file, lines.join("\n"));
    alice.run("sshtpm-agent --name work true").ok();
    alice.write(file, lines.join("\n") + "\nkeys = 3\n");
    alice.run("sshtpm-agent --name work true").fails_with(78);
}

#[test]
fn the_configurations_in_the_pages_are_accepted_and_others_are_not() {
    let world = World::empty();
    let root = world.root();
    for (page, command) in [
        ("sshtpm-broker.toml.5", "sshtpm-broker --check-config"),
        // It needs a broker for more than reading the file.
        ("sshtpm-host-keys.toml.5", "sshtpm host-keys ensure"),
    ] {
        let check = |content: &str| {
            root.write("/root/example.toml", content);
            let words = format!("{command} --config /root/example.toml");
            root.run(&words).stderr.contains("example.toml")
        };
        let example = example_of_file(page);
        assert!(!check(&example), "{page} has {example}");
        assert!(check(&format!("unknown = 1\n{example}")), "{page}");
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let world = World::empty();
    for (words, wanted) in [
        ("sshtpm key", "keygen"),
        ("sshtpm host-keys dis", "disable"),
        ("sshtpm list --ow", "--owner"),
        ("sshtpm-broker --conf", "--config"),
    ] {
        assert_eq!(completed(&world, words), [wanted], "{words}");
    }
}

#[test]
fn bash_offers_nothing_that_is_hidden() {
    let world = World::empty();
    let offered = completed(&world, "sshtpm-agent -");
    assert!(offered.iter().any(|word| word == "-D"), "{offered:?}");
    assert!(!offered.iter().any(|word| word == "--adopt"), "{offered:?}");
}

/// What bash offers for the last of `words`.
fn completed(world: &World, words: &str) -> Vec<String> {
    let (before, last) = words.rsplit_once(' ').expect("two words");
    let program = before.split(' ').next().unwrap_or_default();
    let script = format!(
        "source {root}/docs/completions/bash/{program}\n\
         function=$(complete -p {program} | sed 's/.* -F \\([^ ]*\\) .*/\\1/')\n\
         COMP_WORDS=({words})\n\
         COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))\n\
         $function {program} {last} \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        root = env_root(),
    );
    let run = world
        .root()
        .command("bash --norc -c")
        .arg(&script)
        .run()
        .ok();
    assert_eq!(run.stderr, "", "{words}");
    run.stdout.lines().map(str::to_owned).collect()
}

/// A command as alice types it, at home and able to answer polkit.
fn typed<'u>(alice: &'u User<'_>, command: &str) -> Invocation<'u> {
    let shell = alice.with(Person::Accepts, "sh -c");
    // polkit asks the process that it was told of, which is the shell's.
    shell.arg(format!("cd && exec {command}"))
}

/// The commands in the examples of `page`: lines after a prompt, and those in which they go on.
fn examples(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path(page)).expect("a page");
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines().map(plain) {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push(command.to_owned()),
            (None, Some(command)) if goes_on => *command = format!("{command}\n{line}"),
            _ => continue,
        }
        goes_on = line.ends_with('\\');
    }
    assert!(commands.len() > 2, "{page} has no examples");
    commands
}

/// The content of the file in the last example of `page`.
fn example_of_file(page: &str) -> String {
    let text = std::fs::read_to_string(path(page)).expect("a page");
    let (_, example) = text.rsplit_once(".EX\n").expect("an example");
    let (content, _) = example.split_once(".EE\n").expect("its end");
    plain(content)
}

/// A line of an example as people see it.
fn plain(line: &str) -> String {
    line.replace("\\-", "-")
        .replace("\\(aq", "'")
        .replace("\\(ti", "~")
        .replace("\\e", "\\")
}

fn path(page: &str) -> String {
    format!("{}/docs/man/{page}", env_root())
}
