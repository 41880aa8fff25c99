//! Key files that ssh-keygen, openssl and puttygen wrote, with the fingerprints that ssh-keygen
//! prints for them.

/// The passphrase of all files that are encrypted.
pub(crate) const PASSPHRASE: &[u8] = b"correct horse";

/// A file.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) file: &'static [u8],
    pub(crate) fingerprint: &'static str,
    pub(crate) is_encrypted: bool,
}

/// The bytes of a file in `testdata`.
macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!("testdata/", $name))
    };
}

macro_rules! plain {
    ($name:literal, $fingerprint:literal) => {
        Sample {
            name: $name,
            file: testdata!($name),
            fingerprint: $fingerprint,
            is_encrypted: false,
        }
    };
}

macro_rules! encrypted {
    ($name:literal, $fingerprint:literal) => {
        Sample {
            is_encrypted: true,
            ..plain!($name, $fingerprint)
        }
    };
}

pub(crate) use testdata;

/// All files with keys that sshtpm can keep.
pub(crate) const SAMPLES: &[Sample] = &[
    encrypted!(
        "openssh-3des-cbc",
        "SHA256:+Rr3EVjep3T3qe9ovQW7nSSpmG5TU33t6UwRE22TUq0"
    ),
    encrypted!(
        "openssh-aes128-cbc",
        "SHA256:KjGGnNLgBpqM3vrPnZsiIiP94yBuzgA6xosP24JBgaE"
    ),
    encrypted!(
        "openssh-aes128-ctr",
        "SHA256:BYOMMv9N9q0kR6ylGxzcc4lSeesDmpUINDogXL2n5wU"
    ),
    encrypted!(
        "openssh-aes128-gcm",
        "SHA256:NeAF9xSaqpw7aFMapGkjOVifDMlaetryKxBUQ7XeJXc"
    ),
    encrypted!(
        "openssh-aes192-cbc",
        "SHA256:gAFvpo5E3EWtzpF1JRX5BvO3HO/vpGRDnvlXPByN3Dg"
    ),
    encrypted!(
        "openssh-aes192-ctr",
        "SHA256:jy32jnoscFtLpjBaspjnqlbQnMzOd3CJTBop4hNh0r0"
    ),
    encrypted!(
        "openssh-aes256-cbc",
        "SHA256:AwepQfB+ABb/Ea7CQApLm440e0MfWcWXbKpOlZimDZ8"
    ),
    encrypted!(
        "openssh-aes256-ctr",
        "SHA256:OaQqCnOeymowirRT7hfRah7kS7HtTrUa7mVlhDioGB4"
    ),
    encrypted!(
        "openssh-aes256-gcm",
        "SHA256:5BHgucmErE8IhdMYyJ/e53YE8odZBQ7i+8D6S4m2dXY"
    ),
    encrypted!(
        "openssh-chacha20-poly1305",
        "SHA256:oQQWjJyZt+LWV8ctaR1bgV+cugU2Bbv2MrLeng6NGgs"
    ),
    plain!(
        "openssh-ecdsa-256",
        "SHA256:o0cNpem0LKbupUulk0A6yCgep1DvaGhjkw0mDbXHNww"
    ),
    plain!(
        "openssh-ecdsa-256-zeros",
        "SHA256:9dg11LdR4bRgyLp8EaBCu6v62g0W9ALGTBLoekmmsws"
    ),
    plain!(
        "openssh-ecdsa-384",
        "SHA256:Zp//JvQvXRayr7PoHtK1ixFKdmIXOC07CZa9DyR3paY"
    ),
    plain!(
        "openssh-ecdsa-384-zeros",
        "SHA256:ApU6U9JsO+9Sc/pixlaYGMObgf47VcQYKn2SY9vXYNY"
    ),
    plain!(
        "openssh-ecdsa-521",
        "SHA256:7/X63hYlIeXt0eSdkZnXijhuQXslYHkDOKTfmm6A5k0"
    ),
    plain!(
        "openssh-ecdsa-521-zeros",
        "SHA256:TCFOeGUver/oDDXyQp7nxe60vwn/nlqlrBoKQUusS9E"
    ),
    plain!(
        "openssh-ecdsa-521-zeros-more",
        "SHA256:O/ojKPFUfFChd53iVQ8tK6lTerp3eGxOcCxafG3xszk"
    ),
    plain!(
        "openssh-ed25519",
        "SHA256:1eq0Ud6jv9A8B01a3zBfO5NIZzsOq6aTlxnuHdHyMVc"
    ),
    plain!(
        "openssh-rsa",
        "SHA256:HX+n6KsrVqHkcjOwkhpye5UiX+o+VnwfA5EF6TIJ5Dw"
    ),
    encrypted!(
        "pbes2-3des",
        "SHA256:GsyzrB7bKz4sNip6lrtLqKX1Tuz7M/79HnBiHFxH5K8"
    ),
    encrypted!(
        "pbes2-aes128",
        "SHA256:GsyzrB7bKz4sNip6lrtLqKX1Tuz7M/79HnBiHFxH5K8"
    ),
    encrypted!(
        "pbes2-aes256",
        "SHA256:GsyzrB7bKz4sNip6lrtLqKX1Tuz7M/79HnBiHFxH5K8"
    ),
    plain!(
        "pkcs1",
        "SHA256:9aTZ3wgANfFIYVB8sFLEJ5EsHenoJzpLCfByRPXTKAs"
    ),
    plain!(
        "pkcs8-ecdsa",
        "SHA256:GsyzrB7bKz4sNip6lrtLqKX1Tuz7M/79HnBiHFxH5K8"
    ),
    plain!(
        "pkcs8-ed25519",
        "SHA256:W1U2ILX1t7/IvfdSpmXYuXXaYlDZff97eIqmm3e7O/k"
    ),
    plain!(
        "pkcs8-rsa",
        "SHA256:B9EyA7zhZAnrHQyktFJ5K3ZZ73oWp9/V3e9MR7nGMQ0"
    ),
    plain!(
        "ppk2-ecdsa",
        "SHA256:Zp//JvQvXRayr7PoHtK1ixFKdmIXOC07CZa9DyR3paY"
    ),
    plain!(
        "ppk2-ed25519",
        "SHA256:1eq0Ud6jv9A8B01a3zBfO5NIZzsOq6aTlxnuHdHyMVc"
    ),
    encrypted!(
        "ppk2-encrypted",
        "SHA256:1eq0Ud6jv9A8B01a3zBfO5NIZzsOq6aTlxnuHdHyMVc"
    ),
    plain!(
        "ppk2-rsa",
        "SHA256:HX+n6KsrVqHkcjOwkhpye5UiX+o+VnwfA5EF6TIJ5Dw"
    ),
    encrypted!(
        "ppk3-argon2d",
        "SHA256:7/X63hYlIeXt0eSdkZnXijhuQXslYHkDOKTfmm6A5k0"
    ),
    encrypted!(
        "ppk3-argon2i",
        "SHA256:7/X63hYlIeXt0eSdkZnXijhuQXslYHkDOKTfmm6A5k0"
    ),
    plain!(
        "ppk3-ecdsa",
        "SHA256:Zp//JvQvXRayr7PoHtK1ixFKdmIXOC07CZa9DyR3paY"
    ),
    plain!(
        "ppk3-ed25519",
        "SHA256:1eq0Ud6jv9A8B01a3zBfO5NIZzsOq6aTlxnuHdHyMVc"
    ),
    encrypted!(
        "ppk3-encrypted",
        "SHA256:1eq0Ud6jv9A8B01a3zBfO5NIZzsOq6aTlxnuHdHyMVc"
    ),
    plain!(
        "ppk3-rsa",
        "SHA256:HX+n6KsrVqHkcjOwkhpye5UiX+o+VnwfA5EF6TIJ5Dw"
    ),
    encrypted!(
        "scrypt",
        "SHA256:GsyzrB7bKz4sNip6lrtLqKX1Tuz7M/79HnBiHFxH5K8"
    ),
    plain!(
        "sec1-256",
        "SHA256:rEaqtlTzw5Ig2RxAXWioNK0hZfPbU52QvzJ3XF04AIY"
    ),
    plain!(
        "sec1-384",
        "SHA256:IXK54pwhdy3eiZmuRVoLwf311uow9aOHnHpkhDVgn1o"
    ),
    plain!(
        "sec1-521",
        "SHA256:Prwxq/ETbMcDHgh3F91Lg2V7ZGHoslLDz+SLOJTlf/s"
    ),
];
