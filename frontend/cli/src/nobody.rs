//! What helps if nobody can be asked for a PIN or a confirmation.

/// What helps if a key has to be confirmed, and polkit finds nobody to ask.
pub(crate) const HOW_TO_CONFIRM: &str = "\
Run this in another terminal, and give your password there:
`pkttyagent --process $(systemctl --user show -P MainPID sshtpm-agent)`
A desktop asks by itself if it has a polkit agent; Debian's smallest is `lxpolkit`.";
