//! `org.sshtpm.Broker1.Keys` (documented in `dbus/data/org.sshtpm.Broker1.xml`).

use std::collections::HashMap;
use std::sync::Arc;

use serde_bytes::ByteBuf;
use sshtpm_dbus::{Error, KeyInfo};
use zbus::OwnedVariant;
use zbus::message::Header;

use super::front_door::FrontDoor;
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
        options: HashMap<String, OwnedVariant>,
    ) -> Result<KeyInfo, Error> {
        let work = async |caller| {
            let mut options = Options::new(options);
            let (bits, owner) = (options.bits()?, options.owner().await?);
            options.finish()?;
            let wanted = Wanted::parse(&algorithm, bits).ok_or(RequestError::UnknownAlgorithm)?;
            let comment = Comment::new(comment).map_err(RequestError::from)?;
            let key = self
                .service
                .generate(caller, owner, wanted, comment)
                .await?;
            Ok(info(&key))
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("keys"))]
    async fn list(
        &self,
        #[zbus(header)] header: Header<'_>,
        options: HashMap<String, OwnedVariant>,
    ) -> Result<Vec<KeyInfo>, Error> {
        let work = async |caller| {
            let mut options = Options::new(options);
            let owner = options.owner().await?;
            options.finish()?;
            let keys = self.service.list(caller, owner).await?;
            Ok(keys.iter().map(info).collect())
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("signature"))]
    async fn sign(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        data: ByteBuf,
        flags: u32,
        options: HashMap<String, OwnedVariant>,
    ) -> Result<ByteBuf, Error> {
        let work = async |caller| {
            Options::new(options).finish()?;
            let fingerprint = parse(&fingerprint)?;
            let signature = self.service.sign(caller, fingerprint, &data, flags).await?;
            Ok(ByteBuf::from(signature))
        };
        self.door.serve(&header, work).await
    }

    async fn set_comment(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        comment: String,
        options: HashMap<String, OwnedVariant>,
    ) -> Result<(), Error> {
        let work = async |caller| {
            let mut options = Options::new(options);
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
        options: HashMap<String, OwnedVariant>,
    ) -> Result<(), Error> {
        let work = async |caller| {
            let mut options = Options::new(options);
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

fn info(key: &ListedKey) -> KeyInfo {
    let record = &key.record;
    let public = ssh_key::PublicKey::from(record.key.public.clone());
    KeyInfo {
        fingerprint: record.fingerprint().to_string(),
        algorithm: record.algorithm.ssh_name().to_owned(),
        bits: record.algorithm.bits(),
        comment: record.comment.as_str().to_owned(),
        public_key: public.to_openssh().unwrap_or_default(),
        owner: record.owner.name().as_str().to_owned(),
        created: record.created,
        state: match key.state {
            KeyState::Usable => sshtpm_dbus::KeyState::Usable,
            KeyState::Lost => sshtpm_dbus::KeyState::Lost,
            KeyState::Unknown => sshtpm_dbus::KeyState::Unknown,
        },
    }
}
