//! A store of tpm2-pkcs11: a database with tokens, each of which has keys.
//!
//! Purpose: find the private keys that are under the storage root key, and their authorization
//! values.
//!
//! May touch: the database, for reading; tpm2-tools ([`token_key`]).

mod attributes;
mod database;
mod secret;
mod token_key;

use std::path::{Path, PathBuf};

use sshtpm_key_file::tss2::Loadable;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

use self::attributes::StoredKey;
use self::database::Token;
use super::kept_key::KeptKey;
use crate::ask_pin::PinSource;
use crate::error::Failure;
use crate::output::{Output, advise, warn};
use crate::person;

/// The storage root key.
const PARENT: u32 = 0x8100_0001;

/// The file in a store.
pub(super) const DATABASE: &str = "tpm2_pkcs11.sqlite3";

/// Where a user has a store, below the home directory.
pub(super) const OWN_STORE: &str = ".tpm2_pkcs11";

/// Where a store of all users is.
const COMMON: &str = "/etc/tpm2_pkcs11";

/// What tells where the store is.
const VARIABLE: &str = "TPM2_PKCS11_STORE";

/// The keys in the store at `path`, or else where tpm2-pkcs11 looks for one.
///
/// # Errors
///
/// There is no store, it cannot be read, or none of its keys can be taken over.
pub(super) async fn keys(
    output: Output,
    pins: &PinSource,
    path: Option<&Path>,
) -> Result<Vec<KeptKey>, Failure> {
    let store = match path {
        Some(path) => path.to_owned(),
        None => usual().ok_or_else(|| {
            let why = format!("${VARIABLE}, {COMMON} and ~/.tpm2_pkcs11 have no {DATABASE}");
            Failure::new("cannot find a store of tpm2-pkcs11", why)
                .and_next("Name the directory: --tpm2-pkcs11=DIRECTORY")
        })?,
    };
    let what = format!("cannot adopt keys of {}", store.display());
    let file = store.join(DATABASE);
    let read = tokio::task::spawn_blocking(move || database::read(&file)).await;
    let tokens = read.map_err(|error| Failure::new(what.clone(), error))?;
    let tokens = tokens.map_err(|error| Failure::new(what.clone(), error))?;
    let mut found = Vec::new();
    for token in tokens.iter().filter(|token| !token.keys.is_empty()) {
        match token.parent {
            Some(PARENT) => found.extend(of_token(output, pins, token).await?),
            _ => refuse(token),
        }
    }
    match found.is_empty() {
        false => Ok(found),
        true => Err(Failure::new(what, "it has no key that can be taken over")
            .and_next("Make a new key with `sshtpm keygen`.")),
    }
}

/// As `tpm2_ptool init` makes one.
fn refuse(token: &Token) {
    warn(&format!(
        "the keys of the token {:?} cannot be taken over: they were made under another parent key \
         than 0x81000001, and such keys cannot move",
        token.label
    ));
    advise("Make new keys with `sshtpm keygen`. tpm2-pkcs11 goes on using the old ones.");
}

async fn of_token(
    output: Output,
    pins: &PinSource,
    token: &Token,
) -> Result<Vec<KeptKey>, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::new(format!("cannot open the token {:?}", token.label), why)
    };
    let question = Words::from("PIN of the token ").and(Quoted::new(&token.label));
    let pin = pins.ask(question.and(": ")).await?;
    let unsealing = token_key::unseal(token, &pin);
    let key = output.busy("Waiting for the TPM", unsealing).await;
    let key = key.map_err(|error| {
        cannot(&error).and_next(
            "The PIN may be wrong. If it is right, run this with tpm2-tools installed, while you \
             are in group tss.",
        )
    })?;
    let found = |stored: &StoredKey| -> Option<KeptKey> {
        let contents = |buffer: &[u8]| Some(buffer.split_first_chunk::<2>()?.1.to_vec());
        Some(KeptKey {
            name: format!("{} in the token {}", stored.label, token.label),
            password: Some(secret::unwrap(&stored.auth, &key)?),
            key: Loadable {
                public: contents(&stored.public)?,
                private: contents(&stored.private)?,
                has_password: true,
                description: stored.label.clone(),
            },
        })
    };
    let found = token.keys.iter().map(|stored| {
        let damaged = format!("its key {:?} is damaged", stored.label);
        found(stored).ok_or_else(|| cannot(&damaged))
    });
    found.collect()
}

/// The first directory with a store, as tpm2-pkcs11 looks for one.
fn usual() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let home = person::home_directory().ok();
    let own = home.map(|home| home.join(OWN_STORE));
    let mut places = [named, Some(COMMON.into()), own].into_iter().flatten();
    places.find(|place| place.join(DATABASE).is_file())
}
