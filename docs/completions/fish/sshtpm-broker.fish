complete -c sshtpm-broker -l config -d 'Configuration file; if it does not exist, the defaults apply' -r -F
complete -c sshtpm-broker -l check-config -d 'Check the configuration file and exit with 0 if it is valid, or with 78 if it is not'
complete -c sshtpm-broker -s h -l help -d 'Print help'
complete -c sshtpm-broker -s V -l version -d 'Print version'
