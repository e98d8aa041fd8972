# SPDX-License-Identifier: Apache-2.0
"""What workers sign for the market and the oracle, and customers for the token: EIP-712 digests, 32 bytes each.

Addresses are 20 bytes here. The types are those of `IComputeMarket`, `IComputeOracle` and ERC-2612.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

DOMAIN_TYPE = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
TAKE_TYPE = keccak(text="Take(uint256 orderId,uint256 pricePerSecond,uint256 deadline)")
RECEIPT_TYPE = keccak(text="Receipt(uint256 orderId,uint256 usedSeconds,uint256 until,bool isFinal)")
ANSWER_TYPE = keccak(text="Answer(uint256 requestId,bytes32 requestHash,bytes response)")
PERMIT_TYPE = keccak(text="Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
REQUEST_ABI = "(address,uint32,uint40,uint40,uint96,bytes32,bytes32)"


@dataclass(frozen=True)
class Domain:
    """Whom a signature is for: one contract on one chain."""

    name: str
    chain_id: int
    contract: bytes

    def digest(self, struct_hash: bytes) -> bytes:
        """EIP-712: keccak256 of 0x1901, the domain's hash and the structure's."""
        fields = [DOMAIN_TYPE, keccak(text=self.name), keccak(b"1"), self.chain_id, self.contract]
        separator = keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], fields))
        return keccak(b"\x19\x01" + separator + struct_hash)


def market_domain(chain_id: int, market: bytes) -> Domain:
    """Domain of a ComputeMarket."""
    return Domain("Phala ComputeMarket", chain_id, market)


def oracle_domain(chain_id: int, oracle: bytes) -> Domain:
    """Domain of a ComputeOracle."""
    return Domain("Phala ComputeOracle", chain_id, oracle)


def take_digest(domain: Domain, order_id: int, price_per_second: int, deadline: int) -> bytes:
    """A worker agrees to run an order at a price in wei a second, until a deadline in Unix seconds."""
    values = [TAKE_TYPE, order_id, price_per_second, deadline]
    return domain.digest(keccak(encode(["bytes32", "uint256", "uint256", "uint256"], values)))


def receipt_digest(domain: Domain, order_id: int, used_seconds: int, until: int, is_final: bool) -> bytes:
    """A worker says how long it has worked on an order in all, up to a time in Unix seconds."""
    values = [RECEIPT_TYPE, order_id, used_seconds, until, is_final]
    return domain.digest(keccak(encode(["bytes32", "uint256", "uint256", "uint256", "bool"], values)))


def request_hash(request_id: int, request: tuple[object, ...]) -> bytes:
    """What the oracle stores of a request: keccak256 of its number and fields, ABI-encoded."""
    return keccak(encode(["uint256", REQUEST_ABI], [request_id, request]))


def answer_digest(domain: Domain, request_id: int, hash_of_request: bytes, response: bytes) -> bytes:
    """A worker answers a request. Two of these for one request, signed by one key, cost it its stake."""
    values = [ANSWER_TYPE, request_id, hash_of_request, keccak(response)]
    return domain.digest(keccak(encode(["bytes32", "uint256", "bytes32", "bytes32"], values)))


def permit_digest(domain: Domain, owner: bytes, spender: bytes, value: int, nonce: int, deadline: int) -> bytes:
    """ERC-2612: `spender` may take `value` wei of the owner's PHA, until a deadline in Unix seconds."""
    values = [PERMIT_TYPE, owner, spender, value, nonce, deadline]
    return domain.digest(keccak(encode(["bytes32", "address", "address", "uint256", "uint256", "uint256"], values)))


def sign_digest(account: LocalAccount, digest: bytes) -> bytes:
    """65 bytes r ‖ s ‖ v. Deterministic (RFC 6979): signing the same again gives the same."""
    return bytes(account.unsafe_sign_hash(digest).signature)  # type: ignore[arg-type]
