//! The values of PCRs: TPM2_PCR_Read (TPM 2.0 Part 3, §22.4).

mod known;

use tss_esapi::Context;
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::structures::{PcrSelectSize, PcrSelectionList, PcrSelectionListBuilder, PcrSlot};

use super::failure::{Cause, Failure, is_not_offered, sort};
pub(super) use known::KnownPcrs;
use sshtpm_core::key::Protection;
use sshtpm_ssh::pcr::{AuthValue, PcrBank, PcrPolicy, PcrSelection, PcrValues};

const COMMAND: &str = "TPM2_PCR_Read";

/// Most PCRs that one command reads (TPM 2.0 Part 2, TPML_DIGEST).
const MOST_AT_ONCE: usize = 8;

/// How often PCRs are read that change between two commands: they are extended while the machine
/// starts.
const TRIES: usize = 3;

/// The policy of a new key that is bound to what PCRs have in them now. It wants the authorization
/// value of the key if that has a PIN.
pub(super) fn present_policy(
    context: &mut Context,
    selection: PcrSelection,
    protection: Protection,
) -> Result<PcrPolicy, Failure> {
    let auth_value = match protection {
        Protection::Nothing => AuthValue::NotNeeded,
        Protection::Pin => AuthValue::Needed,
    };
    Ok(PcrPolicy::new(read(context, selection)?, auth_value))
}

/// The values that PCRs have at one moment: one command for eight of them.
///
/// # Errors
///
/// The TPM does not have one of them in this bank. It would leave that out, and a policy about
/// nothing is always satisfied.
pub(super) fn read(context: &mut Context, selection: PcrSelection) -> Result<PcrValues, Failure> {
    for _ in 0..TRIES {
        if let Some(values) = try_read(context, selection)? {
            return PcrValues::new(selection, &values).ok_or_else(|| other("other digests"));
        }
    }
    Err(other("PCRs that change while they are read"))
}

/// `None`: a PCR changed in between.
fn try_read(
    context: &mut Context,
    selection: PcrSelection,
) -> Result<Option<Vec<Vec<u8>>>, Failure> {
    let indices: Vec<u8> = selection.indices().collect();
    let (mut values, mut updates) = (Vec::new(), None);
    for some in indices.chunks(MOST_AT_ONCE) {
        let part = PcrSelection::new(selection.bank(), some.iter().copied());
        let wanted = list(part.ok_or_else(|| other("no PCRs"))?)?;
        let read = context.pcr_read(wanted.clone());
        let (counter, found, digests) = read.map_err(|error| match error {
            error if is_not_offered(error) => Failure::NoSuchPcrs(selection),
            error => sort(COMMAND)(error),
        })?;
        if found != wanted || digests.len() != some.len() {
            return Err(Failure::NoSuchPcrs(selection));
        }
        if updates.is_some_and(|before| before != counter) {
            return Ok(None);
        }
        updates = Some(counter);
        values.extend(digests.value().iter().map(|digest| digest.value().to_vec()));
    }
    Ok(Some(values))
}

/// The form in which the TPM takes a selection.
pub(super) fn list(selection: PcrSelection) -> Result<PcrSelectionList, Failure> {
    let slots = selection
        .indices()
        .map(|index| PcrSlot::try_from(1_u32 << index));
    let slots = slots.collect::<Result<Vec<_>, _>>().map_err(sort("PCR"))?;
    let bank = match selection.bank() {
        PcrBank::Sha256 => HashingAlgorithm::Sha256,
        PcrBank::Sha384 => HashingAlgorithm::Sha384,
        PcrBank::Sha512 => HashingAlgorithm::Sha512,
    };
    PcrSelectionListBuilder::new()
        .with_size_of_select(PcrSelectSize::ThreeOctets)
        .with_selection(bank, &slots)
        .build()
        .map_err(sort("TPML_PCR_SELECTION"))
}

fn other(answer: &str) -> Failure {
    Failure::Other(Cause {
        command: COMMAND,
        answer: answer.to_owned(),
    })
}
