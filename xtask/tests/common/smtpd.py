# SPDX-License-Identifier: GPL-2.0-only
"""A mail server on loopback, of aiosmtpd. It wants STARTTLS and a login, and
what it takes ends in a Maildir, with the envelope beside it.

argv[1]: a folder with cert.pem, key.pem and faults.json, a list of what to do
to one mail after the other (null: take it):
  {"rcpt": "jane", "say": "550 ..."}   the answer to that recipient
  {"data": "452 ..."}                  the answer to the whole mail
  {"cut": 20}                          hang up after that many bytes of it
Prints its port, and ends when its input does.
"""

import asyncio
import json
import mailbox
import os
import socket
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

DIR = sys.argv[1]
USER = LoginPassword(b"me", b"secret")


class Handler:
    def __init__(self):
        with open(os.path.join(DIR, "faults.json")) as file:
            self.faults = json.load(file)
        self.fault = {}
        self.box = mailbox.Maildir(os.path.join(DIR, "maildir"))
        self.log = open(os.path.join(DIR, "taken.jsonl"), "a")

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.fault = (self.faults.pop(0) if self.faults else None) or {}
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RSET(self, server, session, envelope):
        # Nothing was tried: the fault waits for the mail.
        self.faults.insert(0, self.fault)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.fault.get("rcpt", "\0") in address:
            return self.fault["say"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "data" in self.fault:
            return self.fault["data"]
        key = self.box.add(envelope.content.replace(b"\r\n", b"\n"))
        taken = {
            "file": os.path.join(DIR, "maildir", "new", key),
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None,
            "login": session.authenticated,
        }
        print(json.dumps(taken), file=self.log, flush=True)
        return "250 2.0.0 taken"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        cut = self.event_handler.fault.get("cut")
        if cut is None:
            return await super().smtp_DATA(arg)
        await self.push("354 go on")
        await self._reader.readexactly(cut)
        self.transport.abort()
        # What is in its buffers is not to be taken for commands.
        self._handler_coroutine.cancel()
        await asyncio.sleep(0)


def authenticate(server, session, envelope, mechanism, data):
    # Not handled: the server is to say so.
    return AuthResult(success=data == USER, handled=False)


async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(os.path.join(DIR, "cert.pem"), os.path.join(DIR, "key.pem"))
    handler = Handler()
    sock = socket.socket()
    # A slow reader: a client cannot be far ahead of it.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sock.bind(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    await loop.create_server(
        lambda: Server(
            handler,
            hostname="localhost",
            tls_context=tls,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            loop=loop,
        ),
        sock=sock,
    )
    print(sock.getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
