complete -c sshtpm-agent -s a -d 'Listen at PATH instead of $XDG_RUNTIME_DIR/sshtpm/agent.sock' -r -F
complete -c sshtpm-agent -s A -d 'Offer the keys of the agent at SOCKET, too. May be repeated, in the order of the keys' -r
complete -c sshtpm-agent -s D -d 'Stay in the foreground and log to stderr'
complete -c sshtpm-agent -s d -d 'Stay in the foreground and log at level debug'
complete -c sshtpm-agent -s s -d 'Print shell commands for sh'
complete -c sshtpm-agent -s c -d 'Print shell commands for csh'
complete -c sshtpm-agent -s k -d 'End the agent whose process ID is in SSH_AGENT_PID'
complete -c sshtpm-agent -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshtpm-agent -s V -l version -d 'Print version'
