//! An interposer between broker and TPM, which records commands and can change answers: the program
//! `chip-tap`, a proxy before swtpm.

use std::net::TcpStream;
use std::process::Command;

use crate::World;
use crate::broker::CONFIG;
use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::swtpm::PORT;
use crate::wait;

/// Where it listens: this port for commands, and the next one for control.
const TAP_PORT: u16 = 2421;

/// How libtss2 reaches the TPM through it.
pub const TCTI: &str = "swtpm:host=127.0.0.1,port=2421";

/// Where it writes what it hears.
const HEARD: &str = "/run/chip-tap-heard";

/// Where it reads what to change: two words of hexadecimal.
const FORGERY: &str = "/run/chip-tap-forgery";

impl World {
    /// A world whose broker reaches the TPM through a tap, which has to be put there
    /// ([`World::tap`]). The broker is configured with `settings` besides.
    pub fn to_tap(settings: &str) -> Self {
        let world = Self::empty();
        let config = format!("tpm = \"{TCTI}\"\n{settings}\n");
        world.root().write(CONFIG, config);
        world.start_bus();
        world.start_polkit();
        world.start_tpm();
        world
    }

    /// Puts the tap there, and starts the broker behind it.
    ///
    /// # Panics
    ///
    /// They do not come up.
    pub fn tap(&self) -> Tap<'_> {
        let tap = Tap::on(self.machine());
        self.start_broker();
        self.wait_for_tpm("ready");
        tap
    }
}

/// A tap on the TPM's bus.
pub struct Tap<'m> {
    machine: &'m Machine,
    _daemon: Daemon,
}

impl<'m> Tap<'m> {
    /// Listens before the TPM of `machine` from now on.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn on(machine: &'m Machine) -> Self {
        let mut command = Command::new("/opt/sshtpm/bin/chip-tap");
        let ports = [PORT, TAP_PORT].map(|port| port.to_string());
        command.args(ports).args([HEARD, FORGERY]);
        let daemon = Daemon::start(machine, "chip-tap", command);
        wait::until("chip-tap", wait::START, || {
            // The control port, as for swtpm.
            machine
                .enter(|| TcpStream::connect(("127.0.0.1", TAP_PORT + 1)))
                .ok()
        });
        Self {
            machine,
            _daemon: daemon,
        }
    }

    /// All that went to the chip and came from it.
    ///
    /// # Panics
    ///
    /// Nothing was heard yet.
    pub fn heard(&self) -> Vec<u8> {
        let heard = self.machine.enter(|| std::fs::read(HEARD));
        heard.expect("something was heard")
    }

    /// Whether these bytes went over the bus.
    pub fn has_heard(&self, bytes: &[u8]) -> bool {
        self.heard().windows(bytes.len()).any(|part| part == bytes)
    }

    /// How often a command was given (its number in TPM 2.0 Part 2, "TPM_CC Constants").
    pub fn commands(&self, code: u32) -> usize {
        self.places(code).len()
    }

    /// Where a command is in what was heard.
    pub fn places(&self, code: u32) -> Vec<usize> {
        let is_header = |part: &[u8]| {
            let tag = part.starts_with(&[0x80, 0x01]) || part.starts_with(&[0x80, 0x02]);
            tag && part.ends_with(&code.to_be_bytes())
        };
        let heard = self.heard();
        let places = heard.windows(10).enumerate();
        let of_command = places.filter(|(_, part)| is_header(part));
        of_command.map(|(place, _)| place).collect()
    }

    /// Whether the chip has not answered a command yet.
    pub fn awaits(&self, code: u32) -> bool {
        let heard = self.heard();
        let last = self.places(code).pop().and_then(|place| heard.get(place..));
        // The length of the whole command follows the tag (TPM 2.0 Part 1, "Command Header").
        last.is_some_and(|last| match last {
            [_, _, a, b, c, d, ..] => u32::from_be_bytes([*a, *b, *c, *d]) as usize == last.len(),
            _ => false,
        })
    }

    /// How many commands were given.
    pub fn all_commands(&self) -> usize {
        // Tag, a length of less than 64 KiB, and a number up to that of the last command in version
        // 1.59 of the specification; a response has a code there, which is 0 or another one.
        let is_header =
            |part: &&[u8]| matches!(part, [0x80, 1 | 2, 0, 0, _, _, 0, 0, 1, 0x1f..=0x98]);
        self.heard().windows(10).filter(is_header).count()
    }

    /// How many commands were given during `work`.
    pub fn cost(&self, work: impl FnOnce()) -> usize {
        let before = self.all_commands();
        work();
        self.all_commands() - before
    }

    /// Has the chip seem to say `forged` wherever it says what begins with `said`, which is not
    /// longer.
    ///
    /// # Panics
    ///
    /// The machine's `/run` cannot be written.
    pub fn forge(&self, said: &[u8], forged: &[u8]) {
        let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
        let forgery = format!("{} {}", hex(said), hex(forged));
        let written = self.machine.enter(|| std::fs::write(FORGERY, forgery));
        written.expect("root can write");
    }
}
