//! What the broker claims of a key: what its record says.

use ssh_key::PublicKey;

use crate::key::{KeyRecord, Protection};
use crate::requests::RequestError;
use crate::restrictions::{Confirmation, Destination, Forwarding, Hop, HostKey, Screen};
use sshtpm_ssh::claims::{
    ClaimedDestination, ClaimedHost, ClaimedHostKey, ClaimedOwner, Claims, Nonce, NotClaims,
    Version,
};

/// The claims of the key of `record`, for the verifier that chose `nonce`: the bytes that are
/// hashed.
///
/// # Errors
///
/// They would be too long.
pub(crate) fn claims(record: &KeyRecord, nonce: Nonce) -> Result<Vec<u8>, RequestError> {
    let restrictions = &record.restrictions;
    let destinations = restrictions.destinations.named().iter();
    let destinations = destinations.map(destination).collect::<Result<_, _>>();
    let claims = Claims {
        version: Version::One,
        nonce,
        owner: ClaimedOwner {
            uid: record.owner.uid().0,
            name: record.owner.name().as_str().to_owned(),
        },
        fingerprint: record.fingerprint(),
        origin: record.origin,
        holding: record.key.holding,
        backed_up: record.backed_up,
        purposes: restrictions.purposes,
        namespaces: restrictions.namespaces.named().to_vec(),
        destinations: destinations.map_err(RequestError::Claims)?,
        forwarding: restrictions.forwarding == Forwarding::Allowed,
        confirm: restrictions.confirmation == Confirmation::EachUse,
        pin: record.key.protection == Protection::Pin,
        while_unlocked: restrictions.screen == Screen::Unlocked,
        pcrs: record.key.pcr_selection(),
        created: record.created,
    };
    claims.to_bytes().map_err(RequestError::Claims)
}

fn destination(destination: &Destination) -> Result<ClaimedDestination, NotClaims> {
    let user = destination.user.as_ref();
    Ok(ClaimedDestination {
        from: destination.from.as_ref().map(host).transpose()?,
        user: user.map(|user| user.as_str().to_owned()),
        to: host(&destination.to)?,
    })
}

fn host(hop: &Hop) -> Result<ClaimedHost, NotClaims> {
    let keys = hop.keys().iter().map(host_key);
    Ok(ClaimedHost {
        host: hop.host().to_owned(),
        keys: keys.collect::<Result<_, _>>()?,
    })
}

fn host_key(host_key: &HostKey) -> Result<ClaimedHostKey, NotClaims> {
    let text = PublicKey::from(host_key.key.clone()).to_openssh();
    Ok(ClaimedHostKey {
        public_key: text.map_err(|error| NotClaims::Form(error.to_string()))?,
        authority: host_key.is_authority,
    })
}
