//! What the kernel knows of the TPM.
//!
//! May touch: reads sysfs. Source: Linux, Documentation/ABI/stable/sysfs-class-tpm
//! (`tpm_version_major`, since 5.6).

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::device::Place;
use super::finding::Finding;

/// Where the kernel shows its TPMs.
pub(crate) const CLASS: &str = "/sys/class/tpm";

/// Most bytes that are read of an attribute; the version is one digit.
const MAX_ATTRIBUTE_BYTES: u64 = 64;

/// Whether the kernel has a driver for the TPM, and it is a TPM 2.0.
pub(crate) fn check(place: &Place, class: &Path) -> Finding {
    let number = match place {
        Place::Elsewhere(_) => return Finding::skipped("the TPM is not behind a kernel driver"),
        Place::Node(node) => number(node),
    };
    let Some(number) = number else {
        return Finding::skipped("the device does not have the name of a kernel TPM");
    };
    let name = format!("tpm{number}");
    if !class.join(&name).exists() {
        return no_tpm(&name, class);
    }
    match version(&class.join(&name)).as_deref() {
        Some("2") => Finding::ok(format!("{name} is a TPM 2.0")),
        Some("1") => Finding::fail(
            format!("{name} is a TPM 1.2"),
            "sshtpm needs a TPM 2.0. Some firmware can switch to it, in its setup under \
             Security.\n\
             Everything sealed to the old one is then lost.",
        ),
        _ => Finding::skipped(format!("the kernel does not say which version {name} has")),
    }
}

fn no_tpm(name: &str, class: &Path) -> Finding {
    let is_empty = fs::read_dir(class).map_or(true, |mut entries| entries.next().is_none());
    if is_empty {
        Finding::fail(
            "the kernel found no TPM",
            "Enable it in the firmware's setup, where it may be called TPM, fTPM, PTT or Security \
             Device.\nGive a virtual machine a virtual TPM 2.0.\n\
             `journalctl -k --grep=tpm` shows what the kernel tried.",
        )
    } else {
        Finding::fail(
            format!("the kernel has TPMs, but no {name}"),
            "`ls /sys/class/tpm` shows them; name one in /etc/sshtpm/broker.toml.",
        )
    }
}

/// The kernel's number of the TPM behind `/dev/tpmrm0` or `/dev/tpm0`.
fn number(node: &Path) -> Option<u32> {
    let name = node.file_name()?.to_str()?;
    let number = name
        .strip_prefix("tpmrm")
        .or_else(|| name.strip_prefix("tpm"))?;
    number.parse().ok()
}

fn version(device: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(device.join("tpm_version_major")).ok()?;
    let read = file.take(MAX_ATTRIBUTE_BYTES).read_to_string(&mut text);
    read.ok().map(|_| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Place, check};
    use crate::checks::finding::Finding;

    fn look(class: &Path) -> Finding {
        check(&Place::new(None), class)
    }

    fn class_with(device: &str, version: Option<&str>) -> tempfile::TempDir {
        let class = tempfile::tempdir().unwrap();
        fs::create_dir(class.path().join(device)).unwrap();
        if let Some(version) = version {
            fs::write(class.path().join(device).join("tpm_version_major"), version).unwrap();
        }
        class
    }

    #[test]
    fn a_tpm_2_is_fine() {
        let class = class_with("tpm0", Some("2\n"));
        assert_eq!(look(class.path()), Finding::ok("tpm0 is a TPM 2.0"));
    }

    #[test]
    fn a_tpm_1_2_fails() {
        let class = class_with("tpm0", Some("1\n"));
        let Finding::Fail(advice) = look(class.path()) else {
            panic!("it did not fail");
        };
        assert_eq!(advice.found, "tpm0 is a TPM 1.2");
    }

    #[test]
    fn a_kernel_without_a_tpm_points_to_the_firmware() {
        let class = tempfile::tempdir().unwrap();
        for class in [class.path(), Path::new("/nonexistent")] {
            let Finding::Fail(advice) = look(class) else {
                panic!("it did not fail");
            };
            assert!(advice.next.contains("firmware"), "{advice:?}");
        }
    }

    #[test]
    fn another_tpm_than_the_one_that_is_set_fails_otherwise() {
        let class = class_with("tpm1", Some("2\n"));
        let Finding::Fail(advice) = look(class.path()) else {
            panic!("it did not fail");
        };
        assert!(advice.next.contains("broker.toml"), "{advice:?}");
        let place = Place::new(Some("device:/dev/tpmrm1"));
        assert!(matches!(check(&place, class.path()), Finding::Ok(_)));
    }

    #[test]
    fn what_the_kernel_does_not_say_is_not_held_against_it() {
        let class = class_with("tpm0", None);
        assert!(matches!(look(class.path()), Finding::Skipped(_)));
        for property in ["swtpm:port=1", "device:/dev/mine"] {
            let place = Place::new(Some(property));
            assert!(matches!(check(&place, class.path()), Finding::Skipped(_)));
        }
    }
}
