//! A broker that is killed at any moment: what is listed afterwards is usable, and it starts again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use sshtpm_dbus::{HOST_USER, KeysProxy, option};
use sshtpm_tests::call::none;
use sshtpm_tests::signed_data::exchange_hash;
use sshtpm_tests::{User, World};
use zbus::Variant;

use crate::import::{import, made, wrapped};
use crate::rebind::wrapped_and_bound;

/// Each key counts, whatever became of the broker that made it.
const MANY_KEYS: &str = "[limits]\nkeys-generated-per-hour = 1000";

/// How often it is killed, in each of the tests.
const TIMES: u64 = 50;

/// Keys that are kept: enough to see that none is lost, few enough to sign with all of them.
const KEPT: usize = 3;

#[test]
fn a_broker_killed_during_generate_leaves_a_whole_key_or_none() {
    let world = World::with_config(MANY_KEYS);
    let undisturbed = duration(&world, async |keys| {
        keys.generate("", "undisturbed", &options()).await.map(drop)
    });
    let mut expected = world.host_user().fingerprints();
    for round in 0..TIMES {
        let moment = random_moment(undisturbed);
        let answered = interrupted(&world, moment, async |keys| {
            keys.generate("", &format!("round {round}"), &options())
                .await
                .map(drop)
        });
        let now = assert_all_usable(&world);
        let lost = expected.iter().filter(|key| !now.contains(key)).count();
        assert_eq!(
            lost, 0,
            "a key that was there is gone, killed after {moment:?}"
        );
        assert!(
            !answered || now.len() == expected.len() + 1,
            "a key that was given out is gone"
        );
        expected = now;
        while expected.len() > KEPT {
            let key = expected.remove(0);
            let owner = sshtpm_tests::call::owner(HOST_USER);
            world.root().delete(&key, owner).expect("deleted");
        }
    }
}

#[test]
fn a_broker_killed_during_delete_leaves_a_whole_key_or_none() {
    let world = World::with_config(MANY_KEYS);
    let generate = || {
        let owner = sshtpm_tests::call::owner(HOST_USER);
        let key = world
            .root()
            .generate("", "to be deleted", owner)
            .expect("a key");
        sshtpm_tests::call::text(&key, "Fingerprint")
    };
    let first = generate();
    let undisturbed = duration(&world, async |keys| keys.delete(&first, &options()).await);
    for _ in 0..TIMES {
        let key = match world.host_user().fingerprints().pop() {
            Some(key) => key,
            None => generate(),
        };
        let moment = random_moment(undisturbed);
        let answered = interrupted(&world, moment, async |keys| {
            keys.delete(&key, &options()).await
        });
        let now = assert_all_usable(&world);
        assert!(
            !answered || !now.contains(&key),
            "a deleted key is back, killed after {moment:?}"
        );
    }
}

#[test]
fn a_broker_killed_during_import_leaves_a_whole_key_or_none() {
    let world = World::with_config(MANY_KEYS);
    let root = world.root();
    let made = made(root, "-t ecdsa");
    let key = wrapped(root, &made, None);
    let import = async |keys: &KeysProxy<'_>| {
        let (parts, options) = ((&key.public, &key.duplicate, &key.secret), options());
        let imported = keys.import(parts.0, parts.1, parts.2, "imported", &options);
        imported.await.map(drop)
    };
    let delete_all = || {
        for key in world.host_user().fingerprints() {
            let owner = sshtpm_tests::call::owner(HOST_USER);
            root.delete(&key, owner).expect("deleted");
        }
    };
    let undisturbed = duration(&world, import);
    for _ in 0..TIMES {
        delete_all();
        let moment = random_moment(undisturbed);
        let answered = interrupted(&world, moment, import);
        let now = assert_all_usable(&world);
        assert!(
            !answered || now.len() == 1,
            "a key that was given out is gone, killed after {moment:?}"
        );
    }
}

#[test]
fn a_broker_killed_while_it_binds_a_key_anew_leaves_a_whole_key() {
    let world = World::with_config(MANY_KEYS);
    let root = world.root();
    let made = made(root, "-t ecdsa");
    let key = wrapped_and_bound(root, &made);
    let mut first = sshtpm_tests::call::owner(HOST_USER);
    first.extend(sshtpm_tests::call::option("pcrs", "7"));
    let first = import(root, &key, first).expect("a key");
    let fingerprint = sshtpm_tests::call::text(&first, "Fingerprint");
    let rebind = async |keys: &KeysProxy<'_>| {
        let (parts, mut options) = ((&key.public, &key.duplicate, &key.secret), options());
        options.insert(option::PCRS, Variant::from("7"));
        options.insert(option::REBIND, Variant::from(true));
        let bound = keys.import(parts.0, parts.1, parts.2, "bound anew", &options);
        bound.await.map(drop)
    };
    let undisturbed = duration(&world, rebind);
    for _ in 0..TIMES {
        let moment = random_moment(undisturbed);
        interrupted(&world, moment, rebind);
        let now = assert_all_usable(&world);
        assert_eq!(now, [fingerprint.as_str()], "killed after {moment:?}");
    }
}

/// Everything listed signs, nothing was set aside as damaged, nothing unfinished is left.
fn assert_all_usable(world: &World) -> Vec<String> {
    let host = world.host_user();
    let keys = host.fingerprints();
    for key in &keys {
        host.sign(key, &exchange_hash(), 0, none())
            .expect("what is listed is usable");
    }
    let directory = "/var/lib/sshtpm/keys/102";
    let files = files(world.root(), directory);
    assert_eq!(files.len(), keys.len(), "{files:?}");
    keys
}

fn files(root: User<'_>, directory: &str) -> Vec<String> {
    let listed = root
        .command("sh -c")
        .arg(format!("ls -A {directory} 2>/dev/null || true"))
        .run()
        .ok();
    listed.stdout.lines().map(str::to_owned).collect()
}

/// From nothing to a quarter more than it takes undisturbed.
fn random_moment(undisturbed: Duration) -> Duration {
    let random = RandomState::new().hash_one(Instant::now());
    let longest = u64::try_from(undisturbed.as_nanos())
        .unwrap_or(u64::MAX)
        .saturating_mul(5)
        / 4;
    Duration::from_nanos(random % longest.max(1))
}

/// How long `work` takes when nothing happens.
fn duration(
    world: &World,
    work: impl AsyncFn(&KeysProxy<'_>) -> zbus::Result<()> + Sync,
) -> Duration {
    let mut took = Duration::ZERO;
    world.machine().enter(|| {
        run(async {
            let keys = connect().await;
            let start = Instant::now();
            work(&keys).await.expect("undisturbed work succeeds");
            took = start.elapsed();
        });
    });
    took
}

/// Kills the broker `moment` after `work` has begun, starts it again, and tells whether `work` had
/// been answered by then.
fn interrupted(
    world: &World,
    moment: Duration,
    work: impl AsyncFn(&KeysProxy<'_>) -> zbus::Result<()> + Sync,
) -> bool {
    let kill = world.broker_killer();
    let answered = world.machine().enter(|| {
        run(async {
            let keys = connect().await;
            let mut work = std::pin::pin!(work(&keys));
            let in_time = tokio::time::timeout(moment, &mut work).await;
            kill();
            match in_time {
                Ok(answer) => answer.is_ok(),
                // The answer may have been on its way.
                Err(_) => work.await.is_ok(),
            }
        })
    });
    world.kill_broker();
    world.start_broker();
    world.wait_for_tpm("ready");
    answered
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

async fn connect() -> KeysProxy<'static> {
    let connection = zbus::Connection::system().await.expect("the bus is up");
    KeysProxy::new(&connection).await.expect("a proxy")
}

fn options() -> HashMap<&'static str, Variant<'static>> {
    HashMap::from([(option::OWNER, Variant::from(HOST_USER))])
}
