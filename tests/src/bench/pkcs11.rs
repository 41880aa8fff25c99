//! The same signature by OpenSSH's ssh-agent with tpm2-pkcs11, at a TPM of the same kind.
//!
//! No broker runs: tpm2-pkcs11 leaves its keys in the TPM, and swtpm has three places, which only a
//! resource manager could share out.

use std::os::unix::net::UnixStream;

use super::floor::Floor;
use super::kind::Kind;
use super::plan::Plan;
use super::row::Row;
use super::sampling::Pair;
use super::stage;
use crate::agent::Connection;
use crate::daemon::Daemon;
use crate::load::Signer;
use crate::swtpm::{PORT, TCTI, tool};
use crate::user::{Invocation, User};
use crate::wait;

/// The PIN of the token, which only it needs.
const PIN: &str = "123456";

/// Where the user keeps the token's database, and finds what is below.
const HOME: &str = "/home/alice/pkcs11";

const SOCKET: &str = "/run/user/1001/pkcs11.sock";

/// tpm2_ptool runs tpm2-tools, each of which leaves its objects in the TPM where there is no
/// resource manager. This stands before some of those, and takes away what it and others left.
const SWEEPER: &str = "#!/bin/sh\n/usr/bin/tpm2_flushcontext -t\n\
    /usr/bin/${0##*/} \"$@\"; status=$?; /usr/bin/tpm2_flushcontext -t; exit $status\n";

/// The tools of which that is so.
const SWEPT: [&str; 3] = ["tpm2_create", "tpm2_createprimary", "tpm2_load"];

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let alice = world.alice();
    let ptool = alice.command("sh -c").arg("command -v tpm2_ptool").run();
    let module = alice
        .command("sh -c")
        .arg("ls /usr/lib/*/pkcs11/libtpm2_pkcs11.so")
        .run();
    if module.code() != 0 || ptool.code() != 0 {
        let reason = "not measured: libtpm2-pkcs11-1 or libtpm2-pkcs11-tools is not installed";
        return Kind::ALL.map(|kind| row(kind).note(reason)).into();
    }
    let module = module.stdout.trim();
    prepare(alice);
    let compare = |mut floor| {
        let row = Token::start(alice, module, Floor::kind(&floor)).compare(plan, &mut floor);
        tool(world.machine(), "tpm2_flushcontext -t").ok();
        tool(world.machine(), "tpm2_flushcontext -l").ok();
        row
    };
    let floors = stage::floors(&world, PORT).into_iter();
    floors.map(compare).collect()
}

fn row(kind: Kind) -> Row {
    let what = format!("sign {}, ssh-agent with tpm2-pkcs11", kind.title());
    Row::new(format!("pkcs11.{}", kind.id()), what)
}

fn prepare(alice: User<'_>) {
    alice.run(&format!("mkdir -p -m 700 {HOME}/bin")).ok();
    for name in SWEPT {
        executable(alice, &format!("{HOME}/bin/{name}"), SWEEPER);
    }
    executable(
        alice,
        &format!("{HOME}/askpass"),
        &format!("#!/bin/sh\necho {PIN}\n"),
    );
}

fn executable(alice: User<'_>, path: &str, content: &str) {
    alice.write(path, content);
    alice.run(&format!("chmod 700 {path}")).ok();
}

/// A token with one key, and an ssh-agent that has it.
struct Token<'m> {
    alice: User<'m>,
    public_key: String,
    _agent: Daemon,
}

impl<'m> Token<'m> {
    fn start(alice: User<'m>, module: &str, kind: Kind) -> Self {
        let store = format!("{HOME}/{}", kind.id());
        alice.run(&format!("mkdir -m 700 {store}")).ok();
        let command = |words: &str| command(alice, words, &store);
        let ptool = |words: &str| {
            command(&format!("tpm2_ptool {words} --path {store}"))
                .run()
                .ok()
        };
        ptool("init");
        ptool(&format!(
            "addtoken --pid 1 --label bench --sopin {PIN} --userpin {PIN}"
        ));
        let algorithm = kind.in_ptool();
        ptool(&format!(
            "addkey --algorithm {algorithm} --label bench --userpin {PIN}"
        ));
        alice.run(&format!("rm -f {SOCKET}")).ok();
        let agent = command(&format!("ssh-agent -D -a {SOCKET}")).daemon();
        wait::until("ssh-agent", wait::START, || {
            alice.machine().enter(|| UnixStream::connect(SOCKET)).ok()
        });
        let add = command("ssh-add -s").arg(module);
        let add = add.env("SSH_ASKPASS", format!("{HOME}/askpass"));
        add.env("SSH_ASKPASS_REQUIRE", "force").run().ok();
        Self {
            alice,
            public_key: command("ssh-add -L").run().ok().stdout,
            _agent: agent,
        }
    }

    fn compare(&self, plan: Plan, floor: &mut Floor<'_>) -> Row {
        let connection = Connection::to(self.alice.machine(), SOCKET);
        let mut signer = Signer::on(connection, self.public_key.trim());
        stage::warm_up(&mut signer);
        let pair = Pair::measure(
            plan.rounds(),
            || floor.sign_for(plan.turn()),
            || stage::sign_for(&mut signer, plan.turn()),
        );
        row(floor.kind())
            .against_floor(&pair)
            .not_kept()
            .note("at a TPM of its own, without a broker: swtpm has no places for both")
    }
}

fn command<'m>(user: User<'m>, words: &str, store: &str) -> Invocation<'m> {
    user.command(words)
        .env("PATH", format!("{HOME}/bin:/usr/bin:/bin"))
        .env("TPM2_PKCS11_STORE", store)
        .env("TPM2_PKCS11_TCTI", TCTI)
        .env("TPM2TOOLS_TCTI", TCTI)
        .env("SSH_AUTH_SOCK", SOCKET)
}
