//! Certificates that any user of the machine adds.

use sshtpm_fuzz::{Budget, Line, Target};

use super::fixtures::NOW;
use super::{Certificates, Extent, UserCertificate};

/// Each principal is kept for itself, twice where two certificates are compared.
const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 64,
    },
    ..Budget::PLAIN
};

#[test]
fn a_certificate_of_anybody_costs_little_to_take() {
    let target = Target::new("certificates").budget(BUDGET);
    target.run(|blob| {
        let (one, _) = UserCertificate::of_caller(blob, NOW)?;
        let kept = Certificates::default().with(one.clone(), NOW, Extent::default());
        let again = kept.map(|kept| kept.with(one, NOW, Extent::default()));
        Ok::<_, super::NotKept>(again.is_ok())
    });
}
