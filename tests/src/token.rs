//! Raw keys behind the PKCS #11 module, as programs that do not speak SSH use them.

use crate::call::{Options, bits, purposes, text};
use crate::machine::env_root;
use crate::user::{Invocation, User};

/// Where a machine has the module.
pub const MODULE: &str = "/opt/sshtpm/lib/libsshtpm_pkcs11.so";

/// Where programs in C that call the module are put once they are compiled.
const CALLERS: &str = "/run/callers";

impl<'m> User<'m> {
    /// Generates a raw key on P-256 that is called `comment`, and returns its fingerprint.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    #[track_caller]
    pub fn raw_key(&self, comment: &str) -> String {
        self.raw("", comment, Options::new())
    }

    /// Generates a raw key of RSA-2048 that is called `comment`, and returns its fingerprint.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    #[track_caller]
    pub fn raw_rsa_key(&self, comment: &str) -> String {
        self.raw("ssh-rsa", comment, bits(2048))
    }

    #[track_caller]
    fn raw(&self, algorithm: &str, comment: &str, mut options: Options) -> String {
        options.extend(purposes(&["raw"]));
        let key = self.generate(algorithm, comment, options);
        text(&key.expect("a raw key can be generated"), "Fingerprint")
    }

    /// OpenSC's `pkcs11-tool` with the module.
    pub fn pkcs11_tool(&self, words: &str) -> Invocation<'m> {
        self.command(&format!("pkcs11-tool --module {MODULE} {words}"))
    }

    /// A program of `tests/callers`, compiled for this user, with the module.
    ///
    /// # Panics
    ///
    /// The compiler refuses it.
    pub fn caller(&self, name: &str) -> Invocation<'m> {
        self.command(&self.compiled_caller(name)).arg(MODULE)
    }

    /// The same, as its path.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn compiled_caller(&self, name: &str) -> String {
        let root = self.machine().root();
        root.run(&format!("mkdir -p {CALLERS}")).ok();
        let program = format!("{CALLERS}/{name}");
        let source = format!("{}/tests/callers/{name}.c", env_root());
        let compiled = root
            .command("cc -std=gnu11 -O1 -g -Wall -Wextra -Werror -pthread")
            .args(&["-I/usr/include/p11-kit-1", "-o", &program, &source])
            .run();
        compiled.ok();
        program
    }

    /// Has `pkcs11-tool` sign the file `note` by a mechanism into `note.sig`, with the key that is
    /// called `comment`.
    pub fn sign_note(&self, comment: &str, mechanism: &str) -> Invocation<'m> {
        let files = "--input-file note --output-file note.sig --signature-format openssl";
        self.pkcs11_tool(&format!("--sign --mechanism {mechanism} {files}"))
            .args(&["--label", comment])
    }
}
