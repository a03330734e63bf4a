"""Verify the signature of an event, from what `lianzhi event … -o json` printed and the publisher's public keys.

    python verify_signature.py EVENT.json PUBLISHERS_FOLDER

Needs `cryptography` and nothing of Lianzhi.
"""

# ruff: noqa: T201 (an example prints what it found)

import base64
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

event, folder = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])
for copy in event["copies"]:
    headers, value = copy["headers"], bytes.fromhex(copy["value_hex"])
    signature = bytes.fromhex(headers["lianzhi-signature"])
    version, key_id, proof = signature[0], signature[1:9], signature[9:]
    lines = (folder / f"{headers['publisher']}.pub").read_text(encoding="ascii").splitlines()
    keys = {bytes.fromhex(each[1]): base64.b64decode(each[2]) for each in map(str.split, lines)}
    if version != 1 or key_id not in keys:
        sys.exit(f"{copy['topic']} {copy['offset']}: not a known version or key")
    try:
        Ed25519PublicKey.from_public_bytes(keys[key_id]).verify(proof, value)
    except InvalidSignature:
        sys.exit(f"{copy['topic']} {copy['offset']}: the signature does NOT hold")
    print(f"{copy['topic']} {copy['offset']}: signed by {headers['publisher']}, {len(value)} bytes, key {key_id.hex()}")
