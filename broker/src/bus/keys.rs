//! `org.sshtpm.Broker1.Keys` (documented in `dbus/data/org.sshtpm.Broker1.xml`).

use std::sync::Arc;

use serde_bytes::ByteBuf;
use sshtpm_dbus::{Error, ErrorKind, KeyInfo};
use zbus::message::Header;

use super::front_door::{FrontDoor, Rejected};
use super::options::Options;
use crate::core::algorithm::Wanted;
use crate::core::comment::{self, Comment};
use crate::core::error::RequestError;
use crate::core::fingerprint::Fingerprint;
use crate::core::service::{self, KeyState, ListedKey, Ports, Service};

// What clients are told, and what the core does.
const _: () = assert!(sshtpm_dbus::MAX_SIGN_DATA_BYTES == service::MAX_DATA_BYTES);
const _: () = assert!(sshtpm_dbus::MAX_COMMENT_BYTES == comment::MAX_BYTES);

/// Parses calls and hands them to the core.
#[derive(Debug)]
pub(super) struct Keys<P: Ports> {
    door: FrontDoor,
    service: Arc<Service<P>>,
}

impl<P: Ports> Keys<P> {
    pub(super) fn new(door: FrontDoor, service: Arc<Service<P>>) -> Self {
        Self { door, service }
    }
}

#[zbus::interface(name = "org.sshtpm.Broker1.Keys", introspection_docs = false)]
impl<P: Ports> Keys<P> {
    #[zbus(out_args("key"))]
    async fn generate(
        &self,
        #[zbus(header)] header: Header<'_>,
        algorithm: String,
        comment: String,
        mut options: Options,
    ) -> Result<KeyInfo, Error> {
        let work = async |caller| {
            let (bits, owner) = (options.bits()?, options.owner().await?);
            options.finish()?;
            let wanted = Wanted::parse(&algorithm, bits).ok_or(RequestError::UnknownAlgorithm)?;
            let comment = Comment::new(comment).map_err(RequestError::from)?;
            let generation = self
                .service
                .begin_generate(caller, owner, wanted, comment)
                .await?;
            let service = Arc::clone(&self.service);
            // In a task of its own, which goes on if the caller leaves.
            let finished = tokio::spawn(async move { service.finish_generate(generation).await });
            let finished = finished.await;
            info(&finished.map_err(|_| internal("the generation was cut short"))??)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("keys"))]
    async fn list(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<Vec<KeyInfo>, Error> {
        let work = async |caller| {
            let owner = options.owner().await?;
            options.finish()?;
            let keys = self.service.list(caller, owner).await?;
            keys.iter().map(info).collect()
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("signature"))]
    async fn sign(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        data: &[u8],
        flags: u32,
        options: Options,
    ) -> Result<ByteBuf, Error> {
        let work = async |caller| {
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let signature = self.service.sign(caller, fingerprint, data, flags).await?;
            Ok(ByteBuf::from(signature))
        };
        self.door.serve(&header, work).await
    }

    async fn set_comment(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        comment: String,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller| {
            let owner = options.owner().await?;
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let comment = Comment::new(comment).map_err(RequestError::from)?;
            Ok(self
                .service
                .set_comment(caller, owner, fingerprint, comment)
                .await?)
        };
        self.door.serve(&header, work).await
    }

    async fn delete(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller| {
            let owner = options.owner().await?;
            options.finish()?;
            Ok(self
                .service
                .delete(caller, owner, parse(&fingerprint)?)
                .await?)
        };
        self.door.serve(&header, work).await
    }
}

fn parse(fingerprint: &str) -> Result<Fingerprint, RequestError> {
    fingerprint.parse().map_err(|_| RequestError::Fingerprint)
}

fn internal(text: &str) -> Rejected {
    Rejected::Bus(Error::new(ErrorKind::Internal, text))
}

fn info(key: &ListedKey) -> Result<KeyInfo, Rejected> {
    let record = &key.record;
    let public = ssh_key::PublicKey::from(record.key.public.clone());
    Ok(KeyInfo {
        fingerprint: record.fingerprint().to_string(),
        algorithm: record.algorithm.ssh_name().to_owned(),
        bits: record.algorithm.bits(),
        comment: record.comment.as_str().to_owned(),
        public_key: public
            .to_openssh()
            .map_err(|_| internal("the public key has no text"))?,
        owner: record.owner.name().as_str().to_owned(),
        created: record.created,
        state: match key.state {
            KeyState::Usable => sshtpm_dbus::KeyState::Usable,
            KeyState::Lost => sshtpm_dbus::KeyState::Lost,
            KeyState::Unknown => sshtpm_dbus::KeyState::Unknown,
        },
    })
}
