//! Bindings that a client or a forwarding host sends.

use sshtpm_fuzz::Target;

use super::Binding;
use crate::identity::Identity;
use crate::limits::{MAX_HOST_KEY_BYTES, MAX_SESSION_ID_BYTES};

#[test]
fn a_binding_of_anybody_costs_little_to_read() {
    let target = Target::new("session-bindings").longest(2 * MAX_HOST_KEY_BYTES);
    target.run(|content| {
        let binding = Binding::parse(content)?;
        assert!(binding.session_id.len() <= MAX_SESSION_ID_BYTES);
        let host = Identity::of_host(&binding.host_key).is_ok();
        Ok::<_, super::NotABinding>((host, binding.is_forwarding))
    });
}
