//! Public areas of endorsement keys that anybody may have written: a verifier reads those of other
//! machines.

use sshtpm_fuzz::Target;

use super::tests::areas;
use super::{EndorsementHash, EndorsementPublic};

#[test]
fn public_areas_of_any_content_cost_little_to_read() {
    Target::new("endorsement-keys").seeds(areas()).run(|bytes| {
        let public = EndorsementPublic::read(bytes)?;
        let hash = EndorsementHash::of(&public);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        Some((public.key_bits().len(), public.kind()))
    });
}
