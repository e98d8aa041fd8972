# SPDX-License-Identifier: Apache-2.0
"""Expecting a constructor to revert, on either test EVM."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ape
import pytest
from ape.exceptions import ContractLogicError, CustomError
from eth_abi import encode
from eth_utils import keccak


@contextmanager
def deployment_reverts(contract: Any, name: str, **inputs: Any) -> Iterator[None]:
    """Passes if the block reverts with custom error `name` of `contract` and these inputs.

    `ape.reverts` compares error classes, which ape makes anew for each address, and a failed deployment has none;
    anvil's answer comes back as bytes. Without inputs only the name is compared; with any, all are needed.
    """
    _forget_contracts_that_are_gone()
    with pytest.raises(ContractLogicError) as failure:
        yield
    abi = next(error for error in contract.contract_type.errors if error.name == name)
    if isinstance(failure.value, CustomError):
        assert failure.value.abi.name == name
        assert {key: failure.value.inputs[key] for key in inputs} == inputs
        return
    expected = keccak(text=abi.selector)[:4]
    if inputs:
        expected += encode([field.type for field in abi.inputs], [inputs[field.name] for field in abi.inputs])
    assert _data_of(str(failure.value)).startswith(expected)


def _data_of(message: str) -> bytes:
    """What a deployment reverted with: anvil gives it in hexadecimal, eth-tester as Python writes bytes."""
    if message.startswith("0x"):
        return bytes.fromhex(message[2:])
    return ast.literal_eval(message) if message.startswith("b") else b""


def _forget_contracts_that_are_gone() -> None:
    """ape reads a failed deployment by the type it remembers for its address, from before a revert of the chain too."""
    remembered = ape.chain.contracts.contract_types.memory
    for address in [address for address in remembered if not ape.chain.get_code(address)]:
        del remembered[address]
