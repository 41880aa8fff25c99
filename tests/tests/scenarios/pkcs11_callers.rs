//! Programs in C that call the PKCS #11 module as none should, or at the wrong moment
//! (`tests/callers`), and what valgrind says of the module.

use std::time::Duration;

use sshtpm_tests::token::MODULE;
use sshtpm_tests::{User, World, wait};

/// `TPM2_CC_Sign`.
const SIGN: u32 = 0x0000_015d;

/// Bytes by which memory in use may grow in twenty uses and more: buffers grow now and then. If
/// each use kept a single byte, it would be more, because malloc gives 24 at least.
const NO_GROWTH: i64 = 256;

/// How long a program may take under valgrind: minutes, where many wait for two cores.
const UNDER_VALGRIND: Duration = Duration::from_secs(300);

fn in_a_world<T>(work: impl FnOnce(User<'_>) -> T) -> T {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    work(alice)
}

#[test]
fn a_thousand_sessions_sign_and_more_than_the_bound_are_refused() {
    in_a_world(|alice| {
        let said = alice.caller("many-sessions").run().ok();
        // CKR_SESSION_COUNT
        assert_eq!(said.stdout, "1024 sessions, then 0xb1\n");
    });
}

#[test]
fn a_program_unloads_the_module_while_threads_sign() {
    in_a_world(|alice| {
        for way in ["close", "finalize"] {
            let ended = alice.caller("threads-inside").arg(way).run().ok();
            assert_eq!(ended.stderr, "", "{way}");
        }
    });
}

#[test]
fn a_program_ends_while_threads_sign_and_never_finalizes() {
    in_a_world(|alice| {
        let ended = alice.caller("threads-inside").arg("leave").run().ok();
        assert_eq!(ended.stderr, "");
        // It left nothing that would be in the way of the next one.
        alice.caller("threads-inside").arg("finalize").run().ok();
    });
}

#[test]
fn a_child_that_is_forked_while_a_thread_signs_begins_anew() {
    in_a_world(|alice| {
        alice.caller("forks-inside").run().ok();
    });
}

#[test]
fn threads_race_to_initialize_and_finalize_the_module() {
    in_a_world(|alice| {
        let said = alice.caller("races").run().ok().stdout;
        let mut numbers = said.split(' ').filter_map(|word| word.parse::<u32>().ok());
        let (finalized, used) = (numbers.next(), numbers.next());
        // Otherwise nothing raced.
        assert!(finalized > Some(10) && used > Some(10), "{said}");
    });
}

#[test]
fn two_programs_with_a_hundred_threads_each_get_their_signatures() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    world.freeze_tpm();
    let many = alice.compiled_caller("many-threads");
    let programs = [(); 2].map(|()| alice.command(&many).arg(MODULE).start());
    // Requests beyond the broker's bound would be refused while none is answered.
    wait::until("threads that all wait", wait::EFFECT, || {
        let states = alice.run("ps -L -C many-threads -o stat=").stdout;
        let all_run = states.lines().count() > 200;
        let all_sleep = states.lines().all(|state| state.starts_with('S'));
        let all_sign = programs.iter().all(|one| one.stdout() == "they sign\n");
        (all_run && all_sign && all_sleep).then_some(())
    });
    world.thaw_tpm();
    for program in programs {
        program.finish(wait::COMMAND).ok();
    }
}

#[test]
fn a_broker_that_ends_does_not_end_a_program_without_files() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    let program = alice.caller("signs-again").arg("no-files").start();
    wait::until("a signature", wait::EFFECT, || {
        (program.stdout() == "0x0\n").then_some(())
    });
    world.kill_broker();
    wait::until("an error", wait::EFFECT, || {
        (program.stdout() == "0x0\n0x30\n").then_some(())
    });
    world.start_broker();
    program.finish(wait::EFFECT).ok();
}

#[test]
fn a_broker_killed_during_a_signature_is_an_error_until_it_is_back() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    alice.raw_key("ec");
    let program = alice.caller("signs-again").start();
    let says = |what: &str| {
        wait::until(what, wait::EFFECT, || {
            (program.stdout() == what).then_some(())
        });
    };
    says("0x0\n");
    world.freeze_tpm();
    wait::until(
        "a signature that the TPM is asked for",
        wait::EFFECT,
        || tap.awaits(SIGN).then_some(()),
    );
    assert_eq!(program.stdout(), "0x0\n");
    world.kill_broker();
    // CKR_DEVICE_ERROR
    says("0x0\n0x30\n");
    world.thaw_tpm();
    world.start_broker();
    program.finish(wait::EFFECT).ok();
}

#[test]
fn the_memory_of_a_program_does_not_grow_with_its_signatures() {
    in_a_world(|alice| {
        let grows = alice.caller("grows").arg("400");
        let grows = grows.env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0");
        let said = grows.run().ok().stdout;
        let grown = |what: &str| -> i64 {
            let mut lines = said.lines();
            let number = lines.find_map(|line| line.strip_prefix(what));
            number.expect("a line of it").parse().expect("a number")
        };
        assert!(grown("used: ") < NO_GROWTH, "{said}");
        assert!(grown("loaded: ") < NO_GROWTH, "{said}");
        assert_eq!(grown("files: "), 0, "{said}");
    });
}

#[test]
fn valgrind_finds_no_error_and_no_leak_in_the_module() {
    in_a_world(|alice| {
        // pkcs11-tool itself leaks what it read of a key.
        let of_tool = "{\n tool\n Memcheck:Leak\n fun:calloc\n obj:/usr/bin/pkcs11-tool\n}\n";
        alice.write("/home/alice/known", of_tool);
        let grows = alice.compiled_caller("grows");
        let programs = [
            format!("{grows} {MODULE} 20"),
            format!("pkcs11-tool --module {MODULE} --test"),
            format!("p11tool --provider {MODULE} --list-all pkcs11:token=sshtpm"),
        ];
        for program in programs {
            let valgrind = "valgrind --quiet --error-exitcode=9 --suppressions=known \
                            --leak-check=full --show-leak-kinds=definite \
                            --errors-for-leak-kinds=definite";
            let watched = alice.command(&format!("{valgrind} {program}"));
            watched.within(UNDER_VALGRIND).run().ok();
        }
    });
}
