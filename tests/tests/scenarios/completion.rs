//! Names of keys, completed by the shells that people use.

use sshtpm_tests::call::none;
use sshtpm_tests::{Output, User, World, wait};

/// Where the scripts are.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/completions");

/// What alice calls her only key after `typed` was typed into the shell that `spawn` starts.
fn renamed(alice: User<'_>, spawn: &str, start: &str, typed: &str) -> String {
    let script = format!(
        r#"
        set timeout 30
        spawn -noecho {spawn}
        send -- "PS1='ready'\"> \"\r"
        expect {{
            "ready> " {{ }}
            timeout {{ exit 90 }}
        }}
        send -- "{start}; echo sou''rced\r"
        expect {{
            "sourced" {{ }}
            timeout {{ exit 91 }}
        }}
        send -- "{typed}"
        expect {{
            "renamed\r" {{ }}
            " is now called" {{ }}
            timeout {{ exit 92 }}
        }}
        send -- "exit\r"
        expect {{
            eof {{ }}
            timeout {{ exit 93 }}
        }}
    "#
    );
    let command = alice.command("expect -c").arg(script);
    let shown: Output = command.env("TERM", "dumb").within(wait::COMMAND).run();
    shown.ok();
    let keys = alice.list(none()).expect("a list");
    keys[0]["Comment"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn bash_completes_the_beginning_of_a_fingerprint_and_a_comment() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("my laptop");
    let source = format!(". {SCRIPTS}/bash/sshtpm");
    let shell = "bash --norc --noprofile -i";
    for (beginning, comment) in [
        (r"my\t", "one"),
        ("on\\t", "ann@host: home"),
        (r"ann@h\t", "it's"),
        (r"it\t", "笔记本"),
        (r"笔\t", "last"),
    ] {
        let word = comment.replace('\'', r"'\\''");
        let typed = format!("sshtpm comment {beginning}'{word}' # renamed\\r");
        assert_eq!(
            renamed(alice, shell, &source, &typed),
            comment,
            "{beginning}"
        );
    }
    let digits = &key["SHA256:".len()..];
    let typed = format!("sshtpm comment {}\\tdigits # renamed\\r", &digits[..3]);
    assert_eq!(renamed(alice, shell, &source, &typed), "digits");
}

#[test]
fn zsh_completes_names_of_keys() {
    let world = World::new();
    let alice = world.alice();
    alice.key("my laptop");
    let start = format!("fpath=({SCRIPTS}/zsh \\$fpath); autoload -U compinit; compinit -u -D");
    let typed = "sshtpm comment my\\trenamed # renamed\\r";
    let shell = "zsh -f -i -o interactivecomments";
    assert_eq!(renamed(alice, shell, &start, typed), "renamed");
}

#[test]
fn fish_completes_names_of_keys_and_says_what_they_are() {
    let world = World::new();
    let alice = world.alice();
    alice.key("my laptop");
    for words in ["show my", "cert add my", "log -k my", "unlock my"] {
        let script = format!(". {SCRIPTS}/fish/sshtpm.fish; complete -C 'sshtpm {words}'");
        let offered = alice.command("fish --no-config -c").arg(script).run().ok();
        assert!(
            offered.stdout.starts_with("my laptop\tECDSA 256 "),
            "{words}: {offered}"
        );
    }
}

#[test]
fn without_a_broker_completion_is_quick_and_silent() {
    let world = World::empty();
    let alice = world.alice();
    let names = || alice.run("sshtpm --no-ask-password list --names").ok();
    let none = names();
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", ""));
    world.start_bus();
    world.freeze_bus();
    let started = std::time::Instant::now();
    names();
    assert!(
        started.elapsed() < std::time::Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    world.thaw_bus();
}
