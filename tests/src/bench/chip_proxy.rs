//! A proxy before swtpm that counts the commands, and can make it as slow as a real chip.
//!
//! Two threads inside the private machine, one for each of swtpm's ports. Each serves one
//! connection at a time, as swtpm does: libtss2 makes a new one for each command.
//!
//! Specs: TPM 2.0 Part 1, "Command/Response Structure"; swtpm_ioctls(3) (control port).

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::socket::{Shutdown, shutdown};

use super::chips::Chip;
use crate::machine::Machine;
use crate::swtpm::PORT;

/// Where it listens for commands; the next port is for control.
pub const PROXY_PORT: u16 = 2521;

/// How the broker is told of it.
pub const TCTI: &str = "swtpm:host=127.0.0.1,port=2521";

/// Tag, length and number of a command, or of a response.
const HEADER_BYTES: usize = 10;

/// Longest message; swtpm says 4096.
const MAX_MESSAGE_BYTES: usize = 8192;

/// How long a peer may be silent in the middle of a message.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often each command was given, by its number (TPM 2.0 Part 2, "TPM_CC Constants").
pub type Counts = BTreeMap<u32, usize>;

/// A proxy that runs.
pub struct ChipProxy {
    shared: Arc<Shared>,
    listeners: [TcpListener; 2],
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    counts: Mutex<Counts>,
    chip: Mutex<Option<Chip>>,
}

impl ChipProxy {
    /// Listens before the TPM of `machine` from now on, and delays nothing.
    ///
    /// # Panics
    ///
    /// Its ports are taken.
    pub fn start(machine: &Machine) -> Self {
        let bind = |port| TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        let listeners = machine.enter(|| [bind(PROXY_PORT), bind(PROXY_PORT + 1)]);
        let shared = Arc::new(Shared::default());
        let [commands, control] = &listeners;
        let clone = |listener: &TcpListener| listener.try_clone().expect("a descriptor is free");
        let (commands, control) = (clone(commands), clone(control));
        let with_commands = Arc::clone(&shared);
        let threads = vec![
            machine.spawn(move || {
                serve(&commands, PORT, |client, chip| {
                    with_commands.pass_commands(client, chip)
                })
            }),
            machine.spawn(move || serve(&control, PORT + 1, pass_control)),
        ];
        Self {
            shared,
            listeners,
            threads,
        }
    }

    /// Makes the TPM as slow as `chip` from now on, or as fast as it is.
    pub fn be(&self, chip: Option<Chip>) {
        *locked(&self.shared.chip) = chip;
    }

    /// How often each command was given since this was asked before.
    pub fn take_counts(&self) -> Counts {
        std::mem::take(&mut *locked(&self.shared.counts))
    }
}

impl Drop for ChipProxy {
    fn drop(&mut self) {
        for listener in &self.listeners {
            // Wakes the thread that waits for a connection.
            let _ = shutdown(listener.as_raw_fd(), Shutdown::Both);
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(listener: &TcpListener, port: u16, pass: impl Fn(TcpStream, TcpStream) -> io::Result<()>) {
    while let Ok((client, _)) = listener.accept() {
        // Where one of them goes away, the other sees it, as it would without us.
        let _ = connect(port).and_then(|chip| {
            prepare(&client)?;
            pass(client, chip)
        });
    }
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let chip = TcpStream::connect(("127.0.0.1", port))?;
    prepare(&chip)?;
    Ok(chip)
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))
}

impl Shared {
    fn pass_commands(&self, mut client: TcpStream, mut chip: TcpStream) -> io::Result<()> {
        loop {
            let command = receive(&mut client)?;
            let start = Instant::now();
            let code = number_of(&command);
            *locked(&self.counts).entry(code).or_default() += 1;
            chip.write_all(&command)?;
            let response = receive(&mut chip)?;
            let takes = locked(&self.chip).map(|chip| chip.takes(code, &response));
            if let Some(left) = takes.and_then(|takes| takes.checked_sub(start.elapsed())) {
                std::thread::sleep(left);
            }
            client.write_all(&response)?;
        }
    }
}

/// A command or a response.
fn receive(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; HEADER_BYTES];
    from.read_exact(&mut message)?;
    let length = message.get(2..6).and_then(|bytes| bytes.try_into().ok());
    let length = usize::try_from(length.map_or(0, u32::from_be_bytes)).unwrap_or(usize::MAX);
    if !(HEADER_BYTES..=MAX_MESSAGE_BYTES).contains(&length) {
        return Err(io::Error::other("no TPM message has this length"));
    }
    message.resize(length, 0);
    from.read_exact(message.get_mut(HEADER_BYTES..).unwrap_or_default())?;
    Ok(message)
}

fn number_of(command: &[u8]) -> u32 {
    let number = command.get(6..10).and_then(|bytes| bytes.try_into().ok());
    number.map_or(0, u32::from_be_bytes)
}

/// Of a control command nothing is known but that it and its answer come in one piece each.
fn pass_control(client: TcpStream, chip: TcpStream) -> io::Result<()> {
    while pass_piece(&client, &chip)? && pass_piece(&chip, &client)? {}
    Ok(())
}

/// Whether there was one.
fn pass_piece(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<bool> {
    let mut buffer = [0; MAX_MESSAGE_BYTES];
    let length = from.read(&mut buffer)?;
    to.write_all(buffer.get(..length).unwrap_or_default())?;
    Ok(length > 0)
}
