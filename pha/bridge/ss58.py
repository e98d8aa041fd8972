# SPDX-License-Identifier: Apache-2.0
"""SS58, the way a Substrate account is written for people.

Standard: the Polkadot wiki's "SS58 Address Format": base58 of prefix ‖ account ‖ checksum, the checksum being
the first two bytes of blake2b-512("SS58PRE" ‖ prefix ‖ account). A prefix below 64 takes one byte, one below
16,384 takes two. Only 32-byte accounts are known here.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

from pha.bridge.errors import BridgeError

PHALA_PREFIX = 30
ACCOUNT_LENGTH = 32
CHECKSUM_LENGTH = 2
LONGEST_ADDRESS = 50  # base58 symbols that the 36 bytes of the longest form take
PREFIX_LIMIT = 1 << 14
RESERVED_PREFIXES = (46, 47)
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {symbol: digit for digit, symbol in enumerate(ALPHABET)}


class Ss58Error(BridgeError):
    """Text that is no SS58 address of a 32-byte account, or a prefix that has no encoding."""


@cache
def _symbol_pairs() -> list[str]:
    """Every two base58 symbols, by their value: a million addresses are written in half the divisions."""
    return [high + low for high in ALPHABET for low in ALPHABET]


def _base58(data: bytes) -> str:
    number = int.from_bytes(data)
    pairs = _symbol_pairs()
    parts = []
    while number:
        number, pair = divmod(number, len(pairs))
        parts.append(pairs[pair])
    text = "".join(reversed(parts)).lstrip(ALPHABET[0])
    zeros = len(data) - len(data.lstrip(b"\0"))  # each leading zero byte is written as a symbol of its own
    return ALPHABET[0] * zeros + text


def _base58_bytes(text: str) -> bytes:
    number = 0
    for symbol in text:
        if symbol not in _DIGITS:
            raise Ss58Error(f"{symbol!r} in {text!r} is no symbol of an SS58 address")
        number = number * len(ALPHABET) + _DIGITS[symbol]
    zeros = len(text) - len(text.lstrip(ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def _encode_prefix(prefix: int) -> bytes:
    if not 0 <= prefix < PREFIX_LIMIT or prefix in RESERVED_PREFIXES:
        raise Ss58Error(f"{prefix} is no SS58 prefix")
    if prefix < 64:
        return bytes((prefix,))
    return bytes((0b0100_0000 | (prefix & 0b1111_1100) >> 2, prefix >> 8 | (prefix & 0b11) << 6))


def _checksum(body: bytes) -> bytes:
    return blake2b(b"SS58PRE" + body).digest()[:CHECKSUM_LENGTH]


def encode_ss58(account: bytes, prefix: int = PHALA_PREFIX) -> str:
    """The address of a 32-byte account on the network with this prefix. Raises Ss58Error."""
    if len(account) != ACCOUNT_LENGTH:
        raise Ss58Error(f"an account has {ACCOUNT_LENGTH} bytes, not {len(account)}")
    body = _encode_prefix(prefix) + account
    return _base58(body + _checksum(body))


def decode_ss58(address: str) -> tuple[int, bytes]:
    """The prefix and the 32-byte account that an address of any network stands for. Raises Ss58Error."""
    if len(address) > LONGEST_ADDRESS:  # the work below grows with the square of the length
        raise Ss58Error(f"{address[:LONGEST_ADDRESS]!r}… is longer than any SS58 address of a 32-byte account")
    data = _base58_bytes(address)
    if not data:
        raise Ss58Error("an SS58 address is empty")
    if data[0] < 64:
        width, prefix = 1, data[0]
    elif data[0] < 128 and len(data) > 1:
        width = 2
        prefix = (data[0] & 0b0011_1111) << 2 | data[1] >> 6 | (data[1] & 0b0011_1111) << 8
    else:
        raise Ss58Error(f"{address!r} begins with a reserved prefix")
    if len(data) != width + ACCOUNT_LENGTH + CHECKSUM_LENGTH:
        raise Ss58Error(f"{address!r} is not the address of a 32-byte account; check that it is complete")
    body, checksum = data[:-CHECKSUM_LENGTH], data[-CHECKSUM_LENGTH:]
    if checksum != _checksum(body):
        raise Ss58Error(f"the checksum of {address!r} is wrong; check it for a typing error")
    if body[:width] != _encode_prefix(prefix):
        raise Ss58Error(f"{address!r} writes its prefix {prefix} in a way that is not allowed")
    return prefix, body[width:]


def parse_account(text: str) -> bytes:
    """A 32-byte account given as an SS58 address of any network or as 0x-hex. Raises Ss58Error."""
    if not text.startswith("0x"):
        return decode_ss58(text)[1]
    try:
        account = bytes.fromhex(text[2:])
    except ValueError:
        raise Ss58Error(f"{text!r} is not hexadecimal") from None
    if len(account) != ACCOUNT_LENGTH:
        raise Ss58Error(f"{text!r} has {len(account)} bytes; an account has {ACCOUNT_LENGTH}")
    return account
