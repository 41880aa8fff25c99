//! Configurations of sshd as hardening guides, crypto policies and administrators write them.

/// What has to come of `sshtpm host-keys enable`.
pub(super) enum Outcome {
    /// sshd uses the host keys, and a client that connects to this address gets in.
    Login(&'static str),
    /// It changes nothing, and names these: file, line and setting.
    Refused(&'static [&'static str]),
}

/// A configuration: its name, files below `/etc/ssh`, and what has to come of it.
pub(super) struct Configuration {
    pub(super) name: &'static str,
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) outcome: Outcome,
}

const fn row(
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    outcome: Outcome,
) -> Configuration {
    Configuration {
        name,
        files,
        outcome,
    }
}

use Outcome::{Login, Refused};

/// The distribution's main file, as far as it matters.
const MAIN: (&str, &str) = ("sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n");

/// Where sshd listens if it is not told otherwise.
const HERE: Outcome = Login("127.0.0.1:22");

/// Those that allow or rule out an ECDSA key on P-256.
pub(super) const OF_ECDSA: &[Configuration] = &[
    row(
        "a drop-in allows Ed25519 and RSA",
        &[
            MAIN,
            (
                "sshd_config.d/10-hardening.conf",
                "HostKeyAlgorithms ssh-ed25519,rsa-sha2-512\n",
            ),
        ],
        Refused(&[
            "line 1 of /etc/ssh/sshd_config.d/10-hardening.conf",
            "sshtpm host-keys generate -t rsa",
        ]),
    ),
    row(
        "the main file allows Ed25519 alone, behind comments and tabs",
        &[(
            "sshd_config",
            "# Hardened.\nInclude /etc/ssh/sshd_config.d/*.conf\n\n\
             \tHostKeyAlgorithms\tssh-ed25519\t# no others\n",
        )],
        Refused(&[
            "line 4 of /etc/ssh/sshd_config",
            "ecdsa-sha2-nistp256",
            "sshtpm host-keys generate -t ed25519",
        ]),
    ),
    row(
        "the list is quoted and has certificates",
        &[
            MAIN,
            (
                "sshd_config.d/99-policy.conf",
                "PermitRootLogin no\n\
                 HostKeyAlgorithms \"ssh-ed25519-cert-v01@openssh.com,ssh-ed25519\"\n",
            ),
        ],
        Refused(&["line 2 of /etc/ssh/sshd_config.d/99-policy.conf"]),
    ),
    row(
        "the setting is in other case and has an equals sign",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "hostkeyalgorithms = sk-ssh-ed25519@openssh.com,ssh-ed25519\n",
            ),
        ],
        Refused(&["line 1 of /etc/ssh/sshd_config.d/a.conf"]),
    ),
    row(
        "a minus takes ECDSA away by a pattern",
        &[
            MAIN,
            ("sshd_config.d/a.conf", "HostKeyAlgorithms -ecdsa-*\n"),
        ],
        Refused(&[
            "line 1 of /etc/ssh/sshd_config.d/a.conf",
            "generate -t rsa`",
        ]),
    ),
    row(
        "only the larger curves are allowed",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "HostKeyAlgorithms ecdsa-sha2-nistp521,ecdsa-sha2-nistp384\n",
            ),
        ],
        Refused(&[
            "line 1 of /etc/ssh/sshd_config.d/a.conf",
            "generate -t ecdsa -b 384`",
        ]),
    ),
    row(
        "it is set twice and the first rules ECDSA out",
        &[
            (
                "sshd_config",
                "Include /etc/ssh/sshd_config.d/*.conf\n\
                 HostKeyAlgorithms ecdsa-sha2-nistp256\n",
            ),
            (
                "sshd_config.d/60-first.conf",
                "HostKeyAlgorithms ssh-ed25519\nHostKeyAlgorithms ecdsa-sha2-nistp256\n",
            ),
        ],
        Refused(&["line 1 of /etc/ssh/sshd_config.d/60-first.conf"]),
    ),
    row(
        "it is set twice and the first allows ECDSA",
        &[
            (
                "sshd_config",
                "Include /etc/ssh/sshd_config.d/*.conf\nHostKeyAlgorithms ssh-ed25519\n",
            ),
            (
                "sshd_config.d/20-first.conf",
                "HostKeyAlgorithms ecdsa-sha2-*,ssh-ed25519\n",
            ),
        ],
        HERE,
    ),
    row(
        "a file that is included by a relative pattern rules it out",
        &[
            (
                "sshd_config",
                "Include nowhere/*.conf hardening/[a-c]?.conf\n\
                 Include /etc/ssh/sshd_config.d/*.conf\n",
            ),
            (
                "hardening/b1.conf",
                "Include /etc/ssh/hardening/deeper\n# nothing else\n",
            ),
            ("hardening/deeper", "\nHostKeyAlgorithms ssh-ed25519\n"),
        ],
        Refused(&["line 2 of /etc/ssh/hardening/deeper"]),
    ),
    row(
        "the key exchange is one that no client here knows",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "KexAlgorithms diffie-hellman-group1-sha1\n",
            ),
        ],
        Refused(&["line 1 of /etc/ssh/sshd_config.d/a.conf", "KexAlgorithms"]),
    ),
    row(
        "the ciphers are such that no client here knows",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "MACs hmac-sha2-512-etm@openssh.com\nCiphers aes256-cbc\n",
            ),
        ],
        Refused(&["line 2 of /etc/ssh/sshd_config.d/a.conf", "Ciphers"]),
    ),
    row(
        "the key exchange is post-quantum and everything else narrow",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "KexAlgorithms sntrup761x25519-sha512@openssh.com\n\
                 Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com\n\
                 MACs hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com\n",
            ),
        ],
        HERE,
    ),
    row(
        "plus and caret only add and reorder",
        &[
            (
                "sshd_config",
                "Include /etc/ssh/sshd_config.d/*.conf\nKexAlgorithms ^curve25519-sha256\n",
            ),
            ("sshd_config.d/a.conf", "HostKeyAlgorithms ^ssh-ed25519\n"),
            ("sshd_config.d/b.conf", "Ciphers +aes256-cbc\n"),
        ],
        HERE,
    ),
    row(
        "users' keys have to be Ed25519, in general and in a match",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "PubkeyAcceptedAlgorithms ssh-ed25519\n\
                 Match User bob\n  PubkeyAcceptedAlgorithms rsa-sha2-512\n  X11Forwarding no\n",
            ),
        ],
        HERE,
    ),
    row(
        "certificates are signed with Ed25519 alone",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "CASignatureAlgorithms ssh-ed25519\n\
                 HostKeyAlgorithms ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp256\n",
            ),
        ],
        HERE,
    ),
    row(
        "logins are few, short and by key alone",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "MaxStartups 2:100:2\nMaxSessions 1\nMaxAuthTries 2\nLoginGraceTime 20\n\
                 AuthenticationMethods publickey\nAllowUsers alice\nPermitRootLogin no\n\
                 LogLevel VERBOSE\nBanner /etc/hostname\nCompression no\n",
            ),
        ],
        HERE,
    ),
    row(
        "it listens on IPv6 alone",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "AddressFamily inet6\nListenAddress ::1\n",
            ),
        ],
        Login("[::1]:22"),
    ),
    row(
        "it listens at an address that is not there yet",
        &[MAIN, ("sshd_config.d/a.conf", "ListenAddress 192.0.2.7\n")],
        Login("192.0.2.7:22"),
    ),
    row(
        "it listens on two other ports",
        &[MAIN, ("sshd_config.d/a.conf", "Port 2222\nPort 2022\n")],
        Login("127.0.0.1:2222"),
    ),
    row(
        "a key of the same type comes first",
        &[(
            "sshd_config",
            "HostKey /etc/ssh/ssh_host_ecdsa_key\nInclude /etc/ssh/sshd_config.d/*.conf\n",
        )],
        Refused(&["line 1 of /etc/ssh/sshd_config", "HostKey"]),
    ),
    row(
        "an Ed25519 key is named, and nothing else allowed",
        &[(
            "sshd_config",
            "Include /etc/ssh/sshd_config.d/*.conf\nHostKey /etc/ssh/ssh_host_ed25519_key\n\
             HostKeyAlgorithms ssh-ed25519\n",
        )],
        Refused(&["line 3 of /etc/ssh/sshd_config"]),
    ),
];

/// Those that allow or rule out an RSA key of 2048 bits.
pub(super) const OF_RSA: &[Configuration] = &[
    row(
        "a drop-in allows Ed25519 and RSA",
        &[
            MAIN,
            (
                "sshd_config.d/10-hardening.conf",
                "HostKeyAlgorithms ssh-ed25519,rsa-sha2-512\n",
            ),
        ],
        HERE,
    ),
    row(
        "RSA is allowed with SHA-256 alone, by a pattern",
        &[
            MAIN,
            ("sshd_config.d/a.conf", "HostKeyAlgorithms rsa-sha2-2??\n"),
        ],
        HERE,
    ),
    row(
        "an Ed25519 key is named besides",
        &[(
            "sshd_config",
            "Include /etc/ssh/sshd_config.d/*.conf\nHostKey /etc/ssh/ssh_host_ed25519_key\n",
        )],
        HERE,
    ),
    row(
        "RSA keys have to be longer",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "# A guide says so.\nRequiredRSASize 3072\n",
            ),
        ],
        Refused(&[
            "line 2 of /etc/ssh/sshd_config.d/a.conf",
            "RequiredRSASize",
            "generate -t rsa -b 3072`",
        ]),
    ),
    row(
        "RSA is allowed with SHA-1 alone, which the agent does not do",
        &[
            MAIN,
            ("sshd_config.d/a.conf", "HostKeyAlgorithms ssh-rsa\n"),
        ],
        Refused(&["line 1 of /etc/ssh/sshd_config.d/a.conf"]),
    ),
    row(
        "there is nothing that a TPM can make",
        &[
            MAIN,
            (
                "sshd_config.d/a.conf",
                "HostKeyAlgorithms sk-ssh-ed25519@openssh.com\n",
            ),
        ],
        Refused(&[
            "line 1 of /etc/ssh/sshd_config.d/a.conf",
            "no type that a TPM can make",
        ]),
    ),
];

/// Those that allow or rule out an Ed25519 key, which the TPM seals.
pub(super) const OF_ED25519: &[Configuration] = &[
    row(
        "a drop-in allows Ed25519 alone",
        &[
            MAIN,
            (
                "sshd_config.d/10-hardening.conf",
                "HostKeyAlgorithms ssh-ed25519\n",
            ),
        ],
        HERE,
    ),
    row("nothing is said of host keys", &[MAIN], HERE),
    row(
        "a minus takes Ed25519 away by a pattern",
        &[
            MAIN,
            ("sshd_config.d/a.conf", "HostKeyAlgorithms -*ed25519*\n"),
        ],
        Refused(&["line 1 of /etc/ssh/sshd_config.d/a.conf", "ssh-ed25519"]),
    ),
];
