//! The functions, with keys in memory.

mod certificates;
mod keys;
mod logins;
mod searches;
mod sessions;
mod signatures;
mod slots;

use cryptoki_sys::{
    CK_OBJECT_CLASS, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_SLOT_ID, CKA_CLASS, CKF_RW_SESSION,
    CKF_SERIAL_SESSION, CKO_PRIVATE_KEY,
};
use tempfile::TempDir;

use crate::certificates::Certificates;
use crate::fake_keys::FakeKeys;
use crate::key::Key;
use crate::module::Module;
use crate::slots::OPEN;
use crate::template::Template;

/// A module with keys in memory, and a directory of its own.
struct Trial {
    module: Module,
    keys: FakeKeys,
    home: TempDir,
}

impl Trial {
    fn with(keys: impl IntoIterator<Item = Key>) -> Self {
        let keys = FakeKeys::with(keys);
        let home = tempfile::tempdir().unwrap();
        let certificates = Certificates::in_directory(home.path());
        Self {
            module: Module::new(Box::new(keys.clone()), certificates),
            keys,
            home,
        }
    }

    /// A session with the keys without a PIN.
    fn session(&self) -> CK_SESSION_HANDLE {
        self.session_with(OPEN)
    }

    fn session_with(&self, slot: CK_SLOT_ID) -> CK_SESSION_HANDLE {
        self.module.slots(false);
        let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        self.module.open_session(slot, flags).unwrap()
    }

    fn of_class(
        &self,
        session: CK_SESSION_HANDLE,
        class: CK_OBJECT_CLASS,
    ) -> Vec<CK_OBJECT_HANDLE> {
        let class = class.to_ne_bytes();
        let mut template = Template::default();
        template.push(CKA_CLASS, &class).unwrap();
        self.found(session, &template)
    }

    fn found(&self, session: CK_SESSION_HANDLE, template: &Template<'_>) -> Vec<CK_OBJECT_HANDLE> {
        self.module.find_init(session, template).unwrap();
        let found = self.module.find(session, 1000).unwrap();
        self.module.find_final(session).unwrap();
        found
    }

    fn private_key(&self, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
        self.of_class(session, CKO_PRIVATE_KEY)[0]
    }
}
