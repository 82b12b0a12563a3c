#!/usr/bin/env bash
# A Postfix of its own in a folder, on loopback, until standard input ends; as root, which Postfix demands.
#
#   postfix.sh FOLDER PORT TLS_PORT
#
# PORT demands STARTTLS and a login, TLS_PORT is encrypted from the beginning; who may send is `assay` with the password
# `correct horse`. ada@shop.example and bob@shop.example have mailboxes, other names are refused with 550 5.1.1, and
# full@shop.example is put off with 452 4.2.2. Mails lie in FOLDER/mail/NAME/new, one file each; the certificates' root is
# FOLDER/ca.pem. Nothing outside of the folder is written.
set -euo pipefail
folder="$1" port="$2" tls_port="$3"
here="$(cd "$(dirname "$0")" && pwd)"
PATH="$PATH:/usr/sbin"
[ "$(id -u)" -eq 0 ] || { echo "Postfix is started by root only" >&2; exit 1; }
for program in postfix python3 openssl; do
    command -v "$program" >/dev/null && continue
    echo "$program is missing; type: apt-get install --no-install-recommends postfix python3 openssl" >&2
    exit 1
done
mkdir -p "$folder"/{etc,queue,data,mail}
folder="$(cd "$folder" && pwd)"
chmod 755 "$folder"
[ -e "$folder/ca.pem" ] || "$here/certificates.sh" "$folder"
chown postfix "$folder"/{data,mail}
cat >"$folder/etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $folder/queue
data_directory = $folder/data
command_directory = $(postconf -hd command_directory)
daemon_directory = $(postconf -hd daemon_directory)
mail_owner = postfix
setgid_group = postdrop
maillog_file = $folder/log
maillog_file_prefixes = $folder
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
biff = no
alias_maps =
virtual_mailbox_domains = shop.example
virtual_mailbox_base = $folder/mail
virtual_mailbox_maps = inline:{ada@shop.example=ada/, bob@shop.example=bob/, full@shop.example=full/}
virtual_uid_maps = static:$(id -u postfix)
virtual_gid_maps = static:$(id -g postfix)
virtual_minimum_uid = 1
smtpd_tls_cert_file = $folder/cert.pem
smtpd_tls_key_file = $folder/key.pem
smtpd_tls_auth_only = yes
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $folder/logins
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{full@shop.example = 452 4.2.2 the mailbox is full}}, reject_unlisted_recipient, reject_unauth_destination, permit_sasl_authenticated, reject
smtpd_delay_reject = yes
smtpd_error_sleep_time = 0
smtpd_client_connection_rate_limit = 0
END
cat >"$folder/etc/master.cf" <<END
127.0.0.1:$port inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:$tls_port inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
END
rm -f "$folder/logins"
python3 "$here/logins.py" "$folder/logins" assay 'correct horse' &
logins=$!
end() {
    kill "$logins" 2>/dev/null || true
    postfix -c "$folder/etc" stop 2>/dev/null || true
}
trap end EXIT
trap 'exit 0' TERM INT
exec 3<&0
cat <&3 >/dev/null &
postfix -c "$folder/etc" start-fg &
wait -n
