//! A connection to an agent: one request, one answer.
//!
//! May touch: the agent's socket. It waits without a bound of its own; the caller sets one.
//!
//! Source: RFC 9987 §3.5 (requesting a list of keys), §3.6 (private key operations).

use std::io;
use std::path::Path;

use ssh_agent_lib::proto::{PublicCredential, Request, Response, SignRequest};
use ssh_agent_lib::ssh_encoding::{Decode, Encode};
use ssh_key::Signature;
use ssh_key::public::KeyData;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use sshtpm_ssh::frame::{Incoming, frame};
use sshtpm_ssh::key;
use sshtpm_ssh::wire::{Malformed, Reader};

/// Message number of `SSH_AGENT_IDENTITIES_ANSWER`.
const IDENTITIES_ANSWER: u8 = 12;

/// Message numbers of `SSH_AGENTC_EXTENSION` and `SSH_AGENT_EXTENSION_RESPONSE`.
const EXTENSION: u8 = 27;
const EXTENSION_RESPONSE: u8 = 29;

/// Bytes taken in one read; a list of two host keys has about 1,000.
const READ_BYTES: usize = 4096;

/// A connection to an agent.
#[derive(Debug)]
pub(crate) struct AgentConnection {
    stream: UnixStream,
    incoming: Incoming,
}

impl AgentConnection {
    /// Connects to the agent at `socket`.
    ///
    /// # Errors
    ///
    /// Nothing listens there.
    pub(crate) async fn connect(socket: &Path) -> io::Result<Self> {
        Ok(Self {
            stream: UnixStream::connect(socket).await?,
            incoming: Incoming::default(),
        })
    }

    /// The keys that the agent offers. Certificates, and keys of types that no TPM has, are left
    /// out.
    ///
    /// # Errors
    ///
    /// It refuses, or its answer cannot be understood.
    pub(crate) async fn identities(&mut self) -> io::Result<Vec<KeyData>> {
        let blobs = self.blobs().await?;
        Ok(blobs
            .iter()
            .filter_map(|blob| key::parse(blob).ok())
            .collect())
    }

    /// The blobs of all that the agent offers, certificates included, in its order.
    ///
    /// # Errors
    ///
    /// It refuses, or its answer cannot be understood.
    pub(crate) async fn blobs(&mut self) -> io::Result<Vec<Vec<u8>>> {
        let answer = self.ask(&Request::RequestIdentities).await?;
        let mut answer = Reader::new(&answer);
        match answer.byte() {
            Ok(IDENTITIES_ANSWER) => blobs_in(answer).map_err(not_understood),
            _ => Err(io::Error::other("it refuses to list its keys")),
        }
    }

    /// The content of the answer to the extension called `name`, which has no content itself.
    ///
    /// # Errors
    ///
    /// It does not know the extension, refuses, or its answer cannot be understood.
    pub(crate) async fn extension(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let mut message = vec![EXTENSION];
        name.encode(&mut message).map_err(io::Error::other)?;
        let answer = self.ask_by(&message).await?;
        let mut answer = Reader::new(&answer);
        if answer.byte().ok() != Some(EXTENSION_RESPONSE) {
            return Err(io::Error::other(
                "it does not know the extension, or refuses",
            ));
        }
        if answer.string().map_err(not_understood)? != name.as_bytes() {
            return Err(not_understood("it answers another extension"));
        }
        Ok(answer.rest().to_vec())
    }

    /// A signature of `data` with `key`; `flags` as in RFC 9987 §3.6.1.
    ///
    /// # Errors
    ///
    /// It refuses, or its answer cannot be understood.
    pub(crate) async fn sign(
        &mut self,
        key: &KeyData,
        data: Vec<u8>,
        flags: u32,
    ) -> io::Result<Signature> {
        let request = SignRequest {
            credential: PublicCredential::Key(key.clone()),
            data,
            flags,
        };
        let answer = self.ask(&Request::SignRequest(request)).await?;
        match Response::decode(&mut answer.as_slice()).map_err(not_understood)? {
            Response::SignResponse(signature) => Ok(signature),
            _ => Err(io::Error::other("it refuses to sign")),
        }
    }

    async fn ask(&mut self, request: &Request) -> io::Result<Vec<u8>> {
        let mut message = Vec::new();
        request.encode(&mut message).map_err(io::Error::other)?;
        self.ask_by(&message).await
    }

    async fn ask_by(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let frame = frame(message).ok_or_else(|| io::Error::other("the request is too long"))?;
        self.stream.write_all(&frame).await?;
        self.receive().await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; READ_BYTES];
        loop {
            if let Some(answer) = self.incoming.next_message().map_err(io::Error::other)? {
                return Ok(answer.to_vec());
            }
            let count = self.stream.read(&mut buffer).await?;
            match buffer.get(..count) {
                Some(bytes) if count > 0 => self.incoming.push(bytes),
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}

/// The blobs in a list, of which the message number is read. The library takes a list for malformed
/// that has a certificate in it which is valid for ever.
fn blobs_in(mut list: Reader<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut blobs = Vec::new();
    for _ in 0..list.uint32()? {
        let (blob, _comment) = (list.string()?, list.string()?);
        blobs.push(blob.to_vec());
    }
    list.end()?;
    Ok(blobs)
}

fn not_understood(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("its answer cannot be understood: {error}"))
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{Reader, blobs_in, key};
    use crate::certificate::tests::example;
    use sshtpm_ssh::wire::Malformed;

    pub(super) fn string(content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap();
        [&length.to_be_bytes()[..], content].concat()
    }

    /// A list with a certificate, a key of an unknown type, and a key.
    pub(super) fn list() -> Vec<u8> {
        let key = crate::key_listing::example_key().public_key;
        let key = ssh_key::PublicKey::from_openssh(&key).unwrap();
        let certificate = example(ssh_key::certificate::CertType::User, "id", &["ann"]);
        let unknown = [string(b"foreign@example.com"), string(b"x")].concat();
        let mut list = 3_u32.to_be_bytes().to_vec();
        for blob in [certificate, unknown, key.to_bytes().unwrap()] {
            list.extend([string(&blob), string(b"comment")].concat());
        }
        list
    }

    #[test]
    fn certificates_and_unknown_keys_hide_no_other_keys() {
        let blobs = blobs_in(Reader::new(&list())).unwrap();
        assert_eq!(blobs.len(), 3);
        let keys = blobs.iter().filter_map(|blob| key::parse(blob).ok());
        assert_eq!(keys.count(), 1);
    }

    #[test]
    fn a_list_that_is_cut_off_or_goes_on_is_malformed() {
        let whole = list();
        for end in 0..whole.len() {
            assert_eq!(blobs_in(Reader::new(&whole[..end])), Err(Malformed));
        }
        let longer = [whole, vec![0]].concat();
        assert_eq!(blobs_in(Reader::new(&longer)), Err(Malformed));
    }
}
