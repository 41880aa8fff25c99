//! Where the TPM is.
//!
//! `tss_esapi` 7.7 uses its default address for some strings that it does not understand, so the
//! broker parses the address itself first.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use tss_esapi::tcti_ldr::{DeviceConfig, NetworkTPMConfig, TctiNameConf};

/// A TPM device of the kernel, or a software TPM on the network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Address {
    /// `device:/dev/tpmrm0`
    Device(PathBuf),
    /// `swtpm:host=127.0.0.1,port=2321`; the control channel is the next port.
    Swtpm { host: IpAddr, port: u16 },
}

impl Address {
    /// Whether objects and sessions of ours are kept apart from those of others, and cleaned up
    /// after us: the kernel's resource manager does so for each open file.
    pub(super) fn has_resource_manager(&self) -> bool {
        match self {
            Self::Device(path) => path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("tpmrm")),
            Self::Swtpm { .. } => false,
        }
    }

    pub(super) fn tcti(&self) -> tss_esapi::Result<TctiNameConf> {
        Ok(match self {
            Self::Device(path) => {
                TctiNameConf::Device(DeviceConfig::from_str(&path.to_string_lossy())?)
            }
            Self::Swtpm { host, port } => {
                let config = format!("host={host},port={port}");
                TctiNameConf::Swtpm(NetworkTPMConfig::from_str(&config)?)
            }
        })
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        parse(text).ok_or_else(|| NotAnAddress(text.to_owned()))
    }
}

impl TryFrom<String> for Address {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        text.parse()
    }
}

fn parse(text: &str) -> Option<Address> {
    if let Some(path) = text.strip_prefix("device:") {
        let path = PathBuf::from(path);
        return path.is_absolute().then_some(Address::Device(path));
    }
    let (host, port) = text.strip_prefix("swtpm:host=")?.split_once(",port=")?;
    let (host, port) = (host.parse().ok()?, port.parse().ok()?);
    (port > 0 && port < u16::MAX).then_some(Address::Swtpm { host, port })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(path) => write!(f, "device:{}", path.display()),
            Self::Swtpm { host, port } => write!(f, "swtpm:host={host},port={port}"),
        }
    }
}

/// The text names no TPM.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the address of a TPM; write `device:` and an absolute path, or \
     `swtpm:host=ADDRESS,port=NUMBER`"
)]
pub(crate) struct NotAnAddress(String);

#[cfg(test)]
mod tests {
    use super::*;

    /// For the test that holds the installed configuration against the defaults.
    impl serde::Serialize for Address {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    #[test]
    fn an_address_reads_as_it_is_written() {
        for text in [
            "device:/dev/tpmrm0",
            "swtpm:host=127.0.0.1,port=2321",
            "swtpm:host=::1,port=1",
        ] {
            assert_eq!(
                text.parse::<Address>().expect("an address").to_string(),
                text
            );
        }
    }

    #[test]
    fn what_the_library_would_guess_at_is_no_address() {
        for text in [
            "",
            "device:",
            "device:tpm0",
            "swtpm:path=/x",
            "swtpm",
            "mssim:",
            "tabrmd:",
            "swtpm:host=example.org,port=1",
            "swtpm:host=127.0.0.1,port=0",
            "swtpm:host=127.0.0.1,port=65535",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_tpmrm_has_a_resource_manager() {
        let managed = |text: &str| {
            text.parse::<Address>()
                .expect("an address")
                .has_resource_manager()
        };
        assert!(managed("device:/dev/tpmrm0"));
        assert!(!managed("device:/dev/tpm0"));
        assert!(!managed("swtpm:host=127.0.0.1,port=2321"));
    }
}
