"""Tells Postfix who may log in, over the protocol of Dovecot's authentication: logins.py SOCKET USER PASSWORD"""

import base64
import os
import socketserver
import sys

socket, user, password = sys.argv[1:]


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("VERSION\t1\t1", "MECH\tPLAIN\tplaintext", f"SPID\t{os.getpid()}", "CUID\t1", "COOKIE\t" + "0" * 32, "DONE")
        for line in self.rfile:
            command, *fields = line.decode().rstrip("\n").split("\t")
            if command != "AUTH":
                continue
            number, given = fields[0], dict(field.partition("=")[::2] for field in fields[2:])
            _, name, secret = base64.b64decode(given.get("resp", "AAA=")).decode().split("\0")
            self.say(f"OK\t{number}\tuser={name}" if (name, secret) == (user, password) else f"FAIL\t{number}")

    def say(self, *lines):
        self.wfile.write("".join(line + "\n" for line in lines).encode())
        self.wfile.flush()


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


with Server(socket, Conversation) as server:
    os.chmod(socket, 0o666)
    server.serve_forever()
