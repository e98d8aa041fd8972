# SPDX-License-Identifier: Apache-2.0
"""What a holder signs, what a wallet gives back, and the claim that the bridge contract takes.

The sentence names recipient, bridge and chain id in words a wallet shows; its first word says which way the
amount is proven and paid, so that a signature for one way is none for another. Wallets sign it plain or
wrapped as `<Bytes>…</Bytes>`. Nothing here signs: signatures come from the holder's own wallet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from coincurve import PublicKey
from eth_abi.abi import encode

from pha.bridge.errors import BridgeError

if TYPE_CHECKING:  # bundles know the ledger, which knows of accounts that claim
    from pha.bridge.bundles import ClaimBundle

ADDRESS_LENGTH = 20
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
CLAIM_ABI = "(bytes32,uint128,uint128,uint256,bytes,address,bool,uint8,bool,bytes)"

WRAP_START, WRAP_END = b"<Bytes>", b"</Bytes>"
_SENTENCE = re.compile(
    r"(?P<path>PHA|vPHA|native PHA) to 0x(?P<recipient>[0-9a-f]{40}) by 0x(?P<bridge>[0-9a-f]{40}) "
    r"on (?P<chain_id>0|[1-9][0-9]{0,76})"
)


class SentenceError(BridgeError):
    """Text that is not exactly one of the sentences."""


class WrongChainError(SentenceError):
    """A sentence for another chain id."""


class WrongContractError(SentenceError):
    """A sentence for another bridge contract."""


class ZeroRecipientError(SentenceError):
    """A sentence that would send everything to the zero address."""


class SignatureFormatError(BridgeError):
    """Bytes that are no signature as Substrate wallets give it."""


class SignatureMismatchError(BridgeError):
    """A well-formed signature that is not the account's over the sentence."""


class ClaimPath(StrEnum):
    """How the amount is proven and paid; the values are the sentence's first words."""

    LIQUID = "PHA"
    VAULT = "vPHA"
    NATIVE = "native PHA"


class Scheme(IntEnum):
    """Ways to show who controls an account, as the bridge numbers them; 0 to 2 are Substrate's own order."""

    ED25519 = 0
    SR25519 = 1
    SECP256K1 = 2
    MULTISIG = 3
    PROXY = 4


def address_bytes(text: str) -> bytes:
    """The 20 bytes of an Ethereum address in hex of any case. Raises SentenceError."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise SentenceError(f"{text!r} is no Ethereum address of 0x and 40 hex digits")
    return bytes.fromhex(text[2:])


@dataclass(frozen=True)
class Request:
    """What the holder agrees to: the way, who gets it, which contract pays, on which chain."""

    path: ClaimPath
    recipient: bytes
    bridge: bytes
    chain_id: int

    def __post_init__(self) -> None:
        if len(self.recipient) != ADDRESS_LENGTH or len(self.bridge) != ADDRESS_LENGTH:
            raise SentenceError(f"recipient and bridge are addresses of {ADDRESS_LENGTH} bytes")
        if not any(self.recipient):
            raise ZeroRecipientError("the recipient is the zero address: nobody could ever spend what it gets")
        if self.chain_id < 0:
            raise WrongChainError(f"{self.chain_id} is no chain id")

    def sentence(self) -> str:
        """The text to sign: lower-case hex, decimal chain id, single spaces."""
        return f"{self.path} to 0x{self.recipient.hex()} by 0x{self.bridge.hex()} on {self.chain_id}"

    def message(self, wrapped: bool) -> bytes:
        """The bytes a wallet signs, plain or wrapped."""
        plain = self.sentence().encode("ascii")
        return WRAP_START + plain + WRAP_END if wrapped else plain


def parse_sentence(text: str, bridge: bytes, chain_id: int) -> Request:
    """Reads a sentence back, wrapped or plain, for the bridge (20 bytes) and chain it should be for.

    Raises SentenceError if it is none, WrongChainError, WrongContractError or ZeroRecipientError.
    """
    inner = text
    if text.startswith(WRAP_START.decode()) and text.endswith(WRAP_END.decode()):
        inner = text[len(WRAP_START) : -len(WRAP_END)]
    parts = _SENTENCE.fullmatch(inner)
    if parts is None:
        raise SentenceError(f"{text!r} is not of the form 'PHA to 0x… by 0x… on <chain id>', lower-case hex")
    request = Request(
        ClaimPath(parts["path"]),
        bytes.fromhex(parts["recipient"]),
        bytes.fromhex(parts["bridge"]),
        int(parts["chain_id"]),
    )
    if request.chain_id != chain_id:
        raise WrongChainError(f"signed for chain {request.chain_id}, but the bridge is on chain {chain_id}")
    if request.bridge != bridge:
        raise WrongContractError(f"signed for bridge 0x{request.bridge.hex()}, not for 0x{bridge.hex()}")
    return request


@dataclass(frozen=True)
class Evidence:
    """What the bridge's verifier of `scheme` takes; `wrapped` says which form of the sentence was signed."""

    scheme: Scheme
    wrapped: bool
    data: bytes


def signature_bytes(text: str) -> bytes:
    """A signature pasted as hex, with or without 0x, white space around it. Raises SignatureFormatError."""
    digits = text.strip().removeprefix("0x")
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits):
        raise SignatureFormatError("the signature is not hexadecimal; paste it as the wallet shows it")
    return bytes.fromhex(digits)


def secp256k1_account(public_key: bytes) -> bytes:
    """The account of a compressed secp256k1 key (33 bytes): its blake2b-256."""
    return blake2b(public_key, digest_size=32).digest()


class Signable(Protocol):
    """Something a wallet is asked to sign: a request of one's own, or on behalf of another account."""

    def sentence(self) -> str: ...

    def message(self, wrapped: bool) -> bytes: ...


def secp256k1_evidence(account: bytes, request: Signable, signature: bytes) -> Evidence:
    """Evidence x ‖ y ‖ r ‖ s ‖ v (129 bytes) from what a wallet returned for an ECDSA account (32 bytes).

    Takes r ‖ s ‖ recovery id (65 bytes, id 0, 1, 27 or 28) or a MultiSignature, which puts a byte 2 in front.
    Finds out by recovering the key whether the plain or the wrapped sentence was signed; s is brought into
    the lower half, as Ethereum's libraries demand. Raises SignatureFormatError or SignatureMismatchError.
    """
    if len(signature) == 66 and signature[0] == Scheme.SECP256K1:
        signature = signature[1:]
    if len(signature) != 65:
        raise SignatureFormatError(f"an ECDSA signature has 65 bytes, or 66 with its kind; this has {len(signature)}")
    r, s, recovery = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64]), signature[64]
    if recovery not in (0, 1, 27, 28) or not 0 < r < CURVE_ORDER or not 0 < s < CURVE_ORDER:
        raise SignatureFormatError("r, s or the recovery id of the ECDSA signature is out of range")
    recovery %= 27
    if s > CURVE_ORDER // 2:
        s, recovery = CURVE_ORDER - s, 1 - recovery
    low = r.to_bytes(32) + s.to_bytes(32)
    for wrapped in (True, False):
        digest = blake2b(request.message(wrapped), digest_size=32).digest()
        try:
            key = PublicKey.from_signature_and_message(low + bytes((recovery,)), digest, hasher=None)
        except Exception:  # coincurve raises no narrower type where no key can be recovered
            continue
        if secp256k1_account(key.format()) == account:
            point = key.format(compressed=False)[1:]
            return Evidence(Scheme.SECP256K1, wrapped, point + low + bytes((27 + recovery,)))
    raise SignatureMismatchError(f"the signature is not that of account 0x{account.hex()} over: {request.sentence()}")


@dataclass(frozen=True)
class Claim:
    """The bridge's `Claim`: a leaf and its place, what was signed for, and by whom."""

    bundle: ClaimBundle
    request: Request
    evidence: Evidence

    def __post_init__(self) -> None:
        if self.request.path is ClaimPath.NATIVE:
            raise SentenceError("a sentence for native PHA is proven by the state, not by a claim bundle")

    def abi_values(self) -> tuple[bytes, int, int, int, bytes, str, bool, int, bool, bytes]:
        """The struct's members in order, as web3 and ape take them."""
        bundle, request, evidence = self.bundle, self.request, self.evidence
        return (
            bundle.account,
            bundle.free,
            bundle.staked,
            bundle.index,
            bundle.proof,
            f"0x{request.recipient.hex()}",
            request.path is ClaimPath.VAULT,
            int(evidence.scheme),
            evidence.wrapped,
            evidence.data,
        )

    def encode(self) -> bytes:
        """`abi.encode(claim)`: what a relayer puts into a batch."""
        return encode([CLAIM_ABI], [self.abi_values()])
