"""Verifies webhooks with the library of Standard Webhooks and says what it found, as JSON.

Each file is a list of `{"headers": {..}, "body": "..", "secrets": ["whsec_..", ..]}`. For each webhook comes what each
secret says of it (`ok`, or the error), and which changes of it were taken for genuine: there should be none.
"""

import base64
import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

OTHER = "whsec_" + base64.b64encode(b"a secret that signed nothing").decode()


def verdict(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError as error:
        return str(error)
    return "ok"


def changes(body, headers):
    """A webhook changed in one place each."""
    identifier, time = headers["webhook-id"], int(headers["webhook-timestamp"])
    version, signature = headers["webhook-signature"].split(" ")[0].split(",", 1)
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    yield "body", body[:-1] + " }", headers
    yield "a letter of the body", body.replace("a", "e", 1), headers
    yield "id", body, {**headers, "webhook-id": identifier + "x"}
    yield "a second later", body, {**headers, "webhook-timestamp": str(time + 1)}
    yield "an hour before", body, {**headers, "webhook-timestamp": str(time - 3600)}
    yield "signature", body, {**headers, "webhook-signature": f"{version},{flipped}"}
    yield "version", body, {**headers, "webhook-signature": f"v2,{signature}"}
    yield "no signature", body, {name: text for name, text in headers.items() if name != "webhook-signature"}


def verify(webhook):
    body, headers, secrets = webhook["body"], webhook["headers"], webhook["secrets"]
    signatures = headers["webhook-signature"].split(" ")
    return {
        "signatures": len(signatures),
        "secrets": [verdict(secret, body, headers) for secret in secrets],
        "other": verdict(OTHER, body, headers),
        "accepted": [
            what
            for what, changed, told in changes(body, headers)
            if any(verdict(secret, changed, told) == "ok" for secret in secrets)
        ],
    }


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [verify(webhook) for webhook in json.load(file)]


json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
