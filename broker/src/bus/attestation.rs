//! `org.sshtpm.Broker1.Attestation` (documented in `dbus/data/org.sshtpm.Broker1.xml`).

use std::sync::Arc;

use serde_bytes::ByteBuf;
use sshtpm_dbus::Error;
use zbus::message::Header;

use super::front_door::FrontDoor;
use super::options::Options;
use sshtpm_core::endorsement::Credential;
use sshtpm_core::error::RequestError;
use sshtpm_core::identity::Caller;
use sshtpm_core::ports::Ports;
use sshtpm_core::service::Service;
use sshtpm_ssh::claims::Nonce;

/// Parses calls and hands them to the core.
#[derive(Debug)]
pub(super) struct Attestation<P: Ports> {
    door: FrontDoor,
    service: Arc<Service<P>>,
}

impl<P: Ports> Attestation<P> {
    pub(super) fn new(door: FrontDoor, service: Arc<Service<P>>) -> Self {
        Self { door, service }
    }
}

#[zbus::interface(name = "org.sshtpm.Broker1.Attestation", introspection_docs = false)]
impl<P: Ports> Attestation<P> {
    #[zbus(out_args("claims", "statement", "signature", "key_public", "attestation_key"))]
    async fn attest(
        &self,
        #[zbus(header)] header: Header<'_>,
        fingerprint: String,
        nonce: &[u8],
        options: Options,
    ) -> Result<(ByteBuf, ByteBuf, ByteBuf, ByteBuf, ByteBuf), Error> {
        let work = async |caller| {
            options.finish()?;
            let key = fingerprint.parse().map_err(|_| RequestError::Fingerprint)?;
            let nonce = Nonce::new(nonce).map_err(RequestError::from)?;
            let attested = self.service.attest(caller, key, nonce).await?;
            Ok((
                attested.claims.into(),
                attested.statement.into(),
                attested.signature.into(),
                attested.key_public.into(),
                attested.attestation_key.into(),
            ))
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("endorsement_keys", "chain"))]
    async fn get_identity(
        &self,
        #[zbus(header)] header: Header<'_>,
        options: Options,
    ) -> Result<(Vec<(ByteBuf, ByteBuf)>, Vec<ByteBuf>), Error> {
        let work = async |caller| {
            options.finish()?;
            let identity = self.service.get_identity(caller).await?;
            let keys = identity.endorsement_keys.into_iter().map(|key| {
                let certificate = key.certificate.unwrap_or_default();
                (to_bytes(key.public), to_bytes(certificate))
            });
            let chain = identity.chain.into_iter().map(to_bytes);
            Ok((keys.collect(), chain.collect()))
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("secret"))]
    async fn activate_credential(
        &self,
        #[zbus(header)] header: Header<'_>,
        credential: &[u8],
        encrypted_secret: &[u8],
        mut options: Options,
    ) -> Result<ByteBuf, Error> {
        let work = async |caller: Caller| {
            let owner = options.owner(&caller).await?;
            let endorsement_key = options.endorsement_key()?;
            options.finish()?;
            let credential = Credential::read(credential, encrypted_secret);
            let credential = credential.map_err(RequestError::from)?;
            let activated =
                self.service
                    .activate_credential(caller, owner, endorsement_key, credential);
            Ok(ByteBuf::from(activated.await?.to_vec()))
        };
        self.door.serve(&header, work).await
    }
}

fn to_bytes(bytes: Box<[u8]>) -> ByteBuf {
    ByteBuf::from(bytes.into_vec())
}
