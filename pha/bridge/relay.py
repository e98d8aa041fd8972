# SPDX-License-Identifier: Apache-2.0
"""Signed requests as they come from holders, made into claims for the bridge.

A request file has one JSON object a line:

    {"account": "<SS58 or 0x>", "recipient": "0x…", "signature": "0x…", "vault": false}

`vault` may be left out. The signature is what the holder's wallet gave back over the sentence (`claim.Request`); amount
and proof come from the snapshot, so nothing a requester writes here changes what is paid, or to whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pha.bridge.bundles import Snapshot
from pha.bridge.claim import (
    Claim,
    ClaimPath,
    Request,
    address_bytes,
    signature_bytes,
)
from pha.bridge.errors import BridgeError
from pha.bridge.shallow_json import shallow_json
from pha.bridge.ss58 import parse_account
from pha.bridge.wallet_signature import evidence_of


class RequestFileError(BridgeError):
    """A line of a request file that is no request; the message names file and line."""


@dataclass(frozen=True)
class SignedRequest:
    """What one holder sent: account (32 bytes), recipient (20 bytes), signature, and where the staked part goes."""

    account: bytes
    recipient: bytes
    signature: bytes
    into_vault: bool = False

    def claim(self, snapshot: Snapshot, bridge: bytes, chain_id: int) -> Claim:
        """The claim for a bridge (20 bytes) on a chain.

        Raises AccountNotInSnapshotError, SignatureFormatError, SignatureMismatchError or ZeroRecipientError.
        """
        path = ClaimPath.VAULT if self.into_vault else ClaimPath.LIQUID
        request = Request(path, self.recipient, bridge, chain_id)
        bundle = snapshot.bundle(self.account)
        return Claim(bundle, request, evidence_of(self.account, request, self.signature))


def read_requests(path: Path) -> Iterator[tuple[int, SignedRequest]]:
    """Line numbers and requests of a file. Raises RequestFileError at the first line that is none."""
    with path.open(encoding="utf-8", errors="backslashreplace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                fields = shallow_json(line)
                into_vault = fields.get("vault", False)
                if not isinstance(into_vault, bool):
                    raise ValueError("vault is true or false")
                yield (
                    number,
                    SignedRequest(
                        parse_account(fields["account"]),
                        address_bytes(fields["recipient"]),
                        signature_bytes(fields["signature"]),
                        into_vault,
                    ),
                )
            except (ValueError, KeyError, TypeError, AttributeError) as cause:
                raise RequestFileError(f"{path}:{number}: no signed request ({cause})") from None
