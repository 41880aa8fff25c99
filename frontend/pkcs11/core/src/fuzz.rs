//! Fuzz targets: certificates that files have, and digests that programs give.

use sshtpm_fuzz::Target;

use crate::certificate::Certificate;
use crate::der_forms::{algorithm_of_curve, curve, digest_of};
use crate::fake_keys::{a_key, an_rsa_key, on_p521};
use crate::mechanism::Mechanism;
use crate::signing::Signing;

#[test]
fn any_bytes_are_a_certificate_or_none() {
    let target = Target::new("x509-certificates");
    target.run(|der| {
        let parsed = Certificate::parse(der);
        parsed.map(|parsed| parsed.is_of(&a_key("one", false)))
    });
}

#[test]
fn any_digest_is_signed_or_refused_before_the_broker() {
    let info = [
        b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20".as_slice(),
        &[7; 32],
    ]
    .concat();
    let target = Target::new("pkcs11-digests").seeds([info, vec![7; 32], vec![7; 66]]);
    target.run(|digest| {
        let keys = [a_key("one", false), an_rsa_key(), on_p521()];
        keys.map(|key| {
            let names = Mechanism::signing_with(key.algorithm, true);
            let ways = names.filter_map(|name| {
                let way = Mechanism::of(name, true)
                    .ok()?
                    .way(&[], key.algorithm)
                    .ok()?;
                let mut signing = Signing::begin(&key, way);
                signing.update(digest).ok()?;
                signing.finish().ok().map(|(scheme, _)| scheme)
            });
            ways.count()
        })
    });
}

#[test]
fn any_parameters_are_a_curve_or_none() {
    let target = Target::new("pkcs11-curves").seeds(curve(on_p521().algorithm));
    target.run(|bytes| (algorithm_of_curve(bytes), digest_of(bytes).is_some()));
}
