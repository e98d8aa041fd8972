# SPDX-License-Identifier: Apache-2.0
"""Calls and transactions straight to the node.

ape wraps each in accounting and, where it fails, in a trace of every step, which for texts of many kilobytes takes a
second. Tests that put in or try a great many things come here instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_abi import decode
from eth_tester.exceptions import TransactionFailed
from eth_utils import keccak
from web3.exceptions import Web3Exception

_ETH_TESTER = "execution reverted: "

#: Enough for all that is sent, and below what a transaction may have.
GAS_LIMIT = 16_000_000


@dataclass(frozen=True)
class Sent:
    """A transaction that succeeded."""

    gas_used: int


class CallFailedError(Exception):
    """A call or transaction that reverted.

    Attributes:
        name: of its custom error; `reverted` where it has none.
        values: the error's arguments.
    """

    def __init__(self, name: str, values: tuple[Any, ...] = ()) -> None:
        super().__init__(name, *values)
        self.name = name
        self.values = values


@contextmanager
def fails_with(name: str) -> Iterator[None]:
    """Within it a call or transaction must revert with that custom error."""
    try:
        yield
    except CallFailedError as error:
        if error.name != name:
            raise AssertionError(f"{error.name} in place of {name}") from error
    else:
        raise AssertionError(f"{name} was expected, and nothing failed")


def send(sender: Any, method: Any, *arguments: Any) -> Sent:
    """Send a transaction.

    Raises:
        CallFailedError: it reverted.
    """
    web3 = sender.provider.web3
    transaction = {**_request(method, *arguments), "from": sender.address}
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(transaction), poll_latency=0.002)
    if receipt["status"] != 1:
        # Asked again as a call on the same state, for the reason that receipts lack.
        raise failure(method, *arguments, sender=sender)
    return Sent(receipt["gasUsed"])


def failure(
    method: Any, *arguments: Any, gas: int = GAS_LIMIT, sender: Any = None, thrower: Any = None
) -> CallFailedError:
    """How a call with that much gas fails; of `sender`, or of nobody in particular.

    The error is one that the called contract knows, or `thrower`, a contract behind it.

    Raises:
        AssertionError: it succeeds.
    """
    try:
        caller = {} if sender is None else {"from": sender.address}
        method.contract.provider.web3.eth.call({**_request(method, *arguments), **caller, "gas": gas})
    except (Web3Exception, TransactionFailed) as error:
        return _explained(thrower or method.contract, error)
    raise AssertionError("the call succeeded")


def refusal(method: Any, *arguments: Any) -> str:
    """The name of the custom error that a call fails with.

    Raises:
        AssertionError: it succeeds.
    """
    return failure(method, *arguments).name


def _request(method: Any, *arguments: Any) -> dict[str, Any]:
    return {"to": method.contract.address, "data": method.encode_input(*arguments), "gas": GAS_LIMIT}


def _explained(contract: Any, error: Exception) -> CallFailedError:
    data = _revert_data(error)
    for known in contract.contract_type.errors:
        if data[:4] == keccak(text=known.selector)[:4]:
            types = [entry.canonical_type for entry in known.inputs]
            return CallFailedError(str(known.name), decode(types, data[4:]))
    return CallFailedError("reverted")


def _revert_data(error: Exception) -> bytes:
    """What the call reverted with: web3 gives it in hexadecimal, eth-tester as Python writes bytes."""
    for part in map(str, error.args):
        if part.startswith("0x"):
            return bytes.fromhex(part[2:])
        if part.startswith(_ETH_TESTER):
            data = ast.literal_eval(part.removeprefix(_ETH_TESTER))
            return data if isinstance(data, bytes) else b""
    return b""
