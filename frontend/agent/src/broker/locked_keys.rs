//! The calls of the broker that a conversation about a PIN needs.
//!
//! May touch: the system bus. These calls take no place at the broker. Each belongs to a
//! conversation, and there are few conversations at a time.

use std::collections::HashMap;

use sshtpm_client::Broker;
use sshtpm_client::pin::{self, Pin};
use sshtpm_dbus::Error;

use crate::asking::conversation::Locked;

impl Locked for Broker {
    async fn comment(&self, fingerprint: &str) -> Option<String> {
        let listed = self.keys().list(&HashMap::new()).await.ok()?;
        let mut keys = listed.into_iter();
        let key = keys.find(|key| key.fingerprint == fingerprint)?;
        Some(key.comment)
    }

    async fn unlock(&self, fingerprint: &str, pin: &Pin) -> Result<(), Error> {
        let number = pin::send(self.keys(), pin).await?;
        let options = HashMap::new();
        Ok(self.keys().unlock(fingerprint, number, &options).await?)
    }
}
