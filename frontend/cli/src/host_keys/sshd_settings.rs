//! What sshd's configuration comes to.
//!
//! May touch: nothing; it is given what `sshd -T` prints, one setting a line, names in lower case.
//!
//! Source: sshd(8), `-T`.

use std::path::Path;

use super::drop_in::SshdPath;
use crate::accepted_keys::AcceptedKeys;

/// The settings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings(String);

/// Why the drop-in has no effect.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unused {
    /// sshd does not read it.
    DropIn,
    /// Another `HostKeyAgent` comes first.
    Agent(String),
}

impl Settings {
    /// Those that `sshd -T` printed.
    pub(crate) fn new(printed: String) -> Self {
        Self(printed)
    }

    /// The host keys, as `HostKey` names them.
    pub(crate) fn host_keys(&self) -> impl Iterator<Item = &Path> {
        self.values("hostkey").map(Path::new)
    }

    /// The certificates of host keys, as `HostCertificate` names them.
    pub(crate) fn host_certificates(&self) -> impl Iterator<Item = &Path> {
        let files = self.values("hostcertificate");
        files.filter(|file| *file != "none").map(Path::new)
    }

    /// Where a running sshd has its number, if anywhere.
    pub(crate) fn pid_file(&self) -> Option<&Path> {
        let file = self.values("pidfile").next().map(Path::new);
        file.filter(|file| file.is_absolute())
    }

    /// The agent, if there is one.
    pub(crate) fn agent(&self) -> Option<&str> {
        self.values("hostkeyagent").find(|agent| *agent != "none")
    }

    /// The host keys that clients can be offered.
    pub(crate) fn accepted_host_keys(&self) -> AcceptedKeys {
        let accepted = self.accepted("hostkeyalgorithms");
        match self.host_certificates().next().is_some() {
            true => accepted.or_certified(),
            false => accepted,
        }
    }

    /// The keys with which users can log in.
    pub(crate) fn accepted_user_keys(&self) -> AcceptedKeys {
        // Its name before OpenSSH 8.5 is the second one.
        let names = ["pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"];
        let is_there = |name: &&str| self.values(name).next().is_some();
        let name = names.into_iter().find(is_there);
        self.accepted(name.unwrap_or_default())
    }

    fn accepted(&self, name: &str) -> AcceptedKeys {
        let algorithms = self.values(name).next().map(str::to_owned);
        AcceptedKeys::new(algorithms, self.values("requiredrsasize").next())
    }

    /// Why a drop-in with this agent and these host keys has no effect; `None` if it has.
    pub(crate) fn unused(&self, agent_socket: &SshdPath, host_keys: &[SshdPath]) -> Option<Unused> {
        let is_used = |key: &SshdPath| self.values("hostkey").any(|used| used == key.as_str());
        if !host_keys.iter().all(is_used) {
            return Some(Unused::DropIn);
        }
        match self.agent() {
            Some(agent) if agent == agent_socket.as_str() => None,
            Some(agent) => Some(Unused::Agent(agent.to_owned())),
            None => Some(Unused::DropIn),
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.0.lines().filter_map(|line| line.split_once(' '));
        pairs
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Settings, SshdPath, Unused};
    use crate::accepted_keys::KeyType;

    fn settings(text: &str) -> Settings {
        Settings::new(text.to_owned())
    }

    fn look(text: &str) -> Option<Unused> {
        let path = |text: &str| SshdPath::new(Path::new(text)).unwrap();
        let keys = [path("/etc/ssh/a_key"), path("/etc/ssh/b_key")];
        settings(text).unused(&path("/run/a.sock"), &keys)
    }

    #[test]
    fn settings_with_the_agent_and_all_keys_are_in_use() {
        let settings = "port 22\nhostkeyagent /run/a.sock\nhostkey /x\nhostkey /etc/ssh/a_key\n\
                        hostkey /etc/ssh/b_key\n";
        assert_eq!(look(settings), None);
    }

    #[test]
    fn a_drop_in_that_is_not_included_is_noticed() {
        assert_eq!(
            look("hostkey /etc/ssh/ssh_host_rsa_key\n"),
            Some(Unused::DropIn)
        );
        let one_missing = "hostkeyagent /run/a.sock\nhostkey /etc/ssh/a_key\n";
        assert_eq!(look(one_missing), Some(Unused::DropIn));
    }

    #[test]
    fn another_agent_that_comes_first_is_noticed() {
        let settings = "hostkeyagent /other\nhostkey /etc/ssh/a_key\nhostkey /etc/ssh/b_key\n";
        assert_eq!(look(settings), Some(Unused::Agent("/other".to_owned())));
    }

    #[test]
    fn settings_say_which_keys_are_taken() {
        let settings = settings(
            "requiredrsasize 3072\nhostkeyalgorithms ecdsa-sha2-nistp256-cert-v01@openssh.com\n\
             pubkeyacceptedkeytypes rsa-sha2-512\nhostcertificate /x\n",
        );
        let key = |name: &str, bits| KeyType {
            name: name.to_owned(),
            bits,
        };
        let hosts = settings.accepted_host_keys();
        assert_eq!(hosts.refuse(&key("ecdsa-sha2-nistp256", 256)), None);
        assert!(hosts.refuse(&key("ecdsa-sha2-nistp384", 384)).is_some());
        let users = settings.accepted_user_keys();
        assert_eq!(users.refuse(&key("ssh-rsa", 3072)), None);
        assert!(users.refuse(&key("ssh-rsa", 2048)).is_some());
        assert!(users.refuse(&key("ecdsa-sha2-nistp256", 256)).is_some());
    }

    #[test]
    fn settings_say_where_the_number_of_sshd_is() {
        let with = settings("pidfile /run/sshd.pid\nhostkeyagent none\n");
        assert_eq!(with.pid_file(), Some(Path::new("/run/sshd.pid")));
        assert_eq!(with.agent(), None);
        assert_eq!(settings("pidfile none\n").pid_file(), None);
    }
}
