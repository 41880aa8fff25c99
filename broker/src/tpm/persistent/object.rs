//! The object at one of our handles, and its Name.
//!
//! Specs: TPM 2.0 Part 1, "Names"; Part 3, §12.4 (TPM2_ReadPublic), §30.2 (TPM2_GetCapability).

use sha2::{Digest as _, Sha256};
use tss_esapi::constants::CapabilityType;
use tss_esapi::handles::{KeyHandle, PersistentTpmHandle, TpmHandle};
use tss_esapi::structures::{Auth, CapabilityData};

use crate::tpm::connection::Connection;
use crate::tpm::failure::{Cause, Failure, is_no_object, sort};
use sshtpm_core::key::KeyBlob;
use sshtpm_core::persistent::{HandleAuth, MAX_HANDLES, OwnHandle};

/// The object at a handle if it is this key. The caller closes it.
pub(super) fn find(
    connection: &mut Connection,
    handle: OwnHandle,
    blob: &KeyBlob,
) -> Result<Option<KeyHandle>, Failure> {
    let expected = name_of(blob);
    match at(connection, handle)? {
        Some((found, name)) if Some(&name) == expected.as_ref() => Ok(Some(found)),
        Some((other, _)) => {
            connection.forget(other);
            Ok(None)
        }
        None => Ok(None),
    }
}

/// The object at a handle, and the Name that libtss2 computes of its public area.
pub(super) fn at(
    connection: &mut Connection,
    handle: OwnHandle,
) -> Result<Option<(KeyHandle, Vec<u8>)>, Failure> {
    let context = connection.context();
    let found = match context.tr_from_tpm_public(TpmHandle::Persistent(place(handle)?)) {
        Ok(found) => found,
        Err(error) if is_no_object(error) => return Ok(None),
        Err(error) => return Err(sort("TPM2_ReadPublic(persistent)")(error)),
    };
    let name = context.tr_get_name(found).map_err(sort("Name"))?;
    Ok(Some((KeyHandle::from(found), name.value().to_vec())))
}

/// The Name of the key in a blob: the Name algorithm, and the digest of the public area by it.
/// `None` if it is another algorithm than that of all our keys.
pub(super) fn name_of(blob: &KeyBlob) -> Option<Vec<u8>> {
    let (_length, area) = blob.public.split_first_chunk::<2>()?;
    let (_kind, rest) = area.split_first_chunk::<2>()?;
    let (algorithm, _) = rest.split_first_chunk::<2>()?;
    let digest = (*algorithm == ALG_SHA256).then(|| Sha256::digest(area))?;
    Some([&ALG_SHA256[..], &digest].concat())
}

/// TPM_ALG_SHA256 (TCG Algorithm Registry).
const ALG_SHA256: [u8; 2] = [0, 0x0b];

/// Which of our handles have an object, ours or not: one command.
pub(super) fn taken(connection: &mut Connection) -> Result<Vec<OwnHandle>, Failure> {
    let first = OwnHandle::all().next().map_or(0, OwnHandle::value);
    let (found, _) = connection
        .context()
        .get_capability(CapabilityType::Handles, first, MAX_HANDLES)
        .map_err(sort("TPM2_GetCapability(handles)"))?;
    let CapabilityData::Handles(handles) = found else {
        let answer = "something that is not a list of handles".to_owned();
        return Err(Failure::Other(Cause {
            command: "TPM2_GetCapability(handles)",
            answer,
        }));
    };
    let handles = handles.into_inner().into_iter().map(u32::from);
    Ok(handles.filter_map(OwnHandle::new).collect())
}

pub(super) fn place(handle: OwnHandle) -> Result<PersistentTpmHandle, Failure> {
    PersistentTpmHandle::new(handle.value()).map_err(sort("handle"))
}

/// What the TPM is given for a value; it is wiped by itself.
pub(super) fn to_auth(auth: &HandleAuth) -> Result<Auth, Failure> {
    Auth::try_from(&auth.as_bytes()[..]).map_err(sort("TPM2B_AUTH"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_the_public_area_without_its_length() {
        let area = [&[0, 0x23, 0, 0x0b][..], &[7; 40]].concat();
        let blob = |area: &[u8]| KeyBlob {
            public: [&[0, 44][..], area].concat().into(),
            private: [].into(),
        };
        let expected = [&[0, 0x0b][..], &Sha256::digest(&area)].concat();
        assert_eq!(name_of(&blob(&area)), Some(expected));
        let sha384 = [&[0, 0x23, 0, 0x0c][..], &[7; 40]].concat();
        assert_eq!(name_of(&blob(&sha384)), None);
        assert_eq!(name_of(&blob(&[])), None);
    }
}
