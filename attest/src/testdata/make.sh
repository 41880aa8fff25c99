#!/bin/sh
# Makes the certificates anew. The keys of the authorities are thrown away.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

der() {
    openssl x509 -in "$work/$1.pem" -outform DER -out "$1.der"
}

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 \
        -keyout "$work/$1.key" -out "$work/$1.pem" -subj "/O=sshtpm tests/CN=$1" \
        -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign'
    der "$1"
}

authority root
authority other-root
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout "$work/intermediate.key" -out "$work/intermediate.csr" \
    -subj '/O=sshtpm tests/CN=intermediate'
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > "$work/ca.ext"
openssl x509 -req -in "$work/intermediate.csr" -CA "$work/root.pem" -CAkey "$work/root.key" \
    -days 36500 -extfile "$work/ca.ext" -out "$work/intermediate.pem"
der intermediate

scalar=$(printf '07%.0s' $(seq 32))
printf '30310201010420%sa00a06082a8648ce3d030107' "$scalar" | xxd -r -p |
    openssl ec -inform DER -out "$work/leaf.key"
san='subjectAltName=critical,dirName:tpm
[tpm]
1.2.23.133.2.1=UTF8:id:00001014
1.2.23.133.2.2=UTF8:swtpm
1.2.23.133.2.3=UTF8:id:20191023'

leaf() {
    printf '[ext]\nbasicConstraints=critical,CA:FALSE\n%s\n%s\n' "$2" "$san" > "$work/$1.ext"
    printf '[req]\ndistinguished_name=dn\n[dn]\n' > "$work/req.conf"
    openssl req -new -key "$work/leaf.key" -subj / -config "$work/req.conf" -out "$work/leaf.csr"
    openssl x509 -req -in "$work/leaf.csr" -CA "$work/intermediate.pem" \
        -CAkey "$work/intermediate.key" -days 3650 -extfile "$work/$1.ext" -extensions ext \
        -out "$work/$1.pem"
    der "$1"
}

leaf leaf 'keyUsage=keyAgreement
extendedKeyUsage=2.23.133.8.1'
leaf no-usage 'keyUsage=keyAgreement'
leaf tls 'extendedKeyUsage=serverAuth'
leaf critical 'extendedKeyUsage=2.23.133.8.1
1.2.3.4.5.6=critical,DER:0500'
