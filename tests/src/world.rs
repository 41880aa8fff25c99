//! A world: a machine with the components that a scenario needs.

use std::cell::RefCell;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::broker::{self, Broker, STATE_DIRECTORY};
use crate::bus::Bus;
use crate::machine::Machine;
use crate::polkit::{self, Polkit};
use crate::swtpm::Swtpm;
use crate::user::User;
use crate::wait;

/// A machine with some or all of the components. They end with it; the logs are shown when the
/// test has failed.
pub struct World {
    bus: RefCell<Option<Bus>>,
    polkit: RefCell<Option<Polkit>>,
    tpm: RefCell<Option<Swtpm>>,
    broker: RefCell<Option<Broker>>,
    machine: Machine,
}

impl World {
    /// Everything is up, and the broker has found the TPM.
    pub fn new() -> Self {
        let world = Self::empty();
        world.start_all();
        world
    }

    /// Everything is up, and polkitd obeys `rule` (JavaScript).
    pub fn with_rule(rule: &str) -> Self {
        let world = Self::empty();
        polkit::write_rule(world.machine(), rule);
        world.start_all();
        world
    }

    /// Everything is up, and the broker's configuration has these lines of TOML, too.
    pub fn with_config(lines: &str) -> Self {
        let world = Self::empty();
        broker::write_config(world.machine(), lines);
        world.start_all();
        world
    }

    /// Nothing is up.
    pub fn empty() -> Self {
        let machine = Machine::new();
        broker::write_config(&machine, "");
        Self {
            bus: RefCell::default(),
            polkit: RefCell::default(),
            tpm: RefCell::default(),
            broker: RefCell::default(),
            machine,
        }
    }

    /// Everything is up but for a TPM: the configured device, named so, is not there.
    pub fn without_a_device() -> Self {
        let world = Self::empty();
        let config = "tpm = \"device:/dev/tpm-that-is-not-there\"\n";
        world.root().write("/etc/sshtpm/broker.toml", config);
        world.start_bus();
        world.start_polkit();
        world.start_broker();
        world
    }

    /// Puts the broker's state on a disk of its own, with these options of tmpfs besides. It can be
    /// full or read-only while the rest of the machine is not.
    pub fn put_state_on_a_disk(&self, options: &str) {
        let mount = format!("mount -t tmpfs -o mode=700{options} none {STATE_DIRECTORY}");
        let root = self.root();
        root.run(&format!("mkdir -m 700 {STATE_DIRECTORY}")).ok();
        root.run(&mount).ok();
    }

    /// Starts everything, and waits until the broker has found the TPM.
    pub fn start_all(&self) {
        self.start_bus();
        self.start_polkit();
        self.start_tpm();
        self.start_broker();
        self.wait_for_tpm("ready");
    }

    /// Starts dbus-daemon.
    pub fn start_bus(&self) {
        self.bus.replace(Some(Bus::start(&self.machine)));
    }

    /// Starts polkitd.
    pub fn start_polkit(&self) {
        self.polkit.replace(Some(Polkit::start(&self.machine)));
    }

    /// Ends polkitd.
    pub fn stop_polkit(&self) {
        taken(&self.polkit).stop(&self.machine);
    }

    /// Ends polkitd with all that it was asked, once another one has taken its place.
    pub fn replace_polkit(&self) {
        let mut polkit = self.polkit.borrow_mut();
        let polkit = polkit.as_mut().expect("polkitd was started");
        polkit.replace(&self.machine);
    }

    /// Stops polkitd from answering. It stays on the bus.
    pub fn freeze_polkit(&self) {
        signal(&self.polkit, Signal::SIGSTOP);
    }

    /// Has a frozen polkitd go on.
    pub fn thaw_polkit(&self) {
        signal(&self.polkit, Signal::SIGCONT);
    }

    /// Ends the bus, and with it all connections.
    pub fn stop_bus(&self) {
        taken(&self.bus).daemon.stop();
    }

    /// Stops the bus from delivering messages. Its connections stay open.
    pub fn freeze_bus(&self) {
        let bus = self.bus.borrow();
        let bus = bus.as_ref().expect("the bus was started");
        bus.daemon.signal(Signal::SIGSTOP);
    }

    /// Has a frozen bus go on.
    pub fn thaw_bus(&self) {
        let bus = self.bus.borrow();
        let bus = bus.as_ref().expect("the bus was started");
        bus.daemon.signal(Signal::SIGCONT);
    }

    /// Has the broker read its configuration again, and does not wait for that.
    pub fn reload_broker(&self) {
        let broker = self.broker.borrow();
        let broker = broker.as_ref().expect("the broker was started");
        broker.daemon.signal(Signal::SIGHUP);
    }

    /// Waits until the broker has ended by itself, and says whether with success.
    pub fn broker_ended(&self) -> bool {
        taken(&self.broker).daemon.wait().success()
    }

    /// Starts the broker.
    pub fn start_broker(&self) {
        self.broker.replace(Some(Broker::start(&self.machine)));
    }

    /// Ends the broker as systemd does.
    pub fn stop_broker(&self) {
        taken(&self.broker).stop(&self.machine);
    }

    /// Ends the broker as systemd does, and starts it again.
    pub fn restart_broker(&self) {
        self.stop_broker();
        self.start_broker();
    }

    /// The broker's process, as seen from the test.
    pub fn broker_pid(&self) -> u32 {
        let broker = self.broker.borrow();
        let broker = broker.as_ref().expect("the broker was started");
        broker.daemon.pid()
    }

    /// Ends the broker at once, as a power failure would.
    pub fn kill_broker(&self) {
        taken(&self.broker).kill(&self.machine);
    }

    /// Kills the broker at once when it is called, from any thread; [`World::kill_broker`] has to
    /// follow.
    pub fn broker_killer(&self) -> impl Fn() + Send + Sync + use<> {
        let pid = Pid::from_raw(self.broker_pid().cast_signed());
        move || kill(pid, Signal::SIGKILL).expect("a process that was not waited for")
    }

    /// What the broker has said since it was started.
    pub fn broker_log(&self) -> String {
        let broker = self.broker.borrow();
        broker
            .as_ref()
            .expect("the broker was started")
            .daemon
            .log()
    }

    /// Switches the TPM on; the first time it is a new one.
    pub fn start_tpm(&self) {
        self.tpm.replace(Some(Swtpm::start(&self.machine)));
    }

    /// Switches the TPM off as a machine that shuts down does.
    pub fn power_off_tpm(&self) {
        taken(&self.tpm).power_off(&self.machine);
    }

    /// Pulls the TPM out.
    pub fn kill_tpm(&self) {
        taken(&self.tpm).kill();
    }

    /// Stops the TPM from answering. Its port stays open.
    pub fn freeze_tpm(&self) {
        self.wait_for_examination();
        self.tpm.borrow().as_ref().expect("the TPM is on").freeze();
    }

    /// Has a frozen TPM go on.
    pub fn thaw_tpm(&self) {
        self.tpm.borrow().as_ref().expect("the TPM is on").thaw();
    }

    /// Waits until the broker says that the TPM is in `state`.
    pub fn wait_for_tpm(&self, state: &str) {
        wait::until(&format!("the TPM's state {state:?}"), wait::EFFECT, || {
            let now = self.root().tpm("State").ok()?;
            (now == state).then_some(())
        });
        self.wait_for_examination();
    }

    /// Waits until the broker has asked the TPM all about itself, so that no command of its own
    /// comes between those of the test.
    fn wait_for_examination(&self) {
        // The answer comes then. If there is no broker, there is nothing to wait for.
        drop(self.root().tpm("Algorithms"));
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// root.
    pub fn root(&self) -> User<'_> {
        self.machine.root()
    }

    /// A user, in no special group.
    pub fn alice(&self) -> User<'_> {
        self.machine.user("alice")
    }

    /// Another one.
    pub fn bob(&self) -> User<'_> {
        self.machine.user("bob")
    }

    /// The system user to whom host keys belong.
    pub fn host_user(&self) -> User<'_> {
        self.machine.user("sshtpm-host")
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

fn signal(polkit: &RefCell<Option<Polkit>>, signal: Signal) {
    let polkit = polkit.borrow();
    let polkit = polkit.as_ref().expect("polkitd was started");
    polkit.daemon.signal(signal);
}

/// The component that was started; the world no longer has it.
fn taken<T>(component: &RefCell<Option<T>>) -> T {
    component.take().expect("what is ended was started")
}
