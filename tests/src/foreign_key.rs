//! Keys that other programs have the TPM make under the parent, and the form in which they keep
//! them.

#![expect(
    single_use_lifetimes,
    reason = "what is derived for File names one once"
)]

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::pem::{LineEnding, PemLabel};
use der::{Decode as _, EncodePem as _, Sequence};

use crate::machine::Machine;
use crate::pin::Step;
use crate::swtpm::{TCTI, tool};

/// What ssh-tpm-agent, tpm2-openssl and tpm2-pkcs11 set: 0x60072.
pub const ATTRIBUTES: &str = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|decrypt";

/// A blob that a program keeps.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// TPMT_PUBLIC.
    pub public: Vec<u8>,
    /// Contents of a TPM2B_PRIVATE.
    pub private: Vec<u8>,
}

impl ForeignKey {
    /// Has tpm2_create make one, with these attributes and further options of it.
    ///
    /// # Panics
    ///
    /// It cannot.
    pub fn made(machine: &Machine, attributes: &str, options: &str) -> Self {
        let create = "tpm2_create -Q -C 0x81000001 -u /run/made.pub -r /run/made.priv -a";
        tool(machine, &format!("{create} {attributes} {options}")).ok();
        let part = |name: &str| {
            let bytes = machine.enter(|| std::fs::read(format!("/run/made.{name}")));
            bytes.expect("tpm2_create wrote it")
        };
        Self::of(&part("pub"), &part("priv"))
    }

    /// The one in a `TSS2 PRIVATE KEY`, such as in a record.
    ///
    /// # Panics
    ///
    /// It is none.
    pub fn in_file(text: &str) -> Self {
        let (_, bytes) = der::pem::decode_vec(text.as_bytes()).expect("PEM");
        let file = File::from_der(&bytes).expect("a key");
        Self::of(file.public.as_bytes(), file.private.as_bytes())
    }

    fn of(public: &[u8], private: &[u8]) -> Self {
        let contents = |buffer: &[u8]| buffer.get(2..).expect("a buffer").to_vec();
        Self {
            public: contents(public),
            private: contents(private),
        }
    }

    /// As ssh-tpm-agent keeps it in `~/.ssh/*.tpm`.
    ///
    /// # Panics
    ///
    /// It is too long.
    pub fn to_file(&self, has_password: bool) -> String {
        let buffer = |contents: &[u8]| {
            let length = u16::try_from(contents.len()).expect("a buffer");
            [&length.to_be_bytes(), contents].concat()
        };
        let (public, private) = (buffer(&self.public), buffer(&self.private));
        let file = File {
            kind: ObjectIdentifier::new_unwrap("2.23.133.10.1.3"),
            empty_auth: (!has_password).then_some(true),
            parent: 0x4000_0001,
            public: OctetStringRef::new(&public).expect("octets"),
            private: OctetStringRef::new(&private).expect("octets"),
        };
        file.to_pem(LineEnding::LF).expect("PEM")
    }

    /// `Adopt`, with the password and the PIN among those that were opened.
    pub fn adopt(&self, pin: Option<usize>, new: Option<usize>) -> Step {
        Step::Adopt {
            public: self.public.clone(),
            private: self.private.clone(),
            pin,
            new,
        }
    }
}

/// Has tpm2-openssl make a key under the parent, in that file.
///
/// # Panics
///
/// It cannot.
pub fn made_by_openssl(machine: &Machine, options: &str, file: &str) {
    let make = "openssl genpkey -provider tpm2 -provider default -pkeyopt parent:0x81000001";
    let command = machine
        .root()
        .command(&format!("{make} {options} -out {file}"));
    command.env("TPM2OPENSSL_TCTI", TCTI).run().ok();
}

/// `TPMKey` of the ASN.1 Specification for TPM 2.0 Key Files, without what these files do not have.
#[derive(Sequence)]
struct File<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    empty_auth: Option<bool>,
    parent: u32,
    public: OctetStringRef<'a>,
    private: OctetStringRef<'a>,
}

impl PemLabel for File<'_> {
    const PEM_LABEL: &'static str = "TSS2 PRIVATE KEY";
}
