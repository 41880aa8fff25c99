//! tpm2-pkcs11, with which a user reaches the TPM without a broker.
//!
//! It needs a TPM of its own here: it leaves its keys in the TPM, and swtpm has three places, which
//! only a resource manager could share out.

use super::kind::Kind;
use super::provider::Provider;
use crate::swtpm::{TCTI, tool};
use crate::user::User;

/// The PIN of the token, which only it needs.
const PIN: &str = "123456";

/// Where the user keeps the token's database, and finds what is below.
const HOME: &str = "/home/alice/pkcs11";

/// tpm2_ptool runs tpm2-tools, each of which leaves its objects in the TPM where there is no
/// resource manager. This stands before some of those, and takes away what it and others left.
const SWEEPER: &str = "#!/bin/sh\n/usr/bin/tpm2_flushcontext -t\n\
    /usr/bin/${0##*/} \"$@\"; status=$?; /usr/bin/tpm2_flushcontext -t; exit $status\n";

/// The tools of which that is so.
const SWEPT: [&str; 3] = ["tpm2_create", "tpm2_createprimary", "tpm2_load"];

/// Why there is no figure of it.
pub(super) const NOT_THERE: &str =
    "not measured: libtpm2-pkcs11-1 or libtpm2-pkcs11-tools is not installed";

/// The package, ready for `user`.
pub(super) struct Installed<'m> {
    user: User<'m>,
    module: String,
}

impl<'m> Installed<'m> {
    /// Looks for it, and prepares the user's directory.
    pub(super) fn find(user: User<'m>) -> Option<Self> {
        let shell = |line: &str| user.command("sh -c").arg(line).run();
        let ptool = shell("command -v tpm2_ptool");
        let module = shell("ls /usr/lib/*/pkcs11/libtpm2_pkcs11.so");
        if module.code() != 0 || ptool.code() != 0 {
            return None;
        }
        user.run(&format!("mkdir -p -m 700 {HOME}/bin")).ok();
        for name in SWEPT {
            let path = format!("{HOME}/bin/{name}");
            user.write(&path, SWEEPER);
            user.run(&format!("chmod 700 {path}")).ok();
        }
        let module = module.stdout.trim().to_owned();
        Some(Self { user, module })
    }

    /// A token with one key, in a database of its own.
    pub(super) fn token(&self, kind: Kind) -> Provider<'m> {
        let store = format!("{HOME}/{}", kind.id());
        self.user.run(&format!("mkdir -m 700 {store}")).ok();
        let token = self.provider(kind, TCTI);
        let ptool = |words: &str| {
            let words = format!("tpm2_ptool {words} --path {store}");
            token.command(&words).run().ok()
        };
        ptool("init");
        ptool(&format!(
            "addtoken --pid 1 --label bench --sopin {PIN} --userpin {PIN}"
        ));
        token.command(&self.keygen(kind)).run().ok();
        token
    }

    /// The words that make one more key of a token that was made.
    pub(super) fn keygen(&self, kind: Kind) -> String {
        let algorithm = kind.in_ptool();
        format!(
            "tpm2_ptool addkey --algorithm {algorithm} --label bench --userpin {PIN} \
             --path {HOME}/{}",
            kind.id()
        )
    }

    /// A token that was made, whose TPM is at `tcti`.
    pub(super) fn provider(&self, kind: Kind, tcti: &str) -> Provider<'m> {
        Provider {
            user: self.user,
            module: self.module.clone(),
            variables: vec![
                ("PATH", format!("{HOME}/bin:/usr/bin:/bin")),
                ("TPM2_PKCS11_STORE", format!("{HOME}/{}", kind.id())),
                ("TPM2_PKCS11_TCTI", tcti.to_owned()),
                ("TPM2TOOLS_TCTI", tcti.to_owned()),
            ],
            pin: PIN,
        }
    }

    /// Takes away what programs with the module left in the TPM.
    pub(super) fn sweep(&self) {
        tool(self.user.machine(), "tpm2_flushcontext -t").ok();
        tool(self.user.machine(), "tpm2_flushcontext -l").ok();
    }
}
