//! Locks that survive a panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is counted is whole between any two calls, so a panic elsewhere does not spoil it.
pub(super) fn locked<T>(counted: &Mutex<T>) -> MutexGuard<'_, T> {
    counted.lock().unwrap_or_else(PoisonError::into_inner)
}
