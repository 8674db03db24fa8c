"""A real SMTP server for tests: tells its port, then each mail that it took, one JSON object a line.

Who is called `later` is refused for now, who is called `never` for ever. It ends when its input does.
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


class Taken:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("later"):
            return "451 4.3.0 try again later"
        if address.startswith("never"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        parts = {kind: text if isinstance(text, str) else text.decode(errors="replace") for kind, text in parts.items()}
        files = [part.get_filename() for part in message.walk() if part.get_content_type() == "application/pdf"]
        headers = {name.lower(): str(value) for name, value in message.items()}
        calendar = [part["content-type"] for part in message.walk() if part.get_content_type() == "text/calendar"]
        told = {"to": envelope.rcpt_tos, "headers": headers, "parts": parts, "calendar": calendar[:1], "files": files}
        print(json.dumps(told), flush=True)
        return "250 OK"


async def serve():
    loop = asyncio.get_running_loop()
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = await loop.create_server(lambda: SMTP(Taken(), enable_SMTPUTF8=True), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(serve())
