import base64
import hashlib
import hmac
import struct


def code(seed, step):
    """RFC 6238, section 4, and RFC 4226, section 5.3."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    (number,) = struct.unpack(">I", digest[digest[-1] & 15 :][:4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
