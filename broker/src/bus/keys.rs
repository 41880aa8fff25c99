//! `org.sshtpm.Broker1.Keys` (documented in `dbus/data/org.sshtpm.Broker1.xml`).

use std::sync::Arc;

use serde_bytes::ByteBuf;
use sshtpm_dbus::{Error, Identity, KeyInfo, KeyUse, OrphanInfo};
use zbus::OwnedFd;
use zbus::message::Header;

use super::front_door::{FrontDoor, Rejected};
use super::key_info::{certificate, identity, info};
use super::key_use::key_use;
use super::options::Options;
use super::orphan_info::orphan_info;
use super::secrets::Secrets;
use super::to_its_end::{CallerLeft, to_its_end, to_its_end_and_told};
use sshtpm_core::adopt::Loadable;
use sshtpm_core::algorithm::Wanted;
use sshtpm_core::comment::Comment;
use sshtpm_core::error::RequestError;
use sshtpm_core::identity::{Caller, Owner, Uid, UserName};
use sshtpm_core::import::Wrapped;
use sshtpm_core::orphans::Which;
use sshtpm_core::ports::Ports;
use sshtpm_core::requests::{Asked, Data, LoadableKey, NewKey, Passwords, What, WrappedKey};
use sshtpm_core::service::Service;
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::word::Word as _;

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
            let (pin, derived) = (options.pin()?, options.derived()?);
            let pcrs = options.pcrs()?;
            options.finish()?;
            let wanted = Wanted::parse(&algorithm, bits).ok_or(RequestError::UnknownAlgorithm)?;
            let new = NewKey {
                wanted,
                comment: Comment::new(comment).map_err(RequestError::from)?,
                restrictions,
                pin: self.secrets.take_if(&caller, pin).await?,
                derived,
                pcrs,
            };
            let generation = self.service.begin_generate(caller, owner, new).await?;
            let service = Arc::clone(&self.service);
            let finish = move |left: CallerLeft| async move {
                service.finish_generate(generation, left.wait()).await
            };
            info(&to_its_end_and_told("the generation", finish).await?)
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
            let rebinds = options.rebinds()?;
            options.finish()?;
            let wrapped = Wrapped::new(public, duplicate, secret, public_key.as_deref(), pcrs);
            let wrapped = wrapped.map_err(RequestError::from)?;
            let key = WrappedKey {
                wrapped,
                comment: Comment::new(comment).map_err(RequestError::from)?,
                restrictions,
                backed_up,
                rebinds,
            };
            let importation = self.service.begin_import(caller, owner, key).await?;
            let service = Arc::clone(&self.service);
            let finish = move |left: CallerLeft| async move {
                service.finish_import(importation, left.wait()).await
            };
            info(&to_its_end_and_told("the import", finish).await?)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("key"))]
    async fn adopt(
        &self,
        #[zbus(header)] header: Header<'_>,
        public: &[u8],
        private: &[u8],
        comment: String,
        mut options: Options,
    ) -> Result<KeyInfo, Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            let restrictions = options.restrictions()?;
            let (present, new) = (options.pin()?, options.new_pin()?);
            options.finish()?;
            let loadable = Loadable::new(public, private).map_err(RequestError::from)?;
            let comment = Comment::new(comment).map_err(RequestError::from)?;
            let present = self.secrets.take_if(&caller, present).await?.map(Arc::new);
            let new = self.secrets.take_if(&caller, new).await?.map(Arc::new);
            let key = LoadableKey {
                loadable,
                comment,
                restrictions,
                passwords: Passwords { present, new },
            };
            let adoption = self.service.begin_adopt(caller, owner, key).await?;
            let service = Arc::clone(&self.service);
            let finish = move |left: CallerLeft| async move {
                service.finish_adopt(adoption, left.wait()).await
            };
            info(&to_its_end_and_told("the adoption", finish).await?)
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
            let purposes = options.any_purpose()?;
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
        let work = async |caller: Caller| {
            let raw_keys = options.raw_keys()?;
            let pin = options.pin()?;
            let asked = Asked {
                what: What::Data(Data {
                    bytes: data,
                    flags,
                    raw_keys,
                }),
                sessions: options.sessions()?,
                client: options.client()?,
            };
            options.finish()?;
            let fingerprint = parse(&fingerprint)?;
            let service = &self.service;
            let signature = match self.secrets.take_if(&caller, pin).await? {
                None => service.sign(caller, fingerprint, asked).await?,
                Some(pin) => {
                    let signed = service.sign_with_pin(caller, fingerprint, asked, pin);
                    signed.await?
                }
            };
            Ok(ByteBuf::from(signature))
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("signature"))]
    async fn sign_digest(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        scheme: String,
        digest: &[u8],
        mut options: Options,
    ) -> Result<ByteBuf, Error> {
        let work = async |caller| {
            let client = options.client()?;
            options.finish()?;
            let scheme = DigestScheme::of_word(&scheme).ok_or(RequestError::UnknownScheme)?;
            let (key, digest) = (parse(&fingerprint)?, (scheme, digest));
            let signed = self.service.sign_digest(caller, key, digest, client);
            Ok(ByteBuf::from(signed.await?))
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
            let way = self.door.way();
            let (number, pipe) = self.secrets.open(&caller, way, connection.ended())?;
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
            // What the TPM and the record say has to be the same.
            let finish = async move { service.finish_set_persistent(promotion).await };
            to_its_end("the change", finish).await
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
            // A key without a record would stay in the TPM.
            let finish = async move { service.finish_delete(deletion).await };
            to_its_end("the deletion", finish).await
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("archived"))]
    async fn archive_lost(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<Vec<String>, Error> {
        let work = async |caller: Caller| {
            let (owner, key) = (options.owner(&caller).await?, options.key()?);
            options.finish()?;
            let begun = self.service.begin_archive_lost(caller, owner, key);
            let (archival, service) = (begun.await?, Arc::clone(&self.service));
            // As in Delete.
            let finish = async move { service.finish_archive_lost(archival).await };
            let archived = to_its_end("the archiving", finish).await?;
            Ok(archived.iter().map(ToString::to_string).collect())
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("keys", "next"))]
    async fn list_orphans(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<(Vec<OrphanInfo>, String), Error> {
        let work = async |caller| {
            let (uid, after) = (options.uid()?, options.after()?);
            options.finish()?;
            let which = uid.map_or(Which::All, Which::Of);
            let page = self.service.list_orphans(caller, which, after).await?;
            let keys = page.keys.iter().map(orphan_info);
            let next = page.next.map(|next| next.to_string());
            Ok((keys.collect::<Result<_, _>>()?, next.unwrap_or_default()))
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("deleted"))]
    async fn delete_orphans(
        &self,
        #[zbus(header)] header: Header<'_>,
        uid: u32,
        owner: String,
        mut options: Options,
    ) -> Result<Vec<String>, Error> {
        let work = async |caller| {
            let key = options.key()?;
            options.finish()?;
            let name = UserName::new(owner).ok_or_else(|| Rejected::invalid(NOT_A_NAME))?;
            let former = Owner::new(Uid(uid), name);
            let begun = self.service.begin_delete_orphans(caller, former, key);
            let (deletion, service) = (begun.await?, Arc::clone(&self.service));
            // As in Delete.
            let finish = async move { service.finish_delete_orphans(deletion).await };
            let deleted = to_its_end("the deletion", finish).await?;
            Ok(deleted.iter().map(ToString::to_string).collect())
        };
        self.door.serve(&header, work).await
    }
}

const NOT_A_NAME: &str = "the owner is the name of a user, of 1 to 255 bytes";

fn parse(fingerprint: &str) -> Result<Fingerprint, RequestError> {
    fingerprint.parse().map_err(|_| RequestError::Fingerprint)
}
