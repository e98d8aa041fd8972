# SPDX-License-Identifier: Apache-2.0
"""Gas of every action a user sends, as one flat object from a name to gas used.

Each test here performs an action and hands its receipt to `record_gas(name, receipt)`. A plain run compares the
figures with the committed `benchmarks/gas.json` and fails on any drift; `make gas` (which sets `PHA_GAS_OUT`)
writes the file anew. Gas is exact, so there is no tolerance.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import pytest

SNAPSHOT = Path(__file__).resolve().parents[2] / "benchmarks" / "gas.json"


@pytest.fixture(scope="session", autouse=True)
def _osaka_only(chain):
    if chain.provider.name != "foundry":
        pytest.skip("gas is measured on anvil only: py-evm stops at Prague, whose prices differ")


@pytest.fixture(scope="session")
def gas_figures():
    figures: dict[str, int] = {}
    yield figures
    target = os.environ.get("PHA_GAS_OUT")
    if target and figures:
        path = Path(target)
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(dict(sorted({**known, **figures}.items())), indent=2) + "\n")


@pytest.fixture
def record_gas(gas_figures):
    """Callable `(name, gas)`, gas being a receipt or a number; fails where it differs from the snapshot."""

    def record(name: str, gas) -> int:
        used = gas if isinstance(gas, int) else gas.gas_used
        assert name not in gas_figures, f"{name} is measured twice"
        gas_figures[name] = used
        if "PHA_GAS_OUT" not in os.environ:
            expected = json.loads(SNAPSHOT.read_text()).get(name) if SNAPSHOT.exists() else None
            assert used == expected, f"{name}: {expected} in benchmarks/gas.json, {used} now; run `make gas`"
        return used

    return record


@pytest.fixture(scope="module")
def deployer(accounts, chain, request):
    """An account whose nonce starts at a place of the module's own.

    Calldata and signed sentences hold addresses, which follow from the nonce, and a zero byte costs less than
    another: so whatever ran before, the figures are the same.
    """
    account = accounts[18]
    place = zlib.crc32(request.module.__name__.rpartition(".")[2].encode()) << 8
    chain.provider.make_request("anvil_setNonce", [account.address, hex(place)])
    return account
