complete -c sshtpm-agent -s a -d 'Listen at PATH instead of $XDG_RUNTIME_DIR/sshtpm/agent.sock' -r -F
complete -c sshtpm-agent -l name -d 'Listen at $XDG_RUNTIME_DIR/sshtpm/NAME.sock, and serve as [agent.NAME] in agent.toml says' -r
complete -c sshtpm-agent -l only -d 'Offer KEY alone: a fingerprint, a comment, or purpose:NAME. May be repeated' -r
complete -c sshtpm-agent -s A -d 'Offer the keys of the agent at SOCKET, too. May be repeated, in the order of the keys' -r
complete -c sshtpm-agent -s t -d 'Have ordinary keys forgotten after LIFE: seconds, or a time as in sshd_config(5)' -r
complete -c sshtpm-agent -s O -d 'Pass OPTION to ssh-agent. May be repeated' -r
complete -c sshtpm-agent -s P -d 'Let ssh-add load libraries whose paths match PATTERNS alone' -r
complete -c sshtpm-agent -s E -d 'Have ssh-agent show fingerprints of ordinary keys with HASH; those of keys in the TPM are SHA256' -r -f -a "md5\t''
sha256\t''"
complete -c sshtpm-agent -l notify -d 'Show notifications of the desktop: when a key was used, or while a question for a PIN or a confirmation is open' -r -f -a "used\t'A key was used'
waiting\t'A PIN or a confirmation is waited for'"
complete -c sshtpm-agent -s T -d 'Listen at a private path in $TMPDIR or /tmp'
complete -c sshtpm-agent -l no-load -d 'Leave agent.toml alone, and keep no ordinary keys'
complete -c sshtpm-agent -s D -d 'Stay in the foreground and log to stderr'
complete -c sshtpm-agent -s d -d 'Stay in the foreground and log at level debug'
complete -c sshtpm-agent -s s -d 'Print shell commands for sh'
complete -c sshtpm-agent -s c -d 'Print shell commands for csh'
complete -c sshtpm-agent -s k -d 'End the agent whose process ID is in SSH_AGENT_PID'
complete -c sshtpm-agent -l print-socket -d 'Print the path where the agent would listen, and start none'
complete -c sshtpm-agent -l print-config -d 'Print how agent.toml has agents serve, as TOML, and start none'
complete -c sshtpm-agent -s u -d 'Remove the private sockets that dead agents left behind, and start none'
complete -c sshtpm-agent -s U -d 'Do not remove the sockets of dead agents at the start'
complete -c sshtpm-agent -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshtpm-agent -s V -l version -d 'Print version'
