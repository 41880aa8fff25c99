//! Messages that cost the broker's library much before the broker's own code sees them. Each
//! scenario costs some three seconds.

use sshtpm_tests::call::{Argument, none, refused};
use sshtpm_tests::neighbours::{self, Load};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World, wait};

/// Most memory that the broker may ever have had, in KiB.
const MOST_MEMORY_KIB: u64 = 100 * 1024;

/// Lets everybody send the broker everything, as no policy of ours does.
const PERMISSIVE: &str = "<!DOCTYPE busconfig PUBLIC
 \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"
 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">
<busconfig><policy context=\"mandatory\">
<allow send_destination=\"org.sshtpm.Broker1\"/>
</policy></busconfig>";

fn permissive() -> World {
    let world = World::empty();
    let config = "/etc/dbus-1/system.d/zz-permissive.conf";
    world.root().write(config, PERMISSIVE);
    world.start_all();
    world
}

fn peak_kib(world: &World) -> u64 {
    let script = "grep VmHWM /proc/$(pidof sshtpm-broker)/status";
    let printed = world.root().command("sh -c").arg(script).run().ok().stdout;
    let number = printed.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}

#[test]
fn the_bus_lets_nobody_set_a_property() {
    let world = World::new();
    let small = Request::set_property("State").with("absent");
    for user in [world.alice(), world.root()] {
        let refusal = user.call(&small).expect_err("it is read-only");
        assert_eq!(refusal.kind(), "AccessDenied");
    }
}

#[test]
fn large_values_cost_no_memory_without_a_bus_policy() {
    for load in [Load::LargeValues, Load::ManyValues] {
        let world = permissive();
        let key = world.alice().key("laptop");
        let flood = neighbours::start(world.bob(), load, 2, &[]);
        wait::until("bob's calls", wait::COMMAND, || {
            (flood.stdout().lines().count() >= 10).then_some(())
        });
        let signed = world.alice().sign(&key, &sshsig("data"), 0, none());
        signed.expect("a signature");
        flood.kill();
        let peak = peak_kib(&world);
        assert!(peak < MOST_MEMORY_KIB, "{load:?} took {peak} KiB");
    }
}

#[test]
fn calls_that_nothing_serves_are_refused_whatever_their_length() {
    let world = permissive();
    let mut known = Request::keys("Nonsense");
    known.path = "/org/sshtpm/Broker1".to_owned();
    let mut interface = known.clone();
    interface.interface = "org.example.Nonsense".to_owned();
    let mut path = known.clone();
    path.path = format!("/{}", "x".repeat(2000));
    for request in [known, interface, path] {
        let short = request.clone().with("text");
        let long = request.with(Argument::Bytes(vec![0; 1024 * 1024]));
        for call in [short, long] {
            let kind = refused(world.bob().call(&call));
            let kinds = [
                "UnknownMethod",
                "UnknownInterface",
                "UnknownObject",
                "InvalidArgs",
            ];
            assert!(kinds.contains(&kind.as_str()), "{kind}");
        }
    }
    let peak = peak_kib(&world);
    assert!(peak < MOST_MEMORY_KIB, "they took {peak} KiB");
    world.alice().key("laptop");
}
