//! The database of a store (SQLite), as tpm2-pkcs11 1.9 and later have it: schema 8 and 9.
//!
//! May touch: that file, for reading.

use std::fmt;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use super::attributes::{StoredKey, parent_handle};

/// The schemas that are known.
const SCHEMAS: [i64; 2] = [8, 9];

/// Most tokens that are read: a store has 255 at most.
const MAX_TOKENS: u32 = 255;

/// Most objects of a token that are read: many times what people have.
const MAX_OBJECTS: u32 = 1024;

/// Longest attributes of an object, in bytes: those of an RSA-4096 key with a certificate have some
/// 10 KiB.
const MAX_ATTRIBUTE_BYTES: u32 = 64 * 1024;

/// A token, and its private keys.
pub(super) struct Token {
    pub(super) label: String,
    /// The handle of its primary key; `None` if it has none.
    pub(super) parent: Option<u32>,
    /// TPM2B_PUBLIC and TPM2B_PRIVATE of the sealed object with the key of the token.
    pub(super) sealed: (Vec<u8>, Vec<u8>),
    pub(super) salt: String,
    pub(super) keys: Vec<StoredKey>,
}

/// Why a database is not read.
#[derive(Debug)]
pub(super) enum Unreadable {
    Database(rusqlite::Error),
    Schema(i64),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            Self::Schema(version) => write!(f, "its schema {version} is not known here"),
        }
    }
}

impl From<rusqlite::Error> for Unreadable {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// All tokens. Blocks.
///
/// # Errors
///
/// It cannot be read, or has another schema.
pub(super) fn read(path: &Path) -> Result<Vec<Token>, Unreadable> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    let schema = "SELECT schema_version FROM schema WHERE id = 1";
    let schema: i64 = database.query_row(schema, [], |row| row.get(0))?;
    if !SCHEMAS.contains(&schema) {
        return Err(Unreadable::Schema(schema));
    }
    let mut tokens = database.prepare(
        "SELECT tokens.id, CAST(label AS TEXT), CAST(pobjects.config AS TEXT), \
         userpub, userpriv, CAST(userauthsalt AS TEXT) \
         FROM tokens JOIN pobjects ON pobjects.id = tokens.pid \
         JOIN sealobjects ON sealobjects.tokid = tokens.id \
         WHERE userpub IS NOT NULL AND userpriv IS NOT NULL AND userauthsalt IS NOT NULL \
         ORDER BY tokens.id LIMIT ?1",
    )?;
    let tokens = tokens.query_map([MAX_TOKENS], |row| token(&database, row))?;
    Ok(tokens.collect::<Result<_, _>>()?)
}

fn token(database: &Connection, row: &Row<'_>) -> rusqlite::Result<Token> {
    let id: i64 = row.get(0)?;
    let config: String = row.get(2)?;
    Ok(Token {
        label: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        parent: parent_handle(&config),
        sealed: (row.get(3)?, row.get(4)?),
        salt: row.get(5)?,
        keys: keys(database, id)?,
    })
}

fn keys(database: &Connection, token: i64) -> rusqlite::Result<Vec<StoredKey>> {
    let mut objects = database.prepare(
        "SELECT CAST(attrs AS TEXT) FROM tobjects \
         WHERE tokid = ?1 AND length(attrs) <= ?2 ORDER BY id LIMIT ?3",
    )?;
    let bounds = (token, MAX_ATTRIBUTE_BYTES, MAX_OBJECTS);
    let objects = objects.query_map(bounds, |row| row.get::<_, String>(0))?;
    let keys = objects.map(|attributes| Ok(StoredKey::parse(&attributes?)));
    keys.filter_map(Result::transpose).collect()
}
