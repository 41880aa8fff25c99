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

    /// The keys that the agent offers.
    ///
    /// # Errors
    ///
    /// It refuses, or its answer cannot be understood.
    pub(crate) async fn identities(&mut self) -> io::Result<Vec<KeyData>> {
        match self.ask(&Request::RequestIdentities).await? {
            Response::IdentitiesAnswer(identities) => Ok(identities
                .into_iter()
                .filter_map(|identity| match identity.credential {
                    PublicCredential::Key(key) => Some(key),
                    PublicCredential::Cert(_) => None,
                })
                .collect()),
            _ => Err(io::Error::other("it refuses to list its keys")),
        }
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
        match self.ask(&Request::SignRequest(request)).await? {
            Response::SignResponse(signature) => Ok(signature),
            _ => Err(io::Error::other("it refuses to sign")),
        }
    }

    async fn ask(&mut self, request: &Request) -> io::Result<Response> {
        let mut message = Vec::new();
        request.encode(&mut message).map_err(io::Error::other)?;
        let frame = frame(&message).ok_or_else(|| io::Error::other("the request is too long"))?;
        self.stream.write_all(&frame).await?;
        let answer = self.receive().await?;
        Response::decode(&mut answer.as_slice())
            .map_err(|error| io::Error::other(format!("its answer cannot be understood: {error}")))
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
