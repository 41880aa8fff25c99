//! A backup for recipients, one of whom decrypts it.

use zeroize::Zeroizing;

use super::source::Source;
use crate::age;
use crate::args::ImportArgs;
use crate::error::Failure;
use crate::shell_word::shell_word;

/// The key file in `file`, which age encrypted.
///
/// # Errors
///
/// No identity is named, or age cannot decrypt it.
pub(super) async fn decrypt(
    source: &Source,
    args: &ImportArgs,
    file: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let Some(identity) = &args.age_identity else {
        let name = source.path().map(shell_word);
        let why = "it is a backup for recipients, which age encrypted";
        return Err(Failure::new(source.cannot(), why).and_next(format!(
            "Name the file with your identity: `sshtpm import --age-identity IDENTITY {0}`.\nOr \
             have age decrypt it: `age -d -i IDENTITY {0} | sshtpm import -`.",
            name.as_deref().unwrap_or("FILE")
        )));
    };
    let decrypted = age::decrypt(identity, file).await;
    decrypted.map_err(|error| Failure::new(source.cannot(), error))
}
