//! Usage: chip-tap PORT OWN-PORT HEARD FORGERY
//!
//! Passes on what comes to OWN-PORT to PORT on this machine, and what comes back; the same for the
//! two ports after them. Writes everything to the file HEARD. What the other side says is changed
//! as the file FORGERY says, if it is there: each occurrence of its first word, of hexadecimal,
//! becomes the second, and if that is longer, so does what follows it.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, own_port, heard, forgery] = arguments.as_slice() else {
        return Err("usage: chip-tap PORT OWN-PORT HEARD FORGERY".into());
    };
    let (port, own_port): (u16, u16) = (port.parse()?, own_port.parse()?);
    let tap = Tap {
        heard: OpenOptions::new().create(true).append(true).open(heard)?,
        forgery: forgery.clone(),
    };
    let commands = TcpListener::bind(("127.0.0.1", own_port))?;
    let control = TcpListener::bind(("127.0.0.1", own_port + 1))?;
    let other = tap.clone()?;
    thread::spawn(move || other.serve(&control, port + 1));
    tap.serve(&commands, port)
}

struct Tap {
    heard: File,
    forgery: String,
}

impl Tap {
    fn clone(&self) -> std::io::Result<Self> {
        Ok(Self {
            heard: self.heard.try_clone()?,
            forgery: self.forgery.clone(),
        })
    }

    fn serve(&self, listener: &TcpListener, port: u16) -> Result<(), Failure> {
        loop {
            let (client, _) = listener.accept()?;
            let Ok(chip) = TcpStream::connect(("127.0.0.1", port)) else {
                continue;
            };
            let (to_client, to_chip) = (client.try_clone()?, chip.try_clone()?);
            let (there, back) = (self.clone()?, self.clone()?);
            thread::spawn(move || there.pass(client, to_chip, false));
            thread::spawn(move || back.pass(chip, to_client, true));
        }
    }

    fn pass(mut self, mut from: TcpStream, mut to: TcpStream, is_chip: bool) -> Option<()> {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let bytes = buffer.get_mut(..length)?;
            self.heard.write_all(bytes).ok()?;
            if is_chip {
                self.forge(bytes);
            }
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
        Some(())
    }

    fn forge(&self, bytes: &mut [u8]) -> Option<()> {
        let forgery = std::fs::read_to_string(&self.forgery).ok()?;
        let (said, forged) = forgery.split_once(' ')?;
        let (said, forged) = (unhex(said)?, unhex(forged)?);
        let length = said.len().max(forged.len());
        for start in 0..=bytes.len().checked_sub(length)? {
            let part = bytes.get_mut(start..start + length)?;
            if part.starts_with(&said) {
                part.copy_from_slice(&forged);
            }
        }
        Some(())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
