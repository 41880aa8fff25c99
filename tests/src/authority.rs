//! An authority that certifies keys of users and hosts: ssh-keygen with a key in a file of root's.

use crate::user::User;

/// An authority.
#[derive(Clone, Copy)]
pub struct Authority<'m> {
    root: User<'m>,
    name: &'static str,
}

impl<'m> Authority<'m> {
    /// A new one with a key of its own, in `/etc/ssh/NAME`.
    ///
    /// # Panics
    ///
    /// The key cannot be made.
    pub fn new(root: User<'m>, name: &'static str) -> Self {
        let make = format!("ssh-keygen -q -t ed25519 -C {name} -N  -f /etc/ssh/{name}");
        root.run(&make).ok();
        Self { root, name }
    }

    /// A line of sshd's configuration that has it believe this authority about users.
    pub fn trusted(&self) -> String {
        format!("TrustedUserCAKeys /etc/ssh/{}.pub\n", self.name)
    }

    /// Its public key, as in `known_hosts`.
    pub fn public_key(&self) -> String {
        let line = self.root.read(&format!("/etc/ssh/{}.pub", self.name));
        line.trim_end().to_owned()
    }

    /// Certifies `public_key` (type and base64) with these further words for ssh-keygen, and gives
    /// the line of the certificate.
    ///
    /// # Panics
    ///
    /// ssh-keygen does not certify it.
    pub fn certify(&self, public_key: &str, words: &str) -> String {
        let directory = self.root.run("mktemp -d").ok().stdout;
        let key = format!("{}/id.pub", directory.trim_end());
        self.root.write(&key, format!("{public_key}\n"));
        let certify = format!("ssh-keygen -q -s /etc/ssh/{} {words} {key}", self.name);
        self.root.run(&certify).ok();
        self.root.read(&key.replace(".pub", "-cert.pub"))
    }
}
