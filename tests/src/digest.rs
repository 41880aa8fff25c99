//! Signatures of digests, verified by OpenSSL.

#![expect(
    single_use_lifetimes,
    reason = "what is derived for Numbers names one once"
)]

use der::asn1::UintRef;
use der::{Encode as _, Sequence};
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::call::text;
use crate::user::User;

/// The digest of `content` with the SHA-2 of so many bytes.
///
/// # Panics
///
/// There is no such hash.
pub fn digest(bytes: usize, content: &str) -> Vec<u8> {
    match bytes {
        32 => Sha256::digest(content).to_vec(),
        48 => Sha384::digest(content).to_vec(),
        64 => Sha512::digest(content).to_vec(),
        _ => panic!("no hash has {bytes} bytes"),
    }
}

/// An ECDSA signature as OpenSSL takes it.
#[derive(Sequence)]
struct Numbers<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Has OpenSSL say that `signature` (bytes as JSON numbers) is one of `digest` by `key` (as `List`
/// shows it), by `scheme`; and gives its length in bytes.
///
/// # Panics
///
/// It is not.
#[track_caller]
pub fn verify(
    user: User<'_>,
    key: &Value,
    (scheme, digest, signature): (&str, &[u8], &Value),
) -> usize {
    let bytes: Vec<u8> = serde_json::from_value(signature.clone()).expect("bytes");
    let file = |name: &str| format!("{}/signed.{name}", user.home());
    user.write(&file("pub"), text(key, "PublicKey"));
    user.write(&file("digest"), digest);
    let form = match scheme {
        "ecdsa" => in_der(&bytes),
        _ => bytes.clone(),
    };
    user.write(&file("sig"), form);
    let convert = "ssh-keygen -e -m PKCS8 -f signed.pub >signed.pem";
    user.command("sh -c").arg(convert).run().ok();
    let verify = format!(
        "openssl pkeyutl -verify -pubin -inkey signed.pem -in signed.digest -sigfile signed.sig{}",
        options(scheme)
    );
    user.run(&verify).ok();
    bytes.len()
}

fn options(scheme: &str) -> String {
    let padding = match scheme {
        "ecdsa" => return String::new(),
        scheme if scheme.starts_with("rsa-pss-") => {
            "rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest"
        }
        _ => "rsa_padding_mode:pkcs1",
    };
    let hash = scheme.rsplit('-').next().unwrap_or_default();
    format!(" -pkeyopt digest:{hash} -pkeyopt {padding}")
}

fn in_der(numbers: &[u8]) -> Vec<u8> {
    let (r, s) = numbers.split_at(numbers.len() / 2);
    let number = |bytes| UintRef::new(bytes).expect("a number");
    let numbers = Numbers {
        r: number(r),
        s: number(s),
    };
    numbers.to_der().expect("it is short")
}
