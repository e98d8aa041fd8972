# SPDX-License-Identifier: Apache-2.0
"""A chain behind web3: any JSON-RPC node, or the in-process eth-tester."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from requests.exceptions import RequestException
from web3 import Web3
from web3.exceptions import (
    BlockNotFound,
    ContractLogicError,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)
from web3.types import FilterParams, TxParams

from pha.deployment.chain import Receipt
from pha.deployment.errors import CallReverted, ChainUnavailable, DeploymentError, TransactionRejected

T = TypeVar("T")

KNOWN_ALREADY = ("already known", "already imported", "known transaction", "already in")
TESTER_REVERT = "execution reverted: "
PRIORITY_FEE_CEILING = 10 * 10**9
LOG_BLOCKS = 2_000  # public nodes refuse to search many more at once


class Web3Chain:
    """`Chain` over a `Web3`; every failure of the node becomes a named error."""

    def __init__(self, web3: Web3) -> None:
        # A Web3 of its own on the same connection: the usual one asks for the chain id before every call,
        # twice the traffic; the engine asks where it matters.
        self._web3 = Web3(web3.provider)
        if "validation" in self._web3.middleware_onion:
            self._web3.middleware_onion.remove("validation")

    def chain_id(self) -> int:
        return int(self._ask(lambda: self._web3.eth.chain_id))

    def genesis_hash(self) -> str:
        genesis = self.block_hash(0)
        if genesis is None:
            raise ChainUnavailable("the node has no block 0")
        return genesis

    def block_number(self) -> int:
        return int(self._ask(lambda: self._web3.eth.block_number))

    def block_hash(self, number: int) -> str | None:
        def get() -> str | None:
            if number > self._web3.eth.block_number:  # eth-tester answers for the pending block too
                return None
            try:
                return _hex(self._web3.eth.get_block(number)["hash"])
            except BlockNotFound:
                return None

        return self._ask(get)

    def nonce(self, address: str) -> int:
        return int(self._ask(lambda: self._web3.eth.get_transaction_count(_address(address), "latest")))

    def balance(self, address: str) -> int:
        return int(self._ask(lambda: self._web3.eth.get_balance(_address(address))))

    def code(self, address: str) -> bytes:
        return bytes(self._ask(lambda: self._web3.eth.get_code(_address(address))))

    def storage(self, address: str, slot: int) -> bytes:
        word = bytes(self._ask(lambda: self._web3.eth.get_storage_at(_address(address), slot)))
        return word.rjust(32, b"\0")

    def call(self, to: str, data: bytes, sender: str | None = None) -> bytes:
        transaction: dict[str, Any] = {"to": _address(to), "data": "0x" + data.hex()}
        if sender is not None:
            transaction["from"] = _address(sender)
        return bytes(self._ask(lambda: self._web3.eth.call(cast(TxParams, transaction))))

    def estimate_gas(self, sender: str, to: str | None, data: bytes) -> int:
        transaction: dict[str, Any] = {"from": _address(sender), "data": "0x" + data.hex(), "value": 0}
        if to is not None:
            transaction["to"] = _address(to)
        return int(self._ask(lambda: self._web3.eth.estimate_gas(cast(TxParams, transaction))))

    def fees(self) -> tuple[int, int]:
        """Twice the base fee, so that it may rise for six full blocks, and the node's tip up to 10 gwei."""

        def get() -> tuple[int, int]:
            base = int(self._web3.eth.get_block("latest").get("baseFeePerGas", 0))
            tip = min(int(self._web3.eth.max_priority_fee), PRIORITY_FEE_CEILING)
            return 2 * base + tip, tip

        return self._ask(get)

    def send_raw(self, raw: bytes) -> None:
        try:
            self._web3.eth.send_raw_transaction(raw)
        except (RequestException, OSError, TimeoutError) as error:
            raise ChainUnavailable(f"the node did not answer: {_line(error)}") from error
        except Exception as error:
            if not any(text in str(error).lower() for text in KNOWN_ALREADY):
                raise TransactionRejected(_line(error)) from error

    def knows(self, transaction_hash: str) -> bool:
        def get() -> bool:
            try:
                self._web3.eth.get_transaction(cast(Any, transaction_hash))
            except TransactionNotFound:
                return False
            return True

        return self._ask(get)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        def get() -> Receipt | None:
            try:
                found = self._web3.eth.get_transaction_receipt(cast(Any, transaction_hash))
            except TransactionNotFound:
                return None
            address = found["contractAddress"]
            return Receipt(
                transaction_hash=transaction_hash,
                block_number=int(found["blockNumber"]),
                block_hash=_hex(found["blockHash"]),
                gas_used=int(found["gasUsed"]),
                succeeded=found["status"] == 1,
                contract_address=str(to_checksum_address(address)) if address else None,
            )

        return self._ask(get)

    def log_sources(self, address: str, first: int, last: int, topics: Sequence[bytes] = ()) -> set[str]:
        def search(start: int) -> set[str]:
            end = min(start + LOG_BLOCKS - 1, last)
            wanted = {"address": _address(address), "fromBlock": start, "toBlock": end}
            if topics:
                wanted["topics"] = [[_hex(topic) for topic in topics]]
            logs = self._web3.eth.get_logs(cast(FilterParams, wanted))
            return {_hex(log["transactionHash"]) for log in logs}

        found: set[str] = set()
        for start in range(first, last + 1, LOG_BLOCKS):
            found |= self._ask(partial(search, start))
        return found

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except DeploymentError:
            raise
        except ContractLogicError as error:
            raise CallReverted(_line(error), _revert_data(error.data)) from error
        except (Web3RPCError, Web3Exception) as error:
            if "revert" in str(error).lower():
                raise CallReverted(_line(error)) from error
            raise ChainUnavailable(f"the node refused: {_line(error)}") from error
        except (RequestException, OSError, TimeoutError, ValueError) as error:
            raise ChainUnavailable(f"the node did not answer: {_line(error)}") from error
        except Exception as error:
            if type(error).__name__ != "TransactionFailed":  # eth-tester's revert, a library not needed otherwise
                raise
            argument = error.args[0] if error.args else b""
            raise CallReverted(_line(error), _revert_data(argument)) from error


class KeySigner:
    """Signs with a key in memory: local networks and tests."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)


def _address(address: str) -> Any:
    return cast(Any, address)


def _hex(value: Any) -> str:
    return "0x" + bytes(value).hex()


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _revert_data(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, str) and data.startswith("0x"):
        return bytes.fromhex(data[2:])
    if isinstance(data, str) and data.startswith(TESTER_REVERT):  # eth-tester puts Python's notation into the text
        notation = data.removeprefix(TESTER_REVERT)
        found = ast.literal_eval(notation) if notation.startswith(("b'", 'b"')) else b""
        return found if isinstance(found, bytes) else b""
    return b""
