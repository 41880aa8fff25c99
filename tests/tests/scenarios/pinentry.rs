//! PINs at a desktop without an askpass program: a real pinentry asks on a real X server, and its
//! owner types there.

use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::user::Running;
use sshtpm_tests::{Agent, User, World, wait};

use crate::agent_pin::{PIN, SIGN, SOCKET, choose};

/// The screen.
const DISPLAY: &str = ":7";

/// The socket of its X server.
const SCREEN_SOCKET: &str = "/tmp/.X11-unix/X7";

/// Programs that would be asked before a pinentry, where this machine has them.
const OTHERS: [&str; 2] = ["/usr/bin/ssh-askpass", "/usr/bin/ksshaskpass"];

/// Pinentries, under all names.
const PINENTRIES: [&str; 5] = [
    "/usr/bin/pinentry",
    "/usr/bin/pinentry-x11",
    "/usr/bin/pinentry-gnome3",
    "/usr/bin/pinentry-qt",
    "/usr/bin/pinentry-gtk-2",
];

/// The one that draws its own window, with few libraries.
const PINENTRY: &str = "/usr/bin/pinentry-gtk-2";

/// Puts a file that nobody can run in the place of each program that is there.
fn hide(world: &World, programs: &[&str]) {
    for program in programs {
        put(world, "/dev/null", program);
    }
}

fn put(world: &World, file: &str, program: &str) {
    let script = format!("[ ! -e {program} ] || mount --bind {file} {program}");
    world.root().command("sh -c").arg(script).run().ok();
}

/// alice's screen.
fn screen(alice: User<'_>) -> Daemon {
    alice
        .machine()
        .root()
        .run("mkdir -m 1777 /tmp/.X11-unix")
        .ok();
    // It would start anew when `xdotool` ends as its only client.
    let words = format!("Xvfb {DISPLAY} -screen 0 800x600x24 -nolisten tcp -noreset");
    let screen = alice.command(&words).daemon();
    alice.wait_for_listener(SCREEN_SOCKET);
    screen
}

/// An agent at that screen, which asks for the PIN of alice's key, and a signature that waits.
fn waits_for_an_answer<'w>(alice: User<'w>) -> (Agent<'w>, Running) {
    choose(alice, &alice.key_with_pin("laptop", PIN));
    let agent = Agent::start_with(alice, SOCKET, &[("DISPLAY", DISPLAY)]);
    let signing = agent.command(SIGN).start();
    (agent, signing)
}

/// Does this in the dialogue once it is there, as `xdotool` has it.
fn at_dialogue(alice: User<'_>, action: &str) {
    let find = "xdotool search --onlyvisible --class pinentry";
    let window = wait::until("a dialogue", wait::START, || {
        let found = alice.command(find).env("DISPLAY", DISPLAY).run();
        found.stdout.lines().last().map(str::to_owned)
    });
    // There is no window manager that would give it the focus.
    let words = format!("xdotool windowfocus --sync {window} {action}");
    alice.command(&words).env("DISPLAY", DISPLAY).run().ok();
}

#[test]
fn a_pinentry_asks_where_no_askpass_program_is_installed() {
    let world = World::new();
    hide(&world, &OTHERS);
    put(&world, PINENTRY, "/usr/bin/pinentry");
    let alice = world.alice();
    let _screen = screen(alice);
    let (agent, signing) = waits_for_an_answer(alice);
    at_dialogue(alice, &format!("type {PIN}"));
    at_dialogue(alice, "key Return");
    signing.finish(wait::COMMAND).ok();
    assert!(!agent.daemon.log().contains(PIN));
}

#[test]
fn a_pinentry_that_is_closed_is_a_refusal() {
    let world = World::new();
    hide(&world, &OTHERS);
    put(&world, PINENTRY, "/usr/bin/pinentry");
    let alice = world.alice();
    let _screen = screen(alice);
    let (agent, signing) = waits_for_an_answer(alice);
    at_dialogue(alice, "key Escape");
    assert_ne!(signing.finish(wait::COMMAND).code(), 0);
    let log = agent.daemon.log();
    assert!(log.contains("you did not enter it"), "{log}");
}

#[test]
fn an_agent_at_a_desktop_without_a_program_that_asks_says_so() {
    let world = World::new();
    hide(&world, &OTHERS);
    hide(&world, &PINENTRIES);
    let (agent, signing) = waits_for_an_answer(world.alice());
    assert_ne!(signing.finish(wait::COMMAND).code(), 0);
    let log = agent.daemon.log();
    assert!(log.contains("no program that could ask you"), "{log}");
    assert!(log.contains("sshtpm unlock"), "{log}");
}
