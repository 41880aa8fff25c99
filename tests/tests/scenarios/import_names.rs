//! Which file `sshtpm import` deletes, where a file has several names or a name several files.

use sshtpm_tests::{Output, User, World};

use crate::import_files::keygen;

/// Imports the key `name` at a terminal, runs `meanwhile` while the question to delete is open, and
/// says yes.
fn import_and_delete(alice: User<'_>, name: &str, meanwhile: &str) -> Output {
    let script = format!(
        r#"
        set timeout 60
        spawn sshtpm import {name}
        expect {{
            "Delete that file (y/n)? " {{ }}
            timeout {{ exit 90 }}
            eof {{ exit 91 }}
        }}
        exec sh -c "{meanwhile}"
        send "y\r"
        expect {{
            eof {{ }}
            timeout {{ exit 92 }}
        }}
        lassign [wait] pid spawnid os_error code
        exit $code
        "#
    );
    alice.command("expect -c").arg(script).run()
}

#[test]
fn of_a_link_the_file_that_it_leads_to_is_deleted() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "real", "-t ecdsa", "");
    alice.run("ln -s real key").ok();
    let output = import_and_delete(alice, "key", "true").ok();
    assert!(output.stdout.contains("/home/alice/real"), "{output}");
    alice.run("test -e real").fails_with(1);
    alice.run("test -L key").ok();
}

#[test]
fn other_names_of_a_deleted_file_are_spoken_of() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa", "");
    alice.run("ln key other").ok();
    let output = import_and_delete(alice, "key", "true").ok();
    assert!(output.stdout.contains("1 other name"), "{output}");
    alice.run("test -e key").fails_with(1);
    alice.run("test -e other").ok();
}

#[test]
fn a_file_that_was_not_the_one_imported_is_not_deleted() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa", "");
    keygen(alice, "other", "-t ecdsa", "");
    let output = import_and_delete(alice, "key", "mv key moved; mv other key");
    let output = output.fails_with(1);
    assert!(output.stdout.contains("it is not the file"), "{output}");
    alice.run("test -e key").ok();
    alice.run("test -e moved").ok();
}
