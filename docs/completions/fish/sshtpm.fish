# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sshtpm_global_optspecs
    string join \n q/quiet no-ask-password h/help V/version
end

function __fish_sshtpm_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sshtpm_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sshtpm_using_subcommand
    set -l cmd (__fish_sshtpm_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sshtpm -n "__fish_sshtpm_needs_command" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "keygen" -d 'Generate a key in the TPM'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "import" -d 'Move a private key from a file, or from paper, into the TPM'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "adopt" -d 'Take over keys that another program made in the TPM'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "parent" -d 'Print the parent key of this TPM, for which another machine can encrypt a key'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "list" -d 'List your keys'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "show" -d 'Print a public key, as a line for authorized_keys'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "rm" -d 'Delete keys for good'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "comment" -d 'Rename a key'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "restrict" -d 'Change what a key may be used for'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "rebind" -d 'Bind a key to the present values of PCRs, from its backup'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "cert" -d 'Keep certificates with your keys'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "attest" -d 'Show others that a key is in this TPM, and what may be done with it'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "passwd" -d 'Change or remove the PIN of a key'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "unlock" -d 'Enter the PINs of keys, which the broker then remembers for a while'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "lock" -d 'Make the broker forget PINs'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "log" -d 'Show how your keys were used'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "status" -d 'Show whether the TPM and the broker can be used'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "tpm" -d 'Administer the TPM'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "identity" -d 'Show the endorsement keys of the TPM, which identify this machine'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "setup" -d 'Set up everything that ssh needs: the first command of a new user'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "doctor" -d 'Check everything between ssh and the TPM, and say what to do next'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "recover" -d 'Say what is lost after the TPM was cleared or replaced, and what to do about it'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "verify-attestation" -d 'Verify that a key is in a TPM, by the file that `sshtpm attest` wrote'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "enrol" -d 'Enrol the attestation key of a user on another machine'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "host-keys" -d 'Keep the host keys of sshd in the TPM'
complete -c sshtpm -n "__fish_sshtpm_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s t -l type -d 'Type of key: ecdsa (the default), rsa, ed25519, or a full SSH name such as ecdsa-sha2-nistp384. TPMs cannot sign with ed25519: the TPM seals such a key, and the broker signs with it' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s b -l bits -d 'Length in bits: 256, 384 or 521 for ecdsa; 2048, 3072 or 4096 for rsa' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s C -l comment -d 'Name of the key; user@host if not given' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l derived -d 'Have the TPM derive the key from a seed of its own, the owner\'s user ID and name, and the label: the same options give you the same key again on the same TPM. HIERARCHY is owner (the key ends when the TPM is cleared), endorsement (with the chip) or null (when the machine is switched off). Without --derived, the key is random' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l label -d 'With --derived: what tells this key apart from your other derived keys; up to 64 letters, digits and . _ @ -' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s f -l file -d 'Where to write the public key; .pub is appended if missing. [default: ~/.ssh/id_sshtpm_TYPE.pub, such as ~/.ssh/id_sshtpm_ecdsa.pub]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l also-for -d 'Also write a file with the key that only the TPM of another machine can read. PARENT is a file with what `sshtpm parent` printed there. You are asked to compare its fingerprint; in a script, name the fingerprint. For more machines, repeat the option' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s o -l output -d 'Where to write that file [default: the name of PARENT with .tpm at its end, here]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l backup -d 'Write a backup of the key to FILE, a private key file of OpenSSH that is encrypted with a passphrase, for `sshtpm import`. This command then makes the key, outside of the TPM' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l backup-to -d 'Encrypt the backup for this recipient by age(1), which has to be installed, and not with a passphrase: age1…, or a public key of OpenSSH. Can be given several times [default FILE of --backup: like the public key file, with .age instead of .pub]' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l paper -d 'Write a PDF page to print, with the encrypted key as a QR code and as lines to type, for `sshtpm import --paper` [default FILE: like the public key file, with .pdf instead of .pub]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l pcr -d 'Bind the key to the present values of these PCRs of the TPM, as systemd-cryptenroll names them: 7, 0+7, 0+7:sha384, secure-boot-policy. While one of them has another value, because the machine started with other firmware, another boot loader or other Secure Boot settings, the key does not sign. `sshtpm rebind` binds it anew from a backup' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l for -d 'What the key may be used for; a new key is for auth and sign unless you say otherwise' -r -f -a "auth\t'Logging in'
sign\t'Signing files and commits'
ca\t'Issuing SSH certificates'
host\t'Being a host key of sshd'
sudo\t'Vouching for you to sudo and others that use `pam_ssh_agent_auth`'
raw\t'Digests of anything, for programs that do not speak SSH. Only a new key can be for raw, and for raw alone'"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l namespace -d 'Let the key sign only in this namespace, such as git or file; repeat the option for more' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l to -d 'Let the key log in only at this host, and only as USER if you name one (* and ? are wildcards; sshd would cut a name at : or /, so USER has neither); repeat the option for more. The broker knows the host by its keys, which are taken from known_hosts. With a port: `[HOST]:PORT`' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l via -d 'Let the key log in at the hosts that --to names only from this host, over a forwarded agent (ssh -A), and at this host itself; repeat the option for several hops in order. This binds the hosts, but not programs on this machine: ssh states the hops, and a program can state the same ones. For a jump host (ssh -J) use --to instead' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l host-key -d 'Take the keys of the host that --to names from this file instead of from known_hosts: public keys, or lines of known_hosts that are for that host, as ssh-keyscan prints them' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l force -d 'Replace the public key file if it exists'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l pin -d 'Give the key a PIN, which the TPM requires for each signature; asks for it twice'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l pin-stdin -d 'Give the key a PIN, read from the first line of standard input'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l passphrase-stdin -d 'Read the passphrase of the backup from the first line of standard input; the PIN comes after it'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l no-forwarding -d 'Refuse the key over forwarded agent connections (ssh -A). It then serves OpenSSH\'s programs alone, because others may forward the agent without saying so, and logs in with ssh 8.9 or newer alone'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l confirm -d 'Ask a person to confirm each use'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l while-unlocked -d 'Let the key sign only while you are logged in at a screen of this machine, in the foreground, and that screen is unlocked, as systemd-logind says. A login over the network does not count. While you are away, the key signs nothing for hosts to which you forward the agent. A malicious program of yours can tell systemd-logind that the screen is unlocked'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand keygen" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l age-identity -d 'Decrypt FILE, a backup for recipients, by age(1) with the identities in this file' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -s C -l comment -d 'Name of the key [default: the comment in the file, or your name and host]' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l also-for -d 'Also write a file with the key that only the TPM of another machine can read. PARENT is a file with what `sshtpm parent` printed there. You are asked to compare its fingerprint; in a script, name the fingerprint. For more machines, repeat the option' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -s o -l output -d 'Where to write that file [default: the name of PARENT with .tpm at its end, here]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l pcr -d 'Bind the key to the present values of these PCRs of the TPM, as systemd-cryptenroll names them: 7, 0+7, 0+7:sha384, secure-boot-policy. While one of them has another value, because the machine started with other firmware, another boot loader or other Secure Boot settings, the key does not sign. `sshtpm rebind` binds it anew from a backup' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l for -d 'What the key may be used for; a new key is for auth and sign unless you say otherwise' -r -f -a "auth\t'Logging in'
sign\t'Signing files and commits'
ca\t'Issuing SSH certificates'
host\t'Being a host key of sshd'
sudo\t'Vouching for you to sudo and others that use `pam_ssh_agent_auth`'
raw\t'Digests of anything, for programs that do not speak SSH. Only a new key can be for raw, and for raw alone'"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l namespace -d 'Let the key sign only in this namespace, such as git or file; repeat the option for more' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l to -d 'Let the key log in only at this host, and only as USER if you name one (* and ? are wildcards; sshd would cut a name at : or /, so USER has neither); repeat the option for more. The broker knows the host by its keys, which are taken from known_hosts. With a port: `[HOST]:PORT`' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l via -d 'Let the key log in at the hosts that --to names only from this host, over a forwarded agent (ssh -A), and at this host itself; repeat the option for several hops in order. This binds the hosts, but not programs on this machine: ssh states the hops, and a program can state the same ones. For a jump host (ssh -J) use --to instead' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l host-key -d 'Take the keys of the host that --to names from this file instead of from known_hosts: public keys, or lines of known_hosts that are for that host, as ssh-keyscan prints them' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l paper -d 'The key is on paper, from `sshtpm keygen --paper`: FILE has its lines; without FILE, you type them'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l passphrase-stdin -d 'Read the passphrase of the file from the first line of standard input'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l keep-file -d 'Keep the file as a backup, and do not ask; `list` then shows the key as backed up'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l pin -d 'Give the key a PIN, which the TPM requires for each signature; asks for it twice'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l pin-stdin -d 'Give the key a PIN, read from the first line of standard input'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l no-forwarding -d 'Refuse the key over forwarded agent connections (ssh -A). It then serves OpenSSH\'s programs alone, because others may forward the agent without saying so, and logs in with ssh 8.9 or newer alone'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l confirm -d 'Ask a person to confirm each use'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l while-unlocked -d 'Let the key sign only while you are logged in at a screen of this machine, in the foreground, and that screen is unlocked, as systemd-logind says. A login over the network does not count. While you are away, the key signs nothing for hosts to which you forward the agent. A malicious program of yours can tell systemd-logind that the screen is unlocked'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand import" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l tpm2-pkcs11 -d 'Take over the keys in a store of tpm2-pkcs11, by default in $TPM2_PKCS11_STORE, /etc/tpm2_pkcs11 or ~/.tpm2_pkcs11; asks for the PIN of each token, and runs tpm2-tools, which need access to the TPM. The keys have no PIN afterwards, unless --pin gives them one' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -s C -l comment -d 'Name of the key, if there is only one [default: what the file says, or your name and host]' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l for -d 'What the key may be used for; a new key is for auth and sign unless you say otherwise' -r -f -a "auth\t'Logging in'
sign\t'Signing files and commits'
ca\t'Issuing SSH certificates'
host\t'Being a host key of sshd'
sudo\t'Vouching for you to sudo and others that use `pam_ssh_agent_auth`'
raw\t'Digests of anything, for programs that do not speak SSH. Only a new key can be for raw, and for raw alone'"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l namespace -d 'Let the key sign only in this namespace, such as git or file; repeat the option for more' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l to -d 'Let the key log in only at this host, and only as USER if you name one (* and ? are wildcards; sshd would cut a name at : or /, so USER has neither); repeat the option for more. The broker knows the host by its keys, which are taken from known_hosts. With a port: `[HOST]:PORT`' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l via -d 'Let the key log in at the hosts that --to names only from this host, over a forwarded agent (ssh -A), and at this host itself; repeat the option for several hops in order. This binds the hosts, but not programs on this machine: ssh states the hops, and a program can state the same ones. For a jump host (ssh -J) use --to instead' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l host-key -d 'Take the keys of the host that --to names from this file instead of from known_hosts: public keys, or lines of known_hosts that are for that host, as ssh-keyscan prints them' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l password-stdin -d 'Read PINs of tokens and passwords of keys from standard input, one line for each'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l pin -d 'Give each key a new PIN; asks for it twice'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l no-pin -d 'Let keys sign without a PIN from now on, also those that have a password'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l no-forwarding -d 'Refuse the key over forwarded agent connections (ssh -A). It then serves OpenSSH\'s programs alone, because others may forward the agent without saying so, and logs in with ssh 8.9 or newer alone'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l confirm -d 'Ask a person to confirm each use'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l while-unlocked -d 'Let the key sign only while you are logged in at a screen of this machine, in the foreground, and that screen is unlocked, as systemd-logind says. A login over the network does not count. While you are away, the key signs nothing for hosts to which you forward the agent. A malicious program of yours can tell systemd-logind that the screen is unlocked'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand adopt" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand parent" -l fingerprint -d 'Print the fingerprint alone'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand parent" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand parent" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand parent" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand parent" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -l owner -d 'List the keys of this user instead; for administrators' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -l orphans -d 'List the keys of users who are gone: deleted, or their uid has another name now; for administrators'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -s w -l wide -d 'Show everything whole on a terminal too, in lines of any length'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand list" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -l qr -d 'Show a QR code of the line on the terminal'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -l git -d 'Print the key in the form that git\'s setting user.signingkey takes'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -l owner -d 'Delete keys of this user instead; for administrators' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -l uid -d 'Delete keys of users who are gone and had this uid: each KEY, or all; for administrators. `list --orphans` shows them' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -s f -l force -d 'Delete without asking'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -l lost -d 'Archive the records of lost keys: of each KEY, or of all. They are no longer listed. An administrator can still read them'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -l delete-file -d 'Also delete the file in ~/.ssh with the public key, if it holds nothing else. Without this and --keep-file, you are asked; with --force, the file stays'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -l keep-file -d 'Keep the file with the public key'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand comment" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand comment" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand comment" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand comment" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l for -d 'What the key may be used for; a new key is for auth and sign unless you say otherwise' -r -f -a "auth\t'Logging in'
sign\t'Signing files and commits'
ca\t'Issuing SSH certificates'
host\t'Being a host key of sshd'
sudo\t'Vouching for you to sudo and others that use `pam_ssh_agent_auth`'
raw\t'Digests of anything, for programs that do not speak SSH. Only a new key can be for raw, and for raw alone'"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l namespace -d 'Let the key sign only in this namespace, such as git or file; repeat the option for more' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l to -d 'Let the key log in only at this host, and only as USER if you name one (* and ? are wildcards; sshd would cut a name at : or /, so USER has neither); repeat the option for more. The broker knows the host by its keys, which are taken from known_hosts. With a port: `[HOST]:PORT`' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l via -d 'Let the key log in at the hosts that --to names only from this host, over a forwarded agent (ssh -A), and at this host itself; repeat the option for several hops in order. This binds the hosts, but not programs on this machine: ssh states the hops, and a program can state the same ones. For a jump host (ssh -J) use --to instead' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l host-key -d 'Take the keys of the host that --to names from this file instead of from known_hosts: public keys, or lines of known_hosts that are for that host, as ssh-keyscan prints them' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l no-forwarding -d 'Refuse the key over forwarded agent connections (ssh -A). It then serves OpenSSH\'s programs alone, because others may forward the agent without saying so, and logs in with ssh 8.9 or newer alone'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l confirm -d 'Ask a person to confirm each use'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l while-unlocked -d 'Let the key sign only while you are logged in at a screen of this machine, in the foreground, and that screen is unlocked, as systemd-logind says. A login over the network does not count. While you are away, the key signs nothing for hosts to which you forward the agent. A malicious program of yours can tell systemd-logind that the screen is unlocked'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l any-namespace -d 'Let the key sign in any namespace'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l anywhere -d 'Let the key log in at any host'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l forwarding -d 'Allow the key over forwarded agent connections'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l no-confirm -d 'Allow uses without confirmation'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l no-while-unlocked -d 'Allow uses while your screen is locked, or you are not logged in at one'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -l pcr -d 'The PCRs, as for `keygen` [default: those that the key is bound to now]' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -l age-identity -d 'Decrypt BACKUP, which is for recipients, by age(1) with the identities in this file' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -l paper -d 'The backup is on paper, from `sshtpm keygen --paper`: BACKUP has its lines; without BACKUP, you type them'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -l passphrase-stdin -d 'Read the passphrase of the backup from the first line of standard input'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -l pin -d 'Give the key a PIN, which the TPM requires for each signature; asks for it twice'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -l pin-stdin -d 'Give the key a PIN, read from the first line of standard input'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -f -a "add" -d 'Keep certificates with a key, so that the agent offers them'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -f -a "list" -d 'List certificates'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -f -a "rm" -d 'Remove certificates'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and not __fish_seen_subcommand_from add list rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from add" -l owner -d 'Keep them with keys of this user instead; for administrators' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from add" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from list" -l owner -d 'List those of this user instead; for administrators' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from list" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from list" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from rm" -l owner -d 'Remove those of this user instead; for administrators' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from rm" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from rm" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "add" -d 'Keep certificates with a key, so that the agent offers them'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "list" -d 'List certificates'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove certificates'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand attest" -l nonce -d 'What the verifier chose: 16 to 64 bytes, in hexadecimal or base64' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand attest" -s o -l output -d 'Write the attestation to this file, in the place of an earlier one; without it, to the standard output' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand attest" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand attest" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand attest" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand attest" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand passwd" -l remove -d 'Remove the PIN'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand passwd" -l pin-stdin -d 'Read the present PIN, then the new one, from standard input, one line each'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand passwd" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand passwd" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand passwd" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand passwd" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand unlock" -l for -d 'How long to remember the PINs, if shorter than the administrator allows: 8h, 30m, 1h30m' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand unlock" -l pin-stdin -d 'Read the PINs from standard input, one line each'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand unlock" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand unlock" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand unlock" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand unlock" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand lock" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand lock" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand lock" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand lock" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s k -l key -d 'Show only this key: its fingerprint or the beginning of it, its comment, its .pub file or its line of authorized_keys; for a deleted key, the whole fingerprint, the file or the line' -r -f
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s n -l number -d 'Show only the last N' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s S -l since -d 'Show only what happened at TIME or later: 2h, 3 days, yesterday, 08:30, 2026-01-31' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s f -l follow -d 'Show the last 10 uses, then each new one as it happens'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -l json -d 'Print JSON: an object for each use, each in a line of its own'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s w -l wide -d 'Show everything whole on a terminal too, in lines of any length'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand status" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand status" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand status" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand status" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand status" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -f -a "bench" -d 'Measure how fast this machine\'s TPM is'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -f -a "lockout" -d 'Show how close the TPM is to its dictionary-attack lockout, or end the lockout'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -f -a "persist" -d 'Keep a key in the TPM permanently, so that it signs faster'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and not __fish_seen_subcommand_from bench lockout persist help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from bench" -l rsa -d 'Measure RSA with 2048 bits, too. The TPM makes an RSA key for that. Some chips need half a minute, and nobody else can use the TPM until then'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from bench" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from bench" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from bench" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from bench" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from bench" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from lockout" -l reset -d 'Make the TPM forget all failed tries'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from lockout" -l password -d 'Ask for the password of the TPM\'s lockout hierarchy, if it has one. After a wrong password, the TPM accepts no further one for a long time'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from lockout" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from lockout" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from lockout" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from lockout" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from persist" -l owner -d 'Owner of the key, if not you; sshtpm-host for the host keys of sshd' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from persist" -l undo -d 'Free the room in the TPM again. The key is not deleted, and still signs'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from persist" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from persist" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from persist" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from persist" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from help" -f -a "bench" -d 'Measure how fast this machine\'s TPM is'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from help" -f -a "lockout" -d 'Show how close the TPM is to its dictionary-attack lockout, or end the lockout'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from help" -f -a "persist" -d 'Keep a key in the TPM permanently, so that it signs faster'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand identity" -s o -l output -d 'Also write keys and certificates to this directory: .der and .pem files with the certificates, and .pub files with the keys as tpm2-tools take them' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand identity" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand identity" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand identity" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand identity" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand identity" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -l agent-by -d 'How ssh finds the agent' -r -f -a "ssh-config\t'IdentityAgent in ~/.ssh/config: for ssh, scp, sftp and git (except its signatures), in every session, even one to which `ssh -A` brought an agent'
environment\t'SSH_AUTH_SOCK in the environment: also for ssh-add and ssh-keygen, in what systemd starts for you, such as a desktop, and in login shells, from the next login on; an agent that `ssh -A` brought stays'"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -l git -d 'Also have git sign commits and tags, with KEY or with the oldest key that may sign them. This sets gpg.format, user.signingkey, a file of allowed signers and, if you want, commit.gpgsign and tag.gpgsign. It replaces no setting without a question, and says how to go back' -r -f
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -s t -l type -d 'Type of key: ecdsa (the default), rsa, ed25519, or a full SSH name such as ecdsa-sha2-nistp384. TPMs cannot sign with ed25519: the TPM seals such a key, and the broker signs with it' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -s b -l bits -d 'Length in bits: 256, 384 or 521 for ecdsa; 2048, 3072 or 4096 for rsa' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -s C -l comment -d 'Name of the key; user@host if not given' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -l derived -d 'Have the TPM derive the key from a seed of its own, the owner\'s user ID and name, and the label: the same options give you the same key again on the same TPM. HIERARCHY is owner (the key ends when the TPM is cleared), endorsement (with the chip) or null (when the machine is switched off). Without --derived, the key is random' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -l label -d 'With --derived: what tells this key apart from your other derived keys; up to 64 letters, digits and . _ @ -' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -s y -l yes -d 'Do not ask. If ssh uses an agent that has other keys or does not answer, ssh keeps using it; an empty agent is replaced'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -l undo -d 'Take back what setup did: its lines and files, git\'s settings, and what it turned off. What you have changed since stays, and is named; keys stay, too. Without a terminal and without --yes it says what it would do, and changes nothing'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand doctor" -l connect -d 'Also log in to the host with ssh, run `true` there, and explain a refusal. You may be asked for a PIN or a confirmation, but not for a password'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand doctor" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand doctor" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand doctor" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -l derived -d 'Have the TPM derive a key again that `keygen --derived HIERARCHY` made. Give the label, type and length that it had; its rules are gone. If the key is here already, nothing changes' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -l label -d 'With --derived: the label that the key had' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -s t -l type -d 'With --derived: the type that the key had, as for `keygen`' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -s b -l bits -d 'With --derived: the length that the key had, as for `keygen`' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -s C -l comment -d 'With --derived: name of the key; user@host if not given' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand recover" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -l nonce -d 'The nonce that you gave to `sshtpm attest`: 16 to 64 bytes, in hexadecimal or base64' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -l enrolled -d 'The record of the enrolment, which `sshtpm enrol accept` wrote. Keep it where nobody else can write: it is what ties the attestation key to the TPM. Without it nothing is proved, and the exit status is 1' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -l ek -d 'The hash of the TPM\'s endorsement key, as `sshtpm identity` shows it on that machine; can be repeated. Without it or --ek-roots nothing is proved, and the exit status is 1' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -l ek-roots -d 'A directory with the root certificates of TPM vendors, in PEM or DER. Whether a certificate was revoked is not checked. Without it or --ek nothing is proved, and the exit status is 1' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -l key -d 'Refuse any key but this one: a file with one public key and nothing else, or its line' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand verify-attestation" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -f -a "challenge" -d 'Make a challenge for a machine; needs no TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -f -a "answer" -d 'Have the TPM of this machine answer a challenge; for administrators'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -f -a "accept" -d 'Accept the answer, and write the record of the enrolment; needs no TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and not __fish_seen_subcommand_from challenge answer accept help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -l identity -d 'What `sshtpm identity --json` printed on the machine' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -l owner -d 'The user name of the user whose attestation key it is, on that machine. A file with the claims of another user is refused, and the record is for this user alone' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -l ek -d 'The hash of the TPM\'s endorsement key, as `sshtpm identity` shows it on that machine; can be repeated. Without it or --ek-roots nothing is proved, and the exit status is 1' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -l ek-roots -d 'A directory with the root certificates of TPM vendors, in PEM or DER. Whether a certificate was revoked is not checked. Without it or --ek nothing is proved, and the exit status is 1' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -s o -l output -d 'Write the challenge to this file, for the machine' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -l pending -d 'Keep in this file what `accept` needs. Nothing in it is secret, but let nobody else write it' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from challenge" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from answer" -s o -l output -d 'Write the answer to this file. It answers this challenge and nothing else' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from answer" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from answer" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from answer" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from answer" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from accept" -l pending -d 'What `challenge` kept. It is removed once the answer is accepted' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from accept" -s o -l output -d 'Write the record to this file' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from accept" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from accept" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from accept" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from accept" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from help" -f -a "challenge" -d 'Make a challenge for a machine; needs no TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from help" -f -a "answer" -d 'Have the TPM of this machine answer a challenge; for administrators'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from help" -f -a "accept" -d 'Accept the answer, and write the record of the enrolment; needs no TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand enrol; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "generate" -d 'Generate a host key in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "import" -d 'Move sshd\'s host keys from their files into the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "adopt" -d 'Take over the host keys that ssh-tpm-agent has'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "list" -d 'List the host keys'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "rm" -d 'Delete host keys for good'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "ensure" -d 'Make sure that sshd has host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "enable" -d 'Make sshd use the host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "cert" -d 'Have sshd show certificates of its host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "disable" -d 'Make sshd use its host key files again'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and not __fish_seen_subcommand_from generate import adopt list rm ensure enable cert disable help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -s t -l type -d 'Type of key: ecdsa (the default), rsa, ed25519, or a full SSH name such as ecdsa-sha2-nistp384. TPMs cannot sign with ed25519: the TPM seals such a key, and the broker signs with it' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -s b -l bits -d 'Length in bits: 256, 384 or 521 for ecdsa; 2048, 3072 or 4096 for rsa' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -s C -l comment -d 'Name of the key; user@host if not given' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -l derived -d 'Have the TPM derive the key from a seed of its own, the owner\'s user ID and name, and the label: the same options give you the same key again on the same TPM. HIERARCHY is owner (the key ends when the TPM is cleared), endorsement (with the chip) or null (when the machine is switched off). Without --derived, the key is random' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -l label -d 'With --derived: what tells this key apart from your other derived keys; up to 64 letters, digits and . _ @ -' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from generate" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from import" -l sshd-config-dir -d 'Directory with sshd_config and sshd_config.d [default: /etc/ssh]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from import" -l agent-socket -d 'Socket of the agent that serves the host keys' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from import" -l sshd -d 'The program sshd [default: looked up in PATH, /usr/local/sbin, /usr/sbin and /sbin]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from import" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from import" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from adopt" -l hierarchy -d 'The hierarchy that ssh-tpm-agent uses: owner, endorsement or null. Where its documentation says endorsement or platform, it uses owner' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from adopt" -s t -l type -d 'Take over only the key of this type: ecdsa or rsa. Before OpenSSH 10.0, sshd shows an ECDSA key only if it has no other' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from adopt" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from adopt" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from adopt" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from list" -l json -d 'Print JSON'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from list" -s w -l wide -d 'Show everything whole on a terminal too, in lines of any length'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from list" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from rm" -s f -l force -d 'Delete without asking'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from rm" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from rm" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -s t -l type -d 'Types of keys that sshd needs, instead of those in the configuration: as in `keygen -t`, with the bits of `-b` after a colon. Example: ecdsa,rsa:4096' -r
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -l config -d 'Configuration file; if it does not exist, the defaults apply' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -l key-dir -d 'Directory for the public key files, instead of the one in the configuration' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -l sshd-config-dir -d 'Directory with sshd_config and sshd_config.d [default: /etc/ssh]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -l agent-socket -d 'Socket of the agent that serves the host keys' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -l sshd -d 'The program sshd [default: looked up in PATH, /usr/local/sbin, /usr/sbin and /sbin]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -l replace-existing -d 'Rename sshd\'s host key files to NAME.before-sshtpm once sshd uses the keys in the TPM; `disable` renames them back'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from ensure" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -l config -d 'Configuration file; if it does not exist, the defaults apply' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -l key-dir -d 'Directory for the public key files, instead of the one in the configuration' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -l sshd-config-dir -d 'Directory with sshd_config and sshd_config.d [default: /etc/ssh]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -l agent-socket -d 'Socket of the agent that serves the host keys' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -l sshd -d 'The program sshd [default: looked up in PATH, /usr/local/sbin, /usr/sbin and /sbin]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -l replace-existing -d 'Rename sshd\'s host key files to NAME.before-sshtpm once sshd uses the keys in the TPM; `disable` renames them back'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from enable" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l remove -d 'Have sshd no longer show certificates of these host keys: keys, as in `show`, or files with the certificates' -r -f
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l config -d 'Configuration file; if it does not exist, the defaults apply' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l key-dir -d 'Directory for the public key files, instead of the one in the configuration' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l sshd-config-dir -d 'Directory with sshd_config and sshd_config.d [default: /etc/ssh]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l agent-socket -d 'Socket of the agent that serves the host keys' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l sshd -d 'The program sshd [default: looked up in PATH, /usr/local/sbin, /usr/sbin and /sbin]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l replace-existing -d 'Rename sshd\'s host key files to NAME.before-sshtpm once sshd uses the keys in the TPM; `disable` renames them back'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from cert" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from disable" -l sshd-config-dir -d 'Directory with sshd_config and sshd_config.d [default: /etc/ssh]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from disable" -l agent-socket -d 'Socket of the agent that serves the host keys' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from disable" -l sshd -d 'The program sshd [default: looked up in PATH, /usr/local/sbin, /usr/sbin and /sbin]' -r -F
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print only errors, questions, and what was asked for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from disable" -l no-ask-password -d 'Fail instead of asking for a password that polkit requires'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from disable" -s V -l version -d 'Print version'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "generate" -d 'Generate a host key in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "import" -d 'Move sshd\'s host keys from their files into the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "adopt" -d 'Take over the host keys that ssh-tpm-agent has'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the host keys'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Delete host keys for good'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "ensure" -d 'Make sure that sshd has host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Make sshd use the host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "cert" -d 'Have sshd show certificates of its host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Make sshd use its host key files again'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand host-keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "keygen" -d 'Generate a key in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "import" -d 'Move a private key from a file, or from paper, into the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "adopt" -d 'Take over keys that another program made in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "parent" -d 'Print the parent key of this TPM, for which another machine can encrypt a key'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "list" -d 'List your keys'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "show" -d 'Print a public key, as a line for authorized_keys'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "rm" -d 'Delete keys for good'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "comment" -d 'Rename a key'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "restrict" -d 'Change what a key may be used for'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "rebind" -d 'Bind a key to the present values of PCRs, from its backup'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "cert" -d 'Keep certificates with your keys'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "attest" -d 'Show others that a key is in this TPM, and what may be done with it'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "passwd" -d 'Change or remove the PIN of a key'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "unlock" -d 'Enter the PINs of keys, which the broker then remembers for a while'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "lock" -d 'Make the broker forget PINs'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "log" -d 'Show how your keys were used'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "status" -d 'Show whether the TPM and the broker can be used'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "tpm" -d 'Administer the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "identity" -d 'Show the endorsement keys of the TPM, which identify this machine'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "setup" -d 'Set up everything that ssh needs: the first command of a new user'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "doctor" -d 'Check everything between ssh and the TPM, and say what to do next'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "recover" -d 'Say what is lost after the TPM was cleared or replaced, and what to do about it'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "verify-attestation" -d 'Verify that a key is in a TPM, by the file that `sshtpm attest` wrote'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "enrol" -d 'Enrol the attestation key of a user on another machine'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "host-keys" -d 'Keep the host keys of sshd in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and not __fish_seen_subcommand_from keygen import adopt parent list show rm comment restrict rebind cert attest passwd unlock lock log status tpm identity setup doctor recover verify-attestation enrol host-keys help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "add" -d 'Keep certificates with a key, so that the agent offers them'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "list" -d 'List certificates'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "rm" -d 'Remove certificates'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from tpm" -f -a "bench" -d 'Measure how fast this machine\'s TPM is'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from tpm" -f -a "lockout" -d 'Show how close the TPM is to its dictionary-attack lockout, or end the lockout'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from tpm" -f -a "persist" -d 'Keep a key in the TPM permanently, so that it signs faster'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from enrol" -f -a "challenge" -d 'Make a challenge for a machine; needs no TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from enrol" -f -a "answer" -d 'Have the TPM of this machine answer a challenge; for administrators'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from enrol" -f -a "accept" -d 'Accept the answer, and write the record of the enrolment; needs no TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "generate" -d 'Generate a host key in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "import" -d 'Move sshd\'s host keys from their files into the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "adopt" -d 'Take over the host keys that ssh-tpm-agent has'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "list" -d 'List the host keys'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "rm" -d 'Delete host keys for good'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "ensure" -d 'Make sure that sshd has host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "enable" -d 'Make sshd use the host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "cert" -d 'Have sshd show certificates of its host keys in the TPM'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand help; and __fish_seen_subcommand_from host-keys" -f -a "disable" -d 'Make sshd use its host key files again'
complete -c sshtpm -n "__fish_sshtpm_using_subcommand show" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rm" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand comment" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand restrict" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand rebind" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from add" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from list" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand cert; and __fish_seen_subcommand_from rm" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand attest" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand passwd" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand unlock" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand lock" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand log" -s k -l key -r -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand tpm; and __fish_seen_subcommand_from persist" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
complete -c sshtpm -n "__fish_sshtpm_using_subcommand setup" -a "(sshtpm --no-ask-password list --names 2>/dev/null)"
