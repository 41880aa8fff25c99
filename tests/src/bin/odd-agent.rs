//! An agent as no agent should be, for tests of agents that stand in front of others.
//!
//! `odd-agent SOCKET WAY [OTHER]` listens at SOCKET. To each message it answers
//! `SSH_AGENT_FAILURE`, except that the way decides what becomes of a request for keys:
//!
//! - `silent`: no answer.
//! - `leaving`: it hangs up.
//! - `flooding`: bytes of one answer without end.
//! - `crowded`: 10,000 keys.
//! - `malformed`: a list that is cut off.
//! - `listing`: the keys in the file OTHER, which is read for each list: a blob a line, in
//!   hexadecimal digits.
//! - `hoarding`: one key, `key`. A request to sign gets all but the end of the longest answer.
//! - `passing`: each message goes to the agent at OTHER, and the answer comes from there.
//! - `hiding`: the same, except for extensions, which get `SSH_AGENT_FAILURE`.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

/// Numbers of messages (RFC 9987).
const FAILURE: &[u8] = &[5];
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const EXTENSION: u8 = 27;

/// Keys of an agent that has too many.
const CROWD: u32 = 10_000;

/// Bytes of the longest answer.
const LONGEST: u32 = 256 * 1024;

fn main() -> io::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [socket, way, other @ ..] = arguments.as_slice() else {
        return Err(io::Error::other("usage: odd-agent SOCKET WAY [OTHER]"));
    };
    let other = other.first();
    let listener = UnixListener::bind(socket)?;
    thread::scope(|scope| {
        for client in listener.incoming().flatten() {
            scope.spawn(move || serve(client, way, other.map(String::as_str)));
        }
    });
    Ok(())
}

fn serve(mut client: UnixStream, way: &str, other: Option<&str>) -> io::Result<()> {
    let socket = other.filter(|_| way != "listing");
    let mut behind = socket.map(UnixStream::connect).transpose()?;
    loop {
        let message = receive(&mut client)?;
        let kind = message.first().copied();
        if way == "passing" || (way == "hiding" && kind != Some(EXTENSION)) {
            let behind = behind.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            send(behind, &message)?;
            send(&mut client, &receive(behind)?)?;
        } else if way == "hoarding" && kind == Some(SIGN_REQUEST) {
            client.write_all(&LONGEST.to_be_bytes())?;
            client.write_all(&vec![
                0;
                usize::try_from(LONGEST - 1)
                    .map_err(io::Error::other)?
            ])?;
        } else if kind == Some(REQUEST_IDENTITIES) {
            list(&mut client, way, other)?;
        } else {
            send(&mut client, FAILURE)?;
        }
    }
}

fn list(client: &mut UnixStream, way: &str, other: Option<&str>) -> io::Result<()> {
    let start = [&[IDENTITIES_ANSWER][..], &CROWD.to_be_bytes()].concat();
    match way {
        "silent" => Ok(()),
        "hoarding" => send(client, b"\x0c\0\0\0\x01\0\0\0\x07\0\0\0\x03key\0\0\0\0"),
        "listing" => send(client, &keys_in(other.unwrap_or_default())?),
        "leaving" => Err(io::ErrorKind::BrokenPipe.into()),
        "flooding" => {
            client.write_all(&LONGEST.to_be_bytes())?;
            loop {
                client.write_all(&start)?;
            }
        }
        "crowded" => {
            let keys = (0..CROWD).flat_map(|key| {
                let blob = format!("\0\0\0\x08key{key:05}").into_bytes();
                [vec![0, 0, 0, 12], blob, vec![0; 4]].concat()
            });
            send(client, &start.into_iter().chain(keys).collect::<Vec<_>>())
        }
        _ => send(client, &start),
    }
}

/// A list of the keys in the file at `path`.
fn keys_in(path: &str) -> io::Result<Vec<u8>> {
    let text = std::fs::read_to_string(path)?;
    let mut list = vec![IDENTITIES_ANSWER];
    let count = u32::try_from(text.lines().count()).map_err(io::Error::other)?;
    list.extend(count.to_be_bytes());
    for line in text.lines() {
        let digits = line.as_bytes().chunks(2);
        let byte = |digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let blob: Option<Vec<u8>> = digits.map(byte).collect();
        let blob = blob.ok_or(io::ErrorKind::InvalidData)?;
        let length = u32::try_from(blob.len()).map_err(io::Error::other)?;
        list.extend(length.to_be_bytes());
        list.extend(blob);
        list.extend([0; 4]);
    }
    Ok(list)
}

fn receive(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
    let mut message = vec![0; length];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn send(stream: &mut UnixStream, message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(message)
}
