//! The TPM's device node, and whether the user can open it.
//!
//! May touch: looks at the node. Must never open it: that would be a conversation with the TPM.

use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::finding::Finding;
use crate::shell_word::shell_word;

/// The node that the broker uses by default.
const DEFAULT: &str = "/dev/tpmrm0";

/// Where the TPM is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Behind a device node.
    Node(PathBuf),
    /// Not in this machine's kernel; as the broker puts it.
    Elsewhere(String),
}

impl Place {
    /// What the broker's property `Device` means; without a broker, where it would look.
    pub(crate) fn new(property: Option<&str>) -> Self {
        match property {
            None => Self::Node(PathBuf::from(DEFAULT)),
            Some(text) => match text.strip_prefix("device:") {
                Some(path) => Self::Node(PathBuf::from(path)),
                None => Self::Elsewhere(text.to_owned()),
            },
        }
    }
}

/// Whether the node is there, and whether others than the broker can use it.
pub(crate) fn check(place: &Place, is_root: bool) -> Finding {
    let node = match place {
        Place::Node(node) => node,
        Place::Elsewhere(text) => {
            return Finding::skipped(format!(
                "the broker uses {text}, which is not a device node"
            ));
        }
    };
    let path = node.display();
    match node.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Finding::fail(
            format!("there is no {path}"),
            "The next line says what the kernel knows.\n\
             To use another TPM, name it in /etc/sshtpm/broker.toml.",
        ),
        Err(error) => Finding::fail(
            format!("cannot look at {path}: {error}"),
            "Look at it as root.",
        ),
        Ok(metadata) if !metadata.file_type().is_char_device() => Finding::fail(
            format!("{path} is not a device node"),
            "Remove it, and let udev create it again: `udevadm trigger --subsystem-match=tpmrm`.",
        ),
        Ok(_) if !is_root && can_open(node) => Finding::warn(
            format!("{path} is there, and you can open it yourself"),
            format!(
                "Every program that you run can do so too, and sshtpm does not need it.\n\
                 `ls -l {}` shows why.",
                shell_word(node)
            ),
        ),
        Ok(_) => Finding::ok(format!("{path} is there")),
    }
}

fn can_open(node: &Path) -> bool {
    access(node, AccessFlags::R_OK | AccessFlags::W_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Place, check};
    use crate::checks::finding::Finding;

    fn node(path: &Path) -> Place {
        Place::Node(path.to_owned())
    }

    #[test]
    fn the_broker_says_where_the_tpm_is() {
        let place = Place::new(Some("device:/dev/tpmrm1"));
        assert_eq!(place, Place::Node(PathBuf::from("/dev/tpmrm1")));
        let swtpm = "swtpm:host=127.0.0.1,port=2321";
        assert_eq!(Place::new(Some(swtpm)), Place::Elsewhere(swtpm.to_owned()));
        assert_eq!(Place::new(None), Place::Node(PathBuf::from("/dev/tpmrm0")));
    }

    #[test]
    fn a_device_that_the_user_can_open_is_a_warning_and_none_for_root() {
        let place = node(Path::new("/dev/null"));
        assert!(matches!(check(&place, false), Finding::Warn(_)));
        assert_eq!(check(&place, true), Finding::ok("/dev/null is there"));
    }

    #[test]
    fn a_node_that_is_missing_or_no_device_fails() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tpmrm0");
        assert!(matches!(check(&node(&path), false), Finding::Fail(_)));
        std::fs::write(&path, "").unwrap();
        assert!(matches!(check(&node(&path), false), Finding::Fail(_)));
    }

    #[test]
    fn a_tpm_without_a_device_is_not_looked_at() {
        let place = Place::new(Some("swtpm:port=1"));
        assert!(matches!(check(&place, false), Finding::Skipped(_)));
    }
}
