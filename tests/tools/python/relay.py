"""A mail relay that does what addresses say, on a free port of loopback, until its standard input ends.

    relay.py FOLDER [--tls] [--login USER PASSWORD] [--ascii]

The port is printed. Mails go to FOLDER as 0001.eml, 0002.eml..., each below a line with sender and recipient. `--tls` demands
STARTTLS with cert.pem and key.pem of FOLDER, `--ascii` knows no SMTPUTF8. What happens to a recipient is in the address:

    rcpt-550@, rcpt-451@    refused, put off, when named; any code
    data-552@, data-451@    refused, put off, when the mail was read
    drop-rcpt@, drop-data@  the connection breaks, before and after the mail was read; the mail is kept
    slow@                   no answer for two minutes
    once-451@               put off the first time, taken after that
"""

import argparse
import asyncio
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument("folder", type=pathlib.Path)
options.add_argument("--tls", action="store_true")
options.add_argument("--login", nargs=2)
options.add_argument("--ascii", action="store_true")
options = options.parse_args()


class Mailbox:
    def __init__(self):
        self.kept = 0
        self.seen = set()

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        what, _, code = address.partition("@")[0].partition("-")
        if what == "rcpt":
            return f"{code} 5.1.1 said of {address}" if code[0] == "5" else f"{code} 4.3.2 said of {address}"
        if what == "once" and address not in self.seen:
            self.seen.add(address)
            return f"{code} 4.7.1 come back later"
        if address.startswith("drop-rcpt@"):
            server.transport.abort()
            await asyncio.sleep(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        recipient = envelope.rcpt_tos[0]
        what, _, code = recipient.partition("@")[0].partition("-")
        if what == "slow":
            await asyncio.sleep(120)
        if what == "data" and code.isdigit():
            return f"{code} {code[0]}.3.4 said of the mail to {recipient}"
        self.kept += 1
        head = f"X-Envelope: {envelope.mail_from} {recipient}\r\n".encode()
        options.folder.joinpath(f"{self.kept:04}.eml").write_bytes(head + envelope.original_content)
        if recipient.startswith("drop-data@"):
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 kept"


def login(server, session, envelope, mechanism, data):
    given = [data.login.decode(), data.password.decode()]
    return AuthResult(success=given == options.login, handled=False)


async def serve():
    mailbox = Mailbox()
    settings = {"enable_SMTPUTF8": not options.ascii, "hostname": "relay.test", "decode_data": False}
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.folder / "cert.pem", options.folder / "key.pem")
        settings |= {"tls_context": context, "require_starttls": True}
    if options.login:
        settings |= {"authenticator": login, "auth_required": True, "auth_require_tls": options.tls}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop, **settings), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


try:
    asyncio.run(serve())
except KeyboardInterrupt:
    pass
