use super::{Curve, EndorsementHash, EndorsementPublic, NotAnEndorsementHash};

// Public areas that swtpm 0.7 made from the TCG's templates, and what OpenSSL 3 makes of the same
// keys.

const RSA_AREA: &str = "\
    0001000b000300b20020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa0006\
    0080004300100800000000000100af7212135ca7a54b7a61e586dc2f1cf029893280e0397e441f70b11eada8\
    fff795c0405ad350d89d1ab1f7d34cfdc21b7a9bce14d751fa0c3fee6195c0055eb2500c924150dae2f10075\
    c3f33e4b2228a1c76dd340148527d3940a288b3cfdc16f21100ece87e808e1ec4fc166120659eff4a704c147\
    693e303963e1a7f3884c28164f8d210d26403692bb60c553be0af83049b16cb9a86976e4fe0600b6f1bf08c1\
    ee837c07c79fac9ada9cc04d3665acb9271575808a8eb7c221dc2326db142d2fa6187900d3711916cb8d2270\
    86e9b87f06c7ea7291efd70208e6daf3c1c8c6f1bab40aad966003613772ed06e3ead0201eca392e98d8d2d0\
    3139ab5d75c3";

const RSA_INFO: &str = "\
    30820122300d06092a864886f70d01010105000382010f003082010a0282010100af7212135ca7a54b7a61e5\
    86dc2f1cf029893280e0397e441f70b11eada8fff795c0405ad350d89d1ab1f7d34cfdc21b7a9bce14d751fa\
    0c3fee6195c0055eb2500c924150dae2f10075c3f33e4b2228a1c76dd340148527d3940a288b3cfdc16f2110\
    0ece87e808e1ec4fc166120659eff4a704c147693e303963e1a7f3884c28164f8d210d26403692bb60c553be\
    0af83049b16cb9a86976e4fe0600b6f1bf08c1ee837c07c79fac9ada9cc04d3665acb9271575808a8eb7c221\
    dc2326db142d2fa6187900d3711916cb8d227086e9b87f06c7ea7291efd70208e6daf3c1c8c6f1bab40aad96\
    6003613772ed06e3ead0201eca392e98d8d2d03139ab5d75c30203010001";

const P256_AREA: &str = "\
    0023000b000300b20020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa0006\
    008000430010000300100020d4ac2614ece52d7b2e68d9c58887275ece869d1cf64db3bb0995895f7809c8bc\
    0020138e0b8c6be2d248cb28a531965d633dcf7529d225b924e7abb0c5dc2527e150";

const P256_INFO: &str = "\
    3059301306072a8648ce3d020106082a8648ce3d03010703420004d4ac2614ece52d7b2e68d9c58887275ece\
    869d1cf64db3bb0995895f7809c8bc138e0b8c6be2d248cb28a531965d633dcf7529d225b924e7abb0c5dc25\
    27e150";

const P384_AREA: &str = "\
    0023000c000300f20030b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419cacb47\
    ba09699646150f9fc000f3f80e1200060100004300100004001000303fa78ac3452fe10564072a35f27c791a\
    d662a722ac5466312a1120b1dd79cb77201d59a92ca9bd71fd35efb07c0245e00030cfb7f67ff25471931eb5\
    4552276631031bdc74bf93e2f60ed07487991923f3353a6cadd27a908242181fc7eebaf2c62d";

const P384_INFO: &str = "\
    3076301006072a8648ce3d020106052b81040022036200043fa78ac3452fe10564072a35f27c791ad662a722\
    ac5466312a1120b1dd79cb77201d59a92ca9bd71fd35efb07c0245e0cfb7f67ff25471931eb5455227663103\
    1bdc74bf93e2f60ed07487991923f3353a6cadd27a908242181fc7eebaf2c62d";

const P256_HASH: &str = "SHA256:a136ae8bc9c27929aa5d8b264e904bb99e5ea51f5aa2face51bdc335ec854406";

/// Public areas of three kinds.
pub(super) fn areas() -> [Vec<u8>; 3] {
    [RSA_AREA, P256_AREA, P384_AREA].map(bytes)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let pairs = digits.map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

#[test]
fn the_der_form_of_a_key_is_that_of_openssl() {
    for (area, info, kind) in [
        (RSA_AREA, RSA_INFO, "RSA 2048"),
        (P256_AREA, P256_INFO, "P-256"),
        (P384_AREA, P384_INFO, "P-384"),
    ] {
        let public = EndorsementPublic::read(&bytes(area)).unwrap();
        assert_eq!(public.subject_public_key_info(), bytes(info), "{kind}");
        assert!(info.ends_with(&hex(&public.key_bits())), "{kind}");
        assert_eq!(public.kind(), kind);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_hash_is_that_of_the_der_form() {
    let public = EndorsementPublic::read(&bytes(P256_AREA)).unwrap();
    let hash = EndorsementHash::of(&public);
    assert_eq!(hash.to_string(), P256_HASH);
    assert_eq!(P256_HASH.parse(), Ok(hash));
}

#[test]
fn a_hash_is_read_as_other_programs_print_it_and_nothing_else_is() {
    let hash: EndorsementHash = P256_HASH.parse().unwrap();
    let digits = hash.to_hex();
    assert_eq!(digits.to_uppercase().parse(), Ok(hash));
    let fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    let (short, long) = (&digits[1..], format!("{digits}0"));
    let signed = format!("+{}", &digits[1..]);
    for text in [
        "",
        "SHA256:",
        fingerprint,
        short,
        &long,
        &signed,
        "SHA384:00",
    ] {
        let read = text.parse::<EndorsementHash>();
        assert_eq!(read, Err(NotAnEndorsementHash), "{text}");
    }
}

#[test]
fn coordinates_without_their_leading_zeros_are_filled_up() {
    let area = bytes(P256_AREA);
    let (start, point) = area.split_at(area.len() - 68);
    let (x, y) = (&point[3..34], &point[36..]);
    let short = [start, &[0, 31], x, &[0, 32], y].concat();
    let Some(EndorsementPublic::Ecc { curve, x, .. }) = EndorsementPublic::read(&short) else {
        panic!("it is not read");
    };
    assert_eq!((curve, x.len(), x[0]), (Curve::P256, 32, 0));
}

#[test]
fn what_is_not_an_endorsement_key_is_not_read() {
    let area = bytes(P256_AREA);
    let longer = [&area[..], &[0]].concat();
    let mut signs = area.clone();
    // TPMA_OBJECT: sign in the place of decrypt.
    signs[5] = 0x05;
    let mut with_scheme = area.clone();
    with_scheme[49] = 0x18;
    for wrong in [
        &[][..],
        &area[..area.len() - 1],
        &longer,
        &signs,
        &with_scheme,
    ] {
        assert_eq!(EndorsementPublic::read(wrong), None);
    }
}
