//! Hosts that show a certificate.

use super::*;

/// A login at a host that shows `certificate`.
fn certified_login(key: &Restrictions, certificate: Vec<u8>) -> Result<Cleared, NotPermitted> {
    let binding = Binding {
        host_key: certificate.clone(),
        ..host(1).login(b"s")
    };
    clear(key, [binding], &login_as(b"git", b"s", Some(certificate)))
}

fn to_authority(name: &str) -> Restrictions {
    key_for([Destination {
        from: None,
        user: None,
        to: authority(9, name),
    }])
}

#[test]
fn a_host_with_a_certificate_of_the_authority_is_that_host() {
    let by = |issuer: u8, names: &[&str]| host(1).certified(&host(issuer), names);
    for name in ["alpha.example", "[alpha.example]:2222", "ALPHA.example"] {
        let key = to_authority(name);
        for names in [&["alpha.example"][..], &["beta", "*.example"]] {
            assert!(
                certified_login(&key, by(9, names)).is_ok(),
                "{name} {names:?}"
            );
        }
        for (issuer, names) in [
            (8, &["alpha.example"][..]),
            (9, &["beta.example"]),
            (9, &[]),
        ] {
            let refused = certified_login(&key, certificate_for(issuer, names));
            assert!(refused.is_err(), "{name} {issuer} {names:?}");
        }
    }
}

fn certificate_for(issuer: u8, names: &[&str]) -> Vec<u8> {
    host(1).certified_as(&host(issuer), names, CertType::Host, |builder| {
        if names.is_empty() {
            builder.all_principals_valid().expect("for all");
        }
    })
}

#[test]
fn a_certificate_holds_for_its_time_and_without_critical_options() {
    let key = to_authority("alpha");
    let with = |further: fn(&mut ssh_key::certificate::Builder)| {
        host(1).certified_as(&host(9), &["alpha"], CertType::Host, further)
    };
    assert!(certified_login(&key, with(|_| {})).is_ok());
    let critical = with(|builder| {
        builder
            .critical_option("verify-required", "")
            .expect("an option");
    });
    assert!(certified_login(&key, critical).is_err());

    let binding = Binding {
        host_key: with(|_| {}),
        ..host(1).login(b"s")
    };
    let login = login_as(b"git", b"s", Some(with(|_| {})));
    let sessions = sessions([binding]);
    for (now, holds) in [(NOW - 11, false), (NOW - 10, true), (NOW + 10, false)] {
        let cleared = clear_at(now, &key, &sessions, Some(&login));
        assert_eq!(cleared.is_ok(), holds, "{now}");
    }
}

#[test]
fn the_key_of_an_authority_is_none_of_a_host_and_the_other_way_round() {
    let key = to_authority("alpha");
    let as_host = clear(&key, [host(9).login(b"s")], &login(b"s", None));
    assert!(as_host.is_err(), "the authority is no host");
    let key = key_for([leg(None, 1), leg(None, 9)]);
    let certificate = host(1).certified(&host(9), &["host9"]);
    assert!(certified_login(&key, certificate).is_err());
}
