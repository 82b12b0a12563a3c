#!/usr/bin/env bash
# Makes ca.pem, and key.pem with cert.pem for localhost and 127.0.0.1, in a folder: certificates.sh FOLDER
set -euo pipefail
cd "$1"
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "$@" 2>/dev/null; }
new -x509 -keyout ca.key -out ca.pem -subj "/CN=a test's authority"
new -keyout key.pem -out request.pem -subj /CN=localhost
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n' >extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out cert.pem 2>/dev/null
chmod 600 key.pem
