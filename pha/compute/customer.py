# SPDX-License-Identifier: Apache-2.0
"""A customer of the market: orders with a permit in the same transaction, tops up, stops, has the rest back.

Each action goes out under a purpose that the caller names, by the same outbox as a worker's: said again after a crash
or a lost connection it happens once. Amounts are wei of PHA.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_canonical_address

from pha.compute.calls import OrderStatus, call_data, order_with_permit_call, top_up_with_permit_call
from pha.compute.node import Market
from pha.compute.outbox import Outbox
from pha.compute.typed_data import Domain, permit_digest, sign_digest
from pha.deployment.errors import CallReverted

ZERO_ADDRESS = "0x" + "00" * 20


@dataclass(frozen=True)
class Wish:
    """What a customer orders; `worker` and `identity` (32 bytes) only where it insists on them."""

    class_id: int
    deposit: int
    highest_price: int
    worker: str = ZERO_ADDRESS
    identity: bytes = bytes(32)
    workload: bytes = bytes(32)

    @property
    def terms(self) -> tuple[int, str, bytes, int, int, bytes]:
        return (self.class_id, self.worker, self.identity, self.highest_price, self.deposit, self.workload)


class Customer:
    """One key that owns PHA and pays for gas."""

    def __init__(
        self, key: LocalAccount, market: Market, token: str, outbox: Outbox, token_name: str = "Phala"
    ) -> None:
        self._key = key
        self._market = market
        self._token = token
        self._outbox = outbox
        self._domain = Domain(token_name, market.node.chain_id(), to_canonical_address(token))

    def order(self, purpose: str, wish: Wish, deadline: int) -> None:
        """Places an order. Raises `CallReverted`, `ChainUnavailable`."""
        permit = self._permit(wish.deposit, deadline)
        self._send(purpose, order_with_permit_call(wish.terms, deadline, permit))

    def top_up(self, purpose: str, order_id: int, amount: int, deadline: int) -> None:
        """Pays more in. Raises `CallReverted`, `ChainUnavailable`."""
        permit = self._permit(amount, deadline)
        self._send(purpose, top_up_with_permit_call(order_id, amount, deadline, permit))

    def stop(self, order_id: int) -> None:
        """Ends an order. Raises `CallReverted`, `ChainUnavailable`."""
        self._send(f"stop {order_id}", call_data("stop", ["uint256"], [order_id]))

    def refund(self, order_id: int) -> bool:
        """Takes back what a stopped order still holds; False while the worker may bring its last receipt, or where
        nothing is held. Raises `ChainUnavailable`.
        """
        order = self._market.order(order_id)
        if order.status is not OrderStatus.STOPPED or self._market.node.time() <= order.can_settle_until:
            return False
        self._send(f"refund {order_id}", call_data("refund", ["uint256"], [order_id]))
        return True

    def _permit(self, amount: int, deadline: int) -> bytes:
        node = self._market.node
        nonce = int.from_bytes(node.call(self._token, call_data("nonces", ["address"], [self._key.address])), "big")
        owner, spender = to_canonical_address(self._key.address), to_canonical_address(self._market.address)
        return sign_digest(self._key, permit_digest(self._domain, owner, spender, amount, nonce, deadline))

    def _send(self, purpose: str, data: bytes) -> None:
        receipt = self._outbox.send(purpose, self._market.address, data)
        if receipt is not None and not receipt.succeeded:
            raise CallReverted(f"{purpose} reverted in block {receipt.block_number}")
