//! The floor: TPM2_Sign and nothing else, through libtss2, with a key that is in the TPM already.
//!
//! No program on this machine can sign faster. The key is made before the broker starts and kept as
//! a saved context. It is in the TPM only during a signature, because swtpm has three places for
//! keys and the broker may have two of them.
//!
//! May touch: the software TPM of a private machine. This is the one file of the tests that names
//! `tss_esapi`.
//!
//! Specs: TPM 2.0 Part 3, §20.2 (Sign), §28.2 and §28.3 (ContextSave, ContextLoad).

use std::str::FromStr;
use std::time::{Duration, Instant};

use tss_esapi::attributes::ObjectAttributesBuilder;
use tss_esapi::constants::tss::{TPM2_RH_NULL, TPM2_ST_HASHCHECK};
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::algorithm::{
    EccSchemeAlgorithm, HashingAlgorithm, PublicAlgorithm, RsaSchemeAlgorithm,
};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::key_bits::RsaKeyBits;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{
    Digest, EccPoint, EccScheme, HashScheme, HashcheckTicket, KeyDerivationFunctionScheme, Public,
    PublicBuilder, PublicEccParameters, PublicKeyRsa, PublicRsaParameters, RsaExponent, RsaScheme,
    SignatureScheme, SymmetricDefinitionObject,
};
use tss_esapi::tcti_ldr::{NetworkTPMConfig, TctiNameConf};
use tss_esapi::tss2_esys::TPMT_TK_HASHCHECK;
use tss_esapi::utils::TpmsContext;
use tss_esapi::{Context, Result};

use super::kind::Kind;
use crate::machine::Machine;

/// A key of the floor's own, and a direct connection to the TPM.
pub struct Floor<'m> {
    machine: &'m Machine,
    context: Context,
    key: TpmsContext,
    kind: Kind,
}

impl<'m> Floor<'m> {
    /// Makes a key at the TPM behind `port` of `machine`. The broker must not be running, so that
    /// there is a place for it.
    ///
    /// # Panics
    ///
    /// The TPM refuses.
    pub fn new(machine: &'m Machine, port: u16, kind: Kind) -> Self {
        let made = machine.enter(|| make(port, kind));
        let (context, key) = made.expect("the TPM makes a key");
        Self {
            machine,
            context,
            key,
            kind,
        }
    }

    /// What kind of key it has.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How long each signature takes, for as long as `time`.
    ///
    /// # Panics
    ///
    /// The TPM refuses.
    pub fn sign_for(&mut self, time: Duration) -> Vec<Duration> {
        let machine = self.machine;
        let signed = machine.enter(|| self.load_and_sign(time));
        signed.expect("the TPM signs")
    }

    fn load_and_sign(&mut self, time: Duration) -> Result<Vec<Duration>> {
        let key = KeyHandle::from(self.context.context_load(self.key.clone())?);
        let signed = self.sign(key, time);
        self.context.flush_context(key.into())?;
        signed
    }

    fn sign(&mut self, key: KeyHandle, time: Duration) -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        let first = Instant::now();
        while first.elapsed() < time {
            let digest = Digest::try_from(self.kind.digest())?;
            let (scheme, ticket) = (self.kind.scheme(), no_ticket()?);
            let start = Instant::now();
            self.context
                .execute_with_session(Some(AuthSession::Password), |context| {
                    context.sign(key, digest, scheme, ticket)
                })?;
            times.push(start.elapsed());
        }
        Ok(times)
    }
}

fn make(port: u16, kind: Kind) -> Result<(Context, TpmsContext)> {
    let config = NetworkTPMConfig::from_str(&format!("host=127.0.0.1,port={port}"))?;
    let mut context = Context::new(TctiNameConf::Swtpm(config))?;
    let template = kind.template()?;
    let made = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.create_primary(Hierarchy::Owner, template, None, None, None, None)
    })?;
    let key = context.context_save(made.key_handle.into())?;
    context.flush_context(made.key_handle.into())?;
    Ok((context, key))
}

fn no_ticket() -> Result<HashcheckTicket> {
    HashcheckTicket::try_from(TPMT_TK_HASHCHECK {
        tag: TPM2_ST_HASHCHECK,
        hierarchy: TPM2_RH_NULL,
        digest: Default::default(),
    })
}

impl Kind {
    /// As the broker has them signed: ECDSA with the hash of its curve, RSA with SHA-512.
    fn digest(self) -> Vec<u8> {
        let length = match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::Rsa2048 => 64,
        };
        vec![7; length]
    }

    fn hash(self) -> HashingAlgorithm {
        match self {
            Self::P256 => HashingAlgorithm::Sha256,
            Self::P384 => HashingAlgorithm::Sha384,
            Self::Rsa2048 => HashingAlgorithm::Sha512,
        }
    }

    fn scheme(self) -> SignatureScheme {
        let hash_scheme = HashScheme::new(self.hash());
        match self {
            Self::P256 | Self::P384 => SignatureScheme::EcDsa { hash_scheme },
            Self::Rsa2048 => SignatureScheme::RsaSsa { hash_scheme },
        }
    }

    fn template(self) -> Result<Public> {
        let attributes = ObjectAttributesBuilder::new()
            .with_fixed_tpm(true)
            .with_fixed_parent(true)
            .with_sensitive_data_origin(true)
            .with_user_with_auth(true)
            .with_no_da(true)
            .with_sign_encrypt(true)
            .build()?;
        let builder = PublicBuilder::new()
            .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
            .with_object_attributes(attributes);
        match self {
            Self::P256 => self.on_curve(builder, EccCurve::NistP256),
            Self::P384 => self.on_curve(builder, EccCurve::NistP384),
            Self::Rsa2048 => builder
                .with_public_algorithm(PublicAlgorithm::Rsa)
                .with_rsa_parameters(PublicRsaParameters::new(
                    SymmetricDefinitionObject::Null,
                    RsaScheme::create(RsaSchemeAlgorithm::Null, None)?,
                    RsaKeyBits::Rsa2048,
                    RsaExponent::default(),
                ))
                .with_rsa_unique_identifier(PublicKeyRsa::default())
                .build(),
        }
    }

    fn on_curve(self, builder: PublicBuilder, curve: EccCurve) -> Result<Public> {
        let scheme = EccScheme::create(EccSchemeAlgorithm::EcDsa, Some(self.hash()), None)?;
        builder
            .with_public_algorithm(PublicAlgorithm::Ecc)
            .with_ecc_parameters(PublicEccParameters::new(
                SymmetricDefinitionObject::Null,
                scheme,
                curve,
                KeyDerivationFunctionScheme::Null,
            ))
            .with_ecc_unique_identifier(EccPoint::default())
            .build()
    }
}
