//! TLS client certificates whose keys are in the TPM, with a server that wants one.

use std::net::TcpStream;

use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::token::MODULE;
use sshtpm_tests::{User, World, wait};

/// An authority, and a server whose certificate it issued.
const SERVER: &str = "
    new='openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
    $new -x509 -keyout ca.key -out ca.pem -subj /CN=ca
    $new -keyout server.key -out server.csr -subj /CN=localhost
    echo subjectAltName=DNS:localhost >names
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names \
        -out server.pem
    echo 'cn = alice' >subject";

/// Has the authority certify the key `$0` by a request that certtool makes.
const CERTIFY: &str = "
    key=\"pkcs11:token=sshtpm;object=$0\"
    certtool --generate-request --template subject --outfile $0.csr \
        --load-privkey \"$key;type=private\" --load-pubkey \"$key;type=public\"
    openssl req -in $0.csr -verify -noout
    openssl x509 -req -in $0.csr -CA ca.pem -CAkey ca.key -out $0.pem
    openssl x509 -in $0.pem -outform DER -out $0.der";

/// The keys, one of each kind.
const KEYS: [&str; 2] = ["ec", "rsa"];

/// What every client asks for.
const REQUEST: &str = "GET / HTTP/1.0\r\n\r\n";

fn script(user: User<'_>, text: &str, arguments: &[&str]) -> String {
    let script = user.command("sh -euc").arg(text).args(arguments);
    script.run().ok().stdout
}

/// Two keys with certificates, and a server that shows the certificate of its client.
fn server(world: &World) -> Daemon {
    serving(world, "-www")
}

/// Two keys with certificates, and a server that does what an option says.
fn serving(world: &World, what: &str) -> Daemon {
    let alice = world.alice();
    alice.raw_key("ec");
    alice.raw_rsa_key("rsa");
    script(alice, SERVER, &[]);
    for key in KEYS {
        script(alice, CERTIFY, &[key]);
    }
    let files = "-cert server.pem -key server.key -CAfile ca.pem";
    let serve = "openssl s_server -accept 4433 -Verify 1 -verify_return_error";
    let server = alice.command(&format!("{serve} {what} {files}")).daemon();
    wait::until("the server", wait::START, || {
        let connect = || TcpStream::connect("127.0.0.1:4433");
        world.machine().enter(connect).ok()
    });
    server
}

#[test]
fn gnutls_shows_a_certificate_in_each_version_of_tls() {
    let world = World::new();
    let _server = server(&world);
    let alice = world.alice();
    for key in KEYS {
        for version in ["TLS1.2", "TLS1.3"] {
            let client = alice.command("gnutls-cli --x509cafile ca.pem --port 4433 localhost");
            let client = client
                .arg(format!(
                    "--x509keyfile=pkcs11:token=sshtpm;object={key};type=private"
                ))
                .arg(format!("--x509certfile={key}.pem"))
                .arg(format!("--priority=NORMAL:-VERS-ALL:+VERS-{version}"));
            let shown = client.stdin(REQUEST).run().ok();
            assert!(shown.stdout.contains("Subject: CN=alice"), "{shown}");
        }
    }
}

#[test]
fn curl_shows_a_certificate_by_the_engine() {
    let world = World::new();
    let _server = server(&world);
    let alice = world.alice();
    let curl = |key: &str| {
        let curl = alice.command("curl -sS --cacert ca.pem --engine pkcs11 --key-type ENG");
        curl.env("PKCS11_MODULE_PATH", MODULE)
            .arg("--key")
            .arg(format!("pkcs11:token=sshtpm;object={key};type=private"))
            .arg("--cert")
            .arg(format!("{key}.pem"))
            .arg("https://localhost:4433/")
            .run()
            .ok()
            .stdout
    };
    for key in KEYS {
        assert!(curl(key).contains("Subject: CN=alice"), "{}", curl(key));
    }
    let without = alice.run("curl -sS --cacert ca.pem https://localhost:4433/");
    assert_ne!(without.code(), 0, "{without}");
}

#[test]
fn git_shows_a_certificate_for_https() {
    let world = World::new();
    let alice = world.alice();
    // The server takes the whole address for the name of a file.
    let repository = "git init -q --bare repo.git; cd repo.git; \
        id=$(git hash-object -w -t tree /dev/null); \
        printf '%s\trefs/heads/main\n' \"$id\" >'info/refs?service=git-upload-pack'";
    script(alice, repository, &[]);
    let server = serving(&world, "-WWW");
    let list = |key: &str| {
        let git = alice.command("git -c http.sslCAInfo=ca.pem -c http.sslCert=ec.pem");
        let git = git.args(&["-c", &format!("http.sslKey={key}"), "ls-remote"]);
        git.arg("https://localhost:4433/repo.git").run()
    };
    let listed = list("pkcs11:token=sshtpm;object=ec;type=private").ok();
    assert!(listed.stdout.contains("refs/heads/main"), "{listed}");
    assert!(server.log().contains("CN = alice"), "{}", server.log());
    let other = list("pkcs11:token=sshtpm;object=none;type=private");
    assert_ne!(other.code(), 0, "{other}");
}

#[test]
fn nss_finds_certificate_and_key_on_the_token() {
    let world = World::new();
    let _server = server(&world);
    let alice = world.alice();
    let database = "mkdir nss; certutil -d nss -N --empty-password; \
        certutil -d nss -A -n ca -t CT,, -i ca.pem; modutil -dbdir nss -force -add tpm -libfile $0";
    script(alice, database, &[MODULE]);
    for key in KEYS {
        let write = format!("--write-object {key}.der --type cert");
        alice.pkcs11_tool(&write).run().ok();
        let client = alice.command("tstclnt -h localhost -p 4433 -d nss -n");
        let mut client = client.arg(format!("sshtpm:{key}")).stdin(REQUEST).start();
        // Some versions stay until they are ended.
        wait::until("the certificate", wait::EFFECT, || {
            let has_ended = client.has_ended();
            let shown = client.stdout();
            let is_there = shown.contains("Subject: CN=alice");
            assert!(is_there || !has_ended, "{shown}");
            is_there.then_some(())
        });
    }
}
