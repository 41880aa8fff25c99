//! `org.sshtpm.Broker1.Keys` (documented in `dbus/data/org.sshtpm.Broker1.xml`).

use std::convert::Infallible;
use std::sync::Arc;

use serde_bytes::ByteBuf;
use sshtpm_dbus::{Error, Identity, KeyInfo, KeyUse};
use tokio::sync::oneshot;
use zbus::OwnedFd;
use zbus::message::Header;

use super::front_door::FrontDoor;
use super::key_info::{certificate, identity, info, internal};
use super::key_use::key_use;
use super::options::Options;
use super::secrets::Secrets;
use sshtpm_core::algorithm::Wanted;
use sshtpm_core::comment::Comment;
use sshtpm_core::error::RequestError;
use sshtpm_core::identity::Caller;
use sshtpm_core::import::Wrapped;
use sshtpm_core::ports::Ports;
use sshtpm_core::requests::{Asked, NewKey, WrappedKey};
use sshtpm_core::service::Service;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Parses calls and hands them to the core.
#[derive(Debug)]
pub(super) struct Keys<P: Ports> {
    door: FrontDoor,
    service: Arc<Service<P>>,
    secrets: Secrets,
}

impl<P: Ports> Keys<P> {
    pub(super) fn new(door: FrontDoor, service: Arc<Service<P>>, secrets: Secrets) -> Self {
        Self {
            door,
            service,
            secrets,
        }
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
        let work = async |caller: Caller| {
            let (bits, owner) = (options.bits()?, options.owner(&caller).await?);
            let restrictions = options.restrictions()?;
            let (pin, pcrs) = (options.pin()?, options.pcrs()?);
            options.finish()?;
            let wanted = Wanted::parse(&algorithm, bits).ok_or(RequestError::UnknownAlgorithm)?;
            let new = NewKey {
                wanted,
                comment: Comment::new(comment).map_err(RequestError::from)?,
                restrictions,
                pin: self.secrets.take_if(&caller, pin).await?,
                pcrs,
            };
            let generation = self.service.begin_generate(caller, owner, new).await?;
            let service = Arc::clone(&self.service);
            // In a task of its own, which goes on if the caller leaves, and is told.
            let (_stays, left) = oneshot::channel::<Infallible>();
            let left = async { drop(left.await) };
            let finish = async move { service.finish_generate(generation, left).await };
            let finished = tokio::spawn(finish).await;
            info(&finished.map_err(|_| internal("the generation was cut short"))??)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("key"))]
    async fn import(
        &self,
        #[zbus(header)] header: Header<'_>,
        public: &[u8],
        duplicate: &[u8],
        secret: &[u8],
        comment: String,
        mut options: Options,
    ) -> Result<KeyInfo, Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            let (restrictions, backed_up) = (options.restrictions()?, options.backed_up()?);
            let (public_key, pcrs) = (options.public_key()?, options.pcrs()?);
            options.finish()?;
            let wrapped = Wrapped::new(public, duplicate, secret, public_key.as_deref(), pcrs);
            let wrapped = wrapped.map_err(RequestError::from)?;
            let key = WrappedKey {
                wrapped,
                comment: Comment::new(comment).map_err(RequestError::from)?,
                restrictions,
                backed_up,
            };
            let importation = self.service.begin_import(caller, owner, key).await?;
            let service = Arc::clone(&self.service);
            // As in Generate.
            let (_stays, left) = oneshot::channel::<Infallible>();
            let left = async { drop(left.await) };
            let finish = async move { service.finish_import(importation, left).await };
            let finished = tokio::spawn(finish).await;
            info(&finished.map_err(|_| internal("the import was cut short"))??)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("keys"))]
    async fn list(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<Vec<KeyInfo>, Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            let sessions = options.sessions()?;
            options.finish()?;
            let keys = self.service.list(caller, owner, sessions).await?;
            let mut infos = Vec::with_capacity(keys.len());
            for key in &keys {
                infos.push(info(key)?);
                // A key may have hundreds of host keys, and others are served on this thread.
                tokio::task::yield_now().await;
            }
            Ok(infos)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("identities"))]
    async fn list_identities(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<Vec<Identity>, Error> {
        let work = async |caller| {
            let (sessions, client) = (options.sessions()?, options.client()?);
            let purposes = options.purposes()?;
            options.finish()?;
            let keys = self.service.identities(caller, sessions, client, purposes);
            let keys = keys.await?;
            let mut offered = Vec::with_capacity(keys.len());
            for key in &keys {
                offered.extend(key.certificates().map(|one| certificate(&key.record, one)));
                offered.push(identity(&key.record)?);
            }
            Ok(offered)
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
        mut options: Options,
    ) -> Result<ByteBuf, Error> {
        let work = async |caller| {
            let asked = Asked {
                data,
                flags,
                sessions: options.sessions()?,
                client: options.client()?,
            };
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let signature = self.service.sign(caller, fingerprint, asked).await?;
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
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
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

    #[zbus(out_args("key"))]
    async fn restrict(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        mut options: Options,
    ) -> Result<KeyInfo, Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            let change = options.restrictions()?;
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let key = self
                .service
                .restrict(caller, owner, fingerprint, change)
                .await?;
            info(&key)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("key"))]
    async fn add_certificate(
        &self,
        #[zbus(header)] header: Header<'_>,
        certificate: &[u8],
        mut options: Options,
    ) -> Result<KeyInfo, Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            options.finish()?;
            let added = self.service.add_certificate(caller, owner, certificate);
            info(&added.await?)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("key"))]
    async fn remove_certificate(
        &self,
        #[zbus(header)] header: Header<'_>,
        certificate: &[u8],
        mut options: Options,
    ) -> Result<KeyInfo, Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            options.finish()?;
            let removed = self.service.remove_certificate(caller, owner, certificate);
            info(&removed.await?)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("uses"))]
    async fn get_uses(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<Vec<KeyUse>, Error> {
        let work = async |caller| {
            let key = options.key()?;
            options.finish()?;
            let uses = self.service.uses(caller, key).await?;
            Ok(uses.iter().map(key_use).collect())
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("secret", "pipe"))]
    async fn open_secret(
        &self,
        #[zbus(header)] header: Header<'_>,
        options: Options,
    ) -> Result<(u32, OwnedFd), Error> {
        let connection = self.door.connection(&header).await?;
        let work = async |caller: Caller| {
            options.finish()?;
            let (number, pipe) = self.secrets.open(&caller, connection.ended())?;
            Ok((number, pipe.into()))
        };
        self.door.serve(&header, work).await
    }

    async fn unlock(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        pin: u32,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller: Caller| {
            let lasting = options.seconds()?;
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let pin = self.secrets.take(&caller, pin).await?;
            let unlocked = self.service.unlock(caller, fingerprint, pin, lasting);
            Ok(unlocked.await?)
        };
        self.door.serve(&header, work).await
    }

    async fn lock(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller| {
            let key = options.key()?;
            options.finish()?;
            Ok(self.service.lock(caller, key).await?)
        };
        self.door.serve(&header, work).await
    }

    async fn set_pin(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller: Caller| {
            let (present, new) = (options.pin()?, options.new_pin()?);
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let present = self.secrets.take_if(&caller, present).await?;
            let new = self.secrets.take_if(&caller, new).await?;
            let set = self.service.set_pin(caller, fingerprint, present, new);
            Ok(set.await?)
        };
        self.door.serve(&header, work).await
    }

    async fn set_persistent(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        persistent: bool,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let promotion = self
                .service
                .begin_set_persistent(caller, owner, fingerprint, persistent)
                .await?;
            let service = Arc::clone(&self.service);
            // In a task of its own, as what the TPM and the record say has to be the same.
            let finish = async move { service.finish_set_persistent(promotion).await };
            let finished = tokio::spawn(finish).await;
            Ok(finished.map_err(|_| internal("the change was cut short"))??)
        };
        self.door.serve(&header, work).await
    }

    async fn delete(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let begun = self.service.begin_delete(caller, owner, fingerprint);
            let (deletion, service) = (begun.await?, Arc::clone(&self.service));
            // In a task of its own, as a key without a record would stay in the TPM.
            let finish = async move { service.finish_delete(deletion).await };
            let finished = tokio::spawn(finish).await;
            Ok(finished.map_err(|_| internal("the deletion was cut short"))??)
        };
        self.door.serve(&header, work).await
    }
}

fn parse(fingerprint: &str) -> Result<Fingerprint, RequestError> {
    fingerprint.parse().map_err(|_| RequestError::Fingerprint)
}
