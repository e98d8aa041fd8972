# SPDX-License-Identifier: Apache-2.0
"""Gas of the signature schemes and what they are made of.

`crypto.*.verify*` is what the bridge pays for asking a verifier: gas from before to after the STATICCALL in a
calling contract (MockCallMeter), with the cold access to the verifier and both tables, without the transaction's
21,000 and without calldata. `..._transaction` is a whole transaction that does nothing but call the verifier.
`crypto.keccakf1600` and `crypto.sha512.block` are one call of the library function, by GAS before and after.
"""

from __future__ import annotations

import random

import pytest
import sr25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import pha.cryptography.ed25519
import pha.cryptography.sr25519

# One key and one message a length: the gas of a verification differs by some tens from signature to signature.
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def base_tables(project, deployer):
    return tuple(deployer.deploy(project.Edwards25519BaseTable, doublings) for doublings in (0, 128))


@pytest.fixture(scope="module")
def meter(project, deployer):
    return deployer.deploy(project.MockCallMeter)


def sr25519_case(length: int) -> tuple[bytes, bytes, bytes]:
    """An account, a message and evidence that never change: schnorrkel's signing is randomised, so search no further
    than a signature made here from the bare equation, with a fixed nonce."""
    nonce_key, nonce = sr25519.pair_from_seed(bytes(reversed(SEED)))
    account, secret = sr25519.pair_from_seed(SEED)
    order = 2**252 + 27742317777372353535851937790883648493
    message = random.Random(length).randbytes(length)
    k = pha.cryptography.sr25519.challenge_scalar(account, nonce_key, message)
    r, a = (int.from_bytes(half[:32], "little") for half in (nonce, secret))
    signature = nonce_key + ((r + k * a) % order | 1 << 255).to_bytes(32, "little")
    assert sr25519.verify(signature, message, account)
    return account, message, pha.cryptography.sr25519.encode_evidence(account, message, signature)


def ed25519_case(length: int) -> tuple[bytes, bytes, bytes]:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    account = key.public_key().public_bytes_raw()
    message = random.Random(length).randbytes(length)
    return account, message, pha.cryptography.ed25519.encode_evidence(account, message, key.sign(message))


def measure(meter, verifier, case) -> int:
    succeeded, word, gas_used = meter.measure(verifier, verifier.verify.encode_input(*case))
    assert (succeeded, word) == (True, 1)
    return gas_used


def test_sr25519_verify(project, deployer, base_tables, meter, record_gas):
    verifier = deployer.deploy(project.Sr25519AccountVerifier, *base_tables)
    assert record_gas("crypto.sr25519.verify", measure(meter, verifier, sr25519_case(35))) <= 185_000
    record_gas("crypto.sr25519.verify_119", measure(meter, verifier, sr25519_case(119)))
    record_gas("crypto.sr25519.verify_125", measure(meter, verifier, sr25519_case(125)))
    record_gas("crypto.sr25519.verify_transaction", verifier.verify.transact(*sr25519_case(35), sender=deployer))


def test_ed25519_verify(project, deployer, base_tables, meter, record_gas):
    verifier = deployer.deploy(project.Ed25519AccountVerifier, *base_tables)
    assert record_gas("crypto.ed25519.verify", measure(meter, verifier, ed25519_case(125))) <= 155_000
    record_gas("crypto.ed25519.verify_35", measure(meter, verifier, ed25519_case(35)))
    record_gas("crypto.ed25519.verify_transaction", verifier.verify.transact(*ed25519_case(125), sender=deployer))


def test_permutation_and_compression(project, deployer, record_gas):
    _, gas_used = deployer.deploy(project.MockTranscripts).keccakF1600([0] * 25)
    assert record_gas("crypto.keccakf1600", gas_used) <= 47_000
    record_gas("crypto.sha512.block", deployer.deploy(project.MockWorkspaceSha512).compressionGas())


def test_deployment(project, deployer, record_gas):
    """Each of the four deployments, against what a transaction may use (EIP-7825)."""
    tables = [deployer.deploy(project.Edwards25519BaseTable, doublings) for doublings in (0, 128)]
    contracts = {
        "low_table": tables[0],
        "high_table": tables[1],
        "sr25519_verifier": deployer.deploy(project.Sr25519AccountVerifier, *tables),
        "ed25519_verifier": deployer.deploy(project.Ed25519AccountVerifier, *tables),
    }
    for name, contract in contracts.items():
        receipt = project.provider.get_receipt(contract.creation_metadata.txn_hash)
        assert record_gas(f"crypto.deploy.{name}", receipt) < 16_777_216
