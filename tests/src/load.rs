//! Load: programs that sign without a pause, and strangers that connect to sshd and leave.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use ssh_key::{Algorithm, PublicKey};

use crate::agent::{Agent, Connection};
use crate::signed_data::sshsig;
use crate::user::{Running, User};

/// Number of an agent's sign request and of its answer (RFC 9987).
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// `SSH_AGENT_RSA_SHA2_512` of RFC 9987. Without it some agents sign with SHA-1.
const WITH_SHA512: u32 = 4;

/// What a command begins with that is to have a share of the processors, as systemd gives each user
/// one, however many processes they have.
///
/// Linux gives a share to each session (sched(7), "The autogroup feature"), so the command gets a
/// session of its own. Within the session of the test, at the lowest priority, 64 connections made
/// other sessions wait: a program that did nothing but sleep woke up to 4.8 s late (Linux 6.18).
/// Where sessions have no shares the lowest priority does it.
pub const A_SHARE: &str = "setsid nice -n 19";

fn put(message: &mut Vec<u8>, field: &[u8]) {
    let length = u32::try_from(field.len()).expect("a short field");
    message.extend(length.to_be_bytes());
    message.extend(field);
}

/// A program that asks an agent for signatures, one after the other.
pub struct Signer {
    connection: Connection,
    request: Vec<u8>,
}

impl Signer {
    /// One with a connection of its own, for `public_key` as it is in `authorized_keys`.
    ///
    /// # Panics
    ///
    /// The agent does not listen, or that is no key.
    pub fn new(agent: &Agent<'_>, public_key: &str) -> Self {
        Self::on(agent.connect(), public_key)
    }

    /// One on a connection to any agent.
    ///
    /// # Panics
    ///
    /// That is no key.
    pub fn on(connection: Connection, public_key: &str) -> Self {
        Self::of(connection, public_key, &sshsig("load"))
    }

    /// The same, of this data.
    ///
    /// # Panics
    ///
    /// That is no key.
    pub fn of(connection: Connection, public_key: &str, data: &[u8]) -> Self {
        let key = PublicKey::from_openssh(public_key).expect("a public key");
        let mut request = vec![SIGN_REQUEST];
        put(&mut request, &key.to_bytes().expect("a key has a blob"));
        put(&mut request, data);
        let flags = match key.algorithm() {
            Algorithm::Rsa { .. } => WITH_SHA512,
            _ => 0,
        };
        request.extend(flags.to_be_bytes());
        Self {
            connection,
            request,
        }
    }

    /// Has something signed, and gives how long that took.
    ///
    /// # Errors
    ///
    /// The agent refuses, or closes the connection.
    pub fn sign(&mut self) -> io::Result<Duration> {
        let start = Instant::now();
        let answer = self.connection.ask(&self.request)?;
        match answer.first() {
            Some(&SIGN_RESPONSE) => Ok(start.elapsed()),
            _ => Err(io::Error::other("the agent refused to sign")),
        }
    }
}

/// Programs that sign without pause until they are told to stop.
pub struct Busy<'scope> {
    threads: Vec<ScopedJoinHandle<'scope, io::Result<()>>>,
    stop: &'scope AtomicBool,
}

impl<'scope> Busy<'scope> {
    /// Starts one for each of `signers`, which count what they have had signed.
    pub fn start(
        scope: &'scope Scope<'scope, '_>,
        signers: Vec<Signer>,
        stop: &'scope AtomicBool,
        signed: &'scope AtomicUsize,
    ) -> Self {
        let run = |mut signer: Signer| {
            move || {
                while !stop.load(Ordering::Relaxed) {
                    signer.sign()?;
                    signed.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            }
        };
        let threads = signers.into_iter().map(|signer| scope.spawn(run(signer)));
        Self {
            threads: threads.collect(),
            stop,
        }
    }

    /// Stops them.
    ///
    /// # Errors
    ///
    /// One of them was refused, so it was no load.
    ///
    /// # Panics
    ///
    /// Where one of them did.
    pub fn stop(mut self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        let threads = std::mem::take(&mut self.threads);
        let ended = threads.into_iter().map(|thread| {
            let ended = thread.join();
            ended.expect("a program that signs does not panic")
        });
        ended.collect()
    }
}

/// A test that panics beside them would otherwise wait for their end for ever.
impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Programs of `user` that call the broker over the bus, on so many connections, without pause.
/// They print a line for each signature.
pub fn on_the_bus(user: User<'_>, connections: usize, key: &str) -> Running {
    let command = user.command(&format!("sign-without-pause {connections}"));
    command.arg(key).start()
}

/// Strangers that have sshd prove its key and leave, so many at a time. Each comes back at once
/// until the command ends. They print a line for each proof. They have [`A_SHARE`] of the
/// processors, although real ones use those of their own machines.
pub fn at_the_door(user: User<'_>, strangers: usize) -> Running {
    let one = "while kill -0 $$; do ssh-keyscan -T 30 -t ecdsa localhost; done 2>/dev/null";
    let all = format!("for i in $(seq {strangers}); do ({one}) & done; wait");
    user.command(&format!("{A_SHARE} sh -c")).arg(all).start()
}
