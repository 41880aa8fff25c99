complete -c sshtpm-agent -s a -d 'Listen at PATH instead of $XDG_RUNTIME_DIR/sshtpm/agent.sock' -r -F
complete -c sshtpm-agent -s D -d 'Stay in the foreground; log to stderr'
complete -c sshtpm-agent -s d -d 'Stay in the foreground and log what is going on'
complete -c sshtpm-agent -s s -d 'Print commands for the Bourne shell'
complete -c sshtpm-agent -s c -d 'Print commands for the C shell'
complete -c sshtpm-agent -s k -d 'End the agent whose process number is in SSH_AGENT_PID'
complete -c sshtpm-agent -s h -l help -d 'Print help'
complete -c sshtpm-agent -s V -l version -d 'Print version'
