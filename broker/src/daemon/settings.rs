//! Which settings the service goes by, at the start and after each reload.

use super::adapters::Adapters;
use crate::config::Config;
use sshtpm_core::service::Service;

/// Has `service` go by `config` from now on.
pub(super) fn set(service: &Service<Adapters>, config: &Config) {
    service.set_limits(config.limits());
    service.set_pin_limits(config.pin_limits());
    service.set_forwarding_of_new_keys(config.forwarding_of_new_keys());
    service.set_sealed_keys(config.sealed_keys());
    service.set_persistent_keys(config.persistent_keys());
}
