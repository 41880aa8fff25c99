//! Names of PCRs, as systemd has them (systemd-cryptenroll(1), `systemd-analyze pcrs`).

/// By index; PCRs without a name are left out.
const NAMES: [(u8, &str); 17] = [
    (0, "platform-code"),
    (1, "platform-config"),
    (2, "external-code"),
    (3, "external-config"),
    (4, "boot-loader-code"),
    (5, "boot-loader-config"),
    (6, "host-platform"),
    (7, "secure-boot-policy"),
    (9, "kernel-initrd"),
    (10, "ima"),
    (11, "kernel-boot"),
    (12, "kernel-config"),
    (13, "sysexts"),
    (14, "shim-policy"),
    (15, "system-identity"),
    (16, "debug"),
    (23, "application-support"),
];

/// The name of a PCR. `None`: it has none.
pub fn name_of(index: u8) -> Option<&'static str> {
    let mut names = NAMES.iter();
    names.find(|(one, _)| *one == index).map(|(_, name)| *name)
}

/// The PCR that has this name.
pub(super) fn index_of(name: &str) -> Option<u8> {
    let mut names = NAMES.iter();
    names.find(|(_, one)| *one == name).map(|(index, _)| *index)
}
