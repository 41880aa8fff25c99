//! Why a statement proves nothing.

use sshtpm_ssh::claims::NotClaims;
use sshtpm_ssh::endorsement::EndorsementHash;
use sshtpm_tpm2::NotAStorageKey;

use crate::json::MAX_FILE_BYTES;

/// Which check failed, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProved {
    /// A part is too long, cut off, or has bytes left over.
    #[error("its {0} is damaged: it is not in the form that a TPM writes")]
    Malformed(&'static str),
    /// `magic` is another value.
    #[error("its statement was not made by a TPM: it does not begin as theirs do")]
    NotOfATpm,
    /// The statement is about something else.
    #[error("its statement is not about a key (type {0:#06x}; 0x8017 certifies a key)")]
    AnotherStatement(u16),
    /// The attestation key has an algorithm that is not verified here.
    #[error(
        "its attestation key is not ECDSA with P-256 or P-384 and the hash of the curve, or RSA \
         with SHA-256, so its signature cannot be verified"
    )]
    AttestationKeyAlgorithm,
    /// The signature is of something else, or of another key.
    #[error("its signature is not the attestation key's: the statement was altered, or forged")]
    Signature,
    /// `extraData` is of other claims.
    #[error("its claims are not those that the TPM signed: they were altered, or swapped")]
    OtherClaims,
    /// The claims cannot be read.
    #[error(transparent)]
    Claims(#[from] NotClaims),
    /// The nonce is another one.
    #[error("it was made for another nonce: it is an older statement, or for another verifier")]
    OtherNonce,
    /// The public area is of another key.
    #[error("the TPM certified another key than the one whose public area is there")]
    OtherKeyCertified,
    /// SSH has no such key.
    #[error("what the TPM certified is not a key for SSH")]
    NotAnSshKey,
    /// The caller wanted a proof of another key.
    #[error("it is about another key than the one that was given")]
    OtherKey,
    /// The claims name another key.
    #[error("its claims name another key than the one that the TPM certified")]
    OtherFingerprint,
    /// fixedTPM is clear.
    #[error(
        "the key is not bound to the TPM (fixedTPM is not set): it was imported or may be \
         duplicated, so copies of it may exist outside"
    )]
    NotFixedToTheTpm,
    /// fixedParent is clear.
    #[error(
        "the key may be moved below another parent of the TPM (fixedParent is not set), from which \
         it may leave"
    )]
    NotFixedToItsParent,
    /// sensitiveDataOrigin is clear.
    #[error(
        "the TPM did not generate the key (sensitiveDataOrigin is not set), so copies of it may \
         exist outside"
    )]
    NotGeneratedByTheTpm,
    /// sign is clear.
    #[error("the key cannot sign (sign is not set)")]
    CannotSign,
    /// restricted is set.
    #[error(
        "the key signs only what the TPM makes (restricted is set), so it is not a key for SSH"
    )]
    Restricted,
    /// decrypt is set.
    #[error(
        "the key decrypts, too (decrypt is set), as keys that were adopted from another program \
         do; generate one with `sshtpm keygen`"
    )]
    Decrypts,
    /// userWithAuth and the policy are not as the claims say.
    #[error(
        "the key can be used in another way than the broker claims (userWithAuth and authPolicy \
         do not fit the PCRs that it claims)"
    )]
    OtherAuthorization,
    /// noDA is set, though the claims say that there is a PIN.
    #[error("the TPM does not guard the PIN that the broker claims against guessing (noDA is set)")]
    PinUnguarded,
    /// The claims say that the key is sealed.
    #[error("the broker claims that it signs with the key itself, so the TPM's word means nothing")]
    ClaimedSealed,
    /// The attestation key has not the attributes of one.
    #[error(
        "its attestation key is not one that signs the TPM's own statements alone and stays in the \
         TPM ({0}), so its signature proves nothing"
    )]
    NotAnAttestationKey(&'static str),
    /// The enrolment is of another attestation key.
    #[error(
        "its attestation key is not the one that was enrolled: it is of another machine or user, \
         or the TPM was cleared since; enrol it"
    )]
    NotEnrolled,
    /// The enrolment is of another user's attestation key.
    #[error(
        "its claims name another owner than the user whose attestation key was enrolled; enrol the \
         attestation key of that user"
    )]
    OtherOwner,
    /// The endorsement key is not among the expected ones.
    #[error(
        "its endorsement key is {0}, which is not one that was given with --ek; compare it with \
         what `sshtpm identity` shows at the machine"
    )]
    UnknownEndorsementKey(EndorsementHash),
    /// The endorsement key is not one of a TPM.
    #[error("the endorsement key cannot be used: {0}")]
    EndorsementKey(#[from] NotAStorageKey),
    /// The enrolment is of a TPM that is not expected.
    #[error(
        "its attestation key was enrolled with another endorsement key than those that were given: \
         it is in another TPM"
    )]
    OtherEndorsementKey,
    /// There is no certificate.
    #[error(
        "there is no certificate of the TPM's endorsement key; give the hash of the key instead \
         (`sshtpm identity` on the machine shows it)"
    )]
    NoCertificate,
    /// The certificate is damaged or too long.
    #[error("the certificate of the TPM's endorsement key is damaged")]
    MalformedCertificate,
    /// The certificate is of another key.
    #[error("the certificate is of another endorsement key than the one that was enrolled")]
    OtherCertificate,
    /// The certificate is not for an endorsement key.
    #[error(
        "the certificate is not for an endorsement key of a TPM (extended key usage \
         2.23.133.8.1), so its key may be in no TPM"
    )]
    NotForEndorsement,
    /// A root cannot be read.
    #[error("a root certificate is damaged, or of a form that is not a root's")]
    MalformedRoot,
    /// A file with roots is longer than is read.
    #[error("a file with roots has more than {MAX_FILE_BYTES} bytes; split it")]
    LongRoots,
    /// No root vouches for the certificate; the text says why.
    #[error("no root that was given vouches for the TPM's endorsement key: {0}")]
    Chain(String),
    /// The chain is longer than is tried.
    #[error("there are more certificates than a chain can have")]
    LongChain,
}
