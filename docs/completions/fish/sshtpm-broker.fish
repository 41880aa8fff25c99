complete -c sshtpm-broker -l config -d 'Configuration file; one that is not there means the defaults' -r -F
complete -c sshtpm-broker -l check-config -d 'Check the configuration file and end: with 0 if it is right, with 78 if it is not'
complete -c sshtpm-broker -s h -l help -d 'Print help'
complete -c sshtpm-broker -s V -l version -d 'Print version'
