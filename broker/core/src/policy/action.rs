//! What can be allowed and forbidden.

/// What an administrator can allow and forbid. Their names and defaults are in
/// `polkit/org.sshtpm.Broker1.policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sign with one's own key.
    UseOwnKey,
    /// Sign with a key whose every use a person has to confirm.
    ConfirmUse,
    /// See one's own keys and their use.
    ListOwnKeys,
    /// Rename one's own key.
    CommentOwnKey,
    /// Add certificates to one's own key, and remove them.
    CertifyOwnKey,
    /// Have the TPM state that it holds one's own key.
    AttestOwnKey,
    /// Generate a key for oneself.
    CreateOwnKey,
    /// Import a key for oneself.
    ImportOwnKey,
    /// Adopt a key of another program for oneself.
    AdoptOwnKey,
    /// Delete one's own key.
    DeleteOwnKey,
    /// Tighten what one's own key may be used for.
    RestrictOwnKey,
    /// Relax what one's own key may be used for.
    ChangeOwnKey,
    /// Manage the keys of the host user.
    ManageHostKeys,
    /// Manage the keys of other users.
    ManageOthers,
    /// See how the TPM is and what waits for it.
    InspectTpm,
    /// See by what the TPM is told from all others, and show that to others.
    IdentifyTpm,
    /// Change the state of the TPM.
    ManageTpm,
}
