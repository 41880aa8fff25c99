//! Has one's own agent do all that it does at once: signatures for local and forwarded connections,
//! lists, and locking.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use signature::Signer as _;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{PrivateKey, PublicKey};
use sshtpm_ssh::frame::frame;

use super::threads::{done, on_threads};
use crate::signed_data::sshsig;

/// Requests of a connection that are on their way at once.
const AT_ONCE: usize = 10;

/// Connections with so many make 400 requests.
const CONNECTIONS: usize = 40;

/// Numbers of messages (RFC 9987).
const REQUEST_IDENTITIES: u8 = 11;
const SIGN_REQUEST: u8 = 13;
const LOCK: u8 = 22;
const UNLOCK: u8 = 23;
const EXTENSION: u8 = 27;

/// Does it at the agent behind `socket`, with `public_key` as it is in `authorized_keys`.
///
/// # Errors
///
/// The agent cannot be reached, or that is no key.
pub fn run(connections: usize, socket: &str, public_key: &str) -> io::Result<()> {
    let sign = sign_request(public_key)?;
    on_threads(connections.min(CONNECTIONS), |number| match number {
        0 => lock_and_unlock(socket),
        _ => {
            let mut agent = Agent(UnixStream::connect(socket)?);
            if number % 2 == 0 {
                agent.ask_all(&[bind_forwarded(number)])?;
            }
            let list = framed(REQUEST_IDENTITIES, b"");
            let requests: Vec<_> = (0..AT_ONCE)
                .map(|at| if at == 0 { list.clone() } else { sign.clone() })
                .collect();
            loop {
                agent.ask_all(&requests)?;
            }
        }
    })
}

fn lock_and_unlock(socket: &str) -> io::Result<()> {
    let mut agent = Agent(UnixStream::connect(socket)?);
    let passphrase = string(b"passphrase");
    loop {
        agent.ask_all(&[framed(LOCK, &passphrase), framed(UNLOCK, &passphrase)])?;
    }
}

/// A connection to an agent.
struct Agent(UnixStream);

impl Agent {
    /// Sends all, and then reads as many answers, whatever they are.
    fn ask_all(&mut self, requests: &[Vec<u8>]) -> io::Result<()> {
        self.0.write_all(&requests.concat())?;
        for _ in requests {
            let mut length = [0; 4];
            self.0.read_exact(&mut length)?;
            let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
            self.0.read_exact(&mut vec![0; length])?;
            done();
        }
        Ok(())
    }
}

fn sign_request(public_key: &str) -> io::Result<Vec<u8>> {
    let key = PublicKey::from_openssh(public_key).map_err(io::Error::other)?;
    let blob = key.to_bytes().map_err(io::Error::other)?;
    let content = [string(&blob), string(&sshsig("load")), vec![0; 4]].concat();
    Ok(framed(SIGN_REQUEST, &content))
}

/// Says that the connection is forwarded, by a host that this neighbour invented.
fn bind_forwarded(number: usize) -> Vec<u8> {
    let id = [u8::try_from(number).unwrap_or_default(); 32];
    let host = PrivateKey::from(Ed25519Keypair::from_seed(&id));
    let blob = host.public_key().to_bytes().expect("a key has a blob");
    let signature: Vec<u8> = host.key_data().sign(&id).try_into().expect("a blob");
    let content = [
        string(b"session-bind@openssh.com"),
        string(&blob),
        string(&id),
        string(&signature),
        vec![1],
    ];
    framed(EXTENSION, &content.concat())
}

fn framed(number: u8, content: &[u8]) -> Vec<u8> {
    frame(&[&[number], content].concat()).expect("a short message")
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short field");
    [&length.to_be_bytes(), bytes].concat()
}
