# SPDX-License-Identifier: Apache-2.0
"""A chain without the P-256 precompile: anvil at Prague's rules, beside the one that the tests run on.

The EVM that ape starts has the precompile (Osaka), and py-evm, which has not, is too slow for more than a few quotes.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from web3 import HTTPProvider, Web3

from pha.attestation.intel.calldata import revocation_order
from pha.attestation.intel.generator import Evidence
from tests.direct_call import GAS_LIMIT

_SECONDS_TO_START = 60


class ChainWithoutP256:
    """An anvil process of its own, whose time begins where it is told to."""

    def __init__(self, timestamp: int) -> None:
        anvil = shutil.which("anvil") or str(Path(sys.executable).parent / "anvil")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [anvil, "--silent", "--hardfork", "prague", "--port", str(port), "--timestamp", str(timestamp)]
        self._process = subprocess.Popen(command)
        self.web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": 60}))
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self.web3.is_connected():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.close()
                raise RuntimeError("anvil did not start")
            time.sleep(0.05)
        self.sender = self.web3.eth.accounts[0]

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    def deploy(self, container: Any, *arguments: Any) -> Any:
        """Deploy a contract that ape has compiled; a web3 contract."""
        compiled = container.contract_type
        abi = compiled.model_dump(mode="json", by_alias=True, exclude_none=True)["abi"]
        factory = self.web3.eth.contract(abi=abi, bytecode=str(compiled.deployment_bytecode.bytecode))
        receipt = self.send(factory.constructor(*arguments))
        return self.web3.eth.contract(receipt["contractAddress"], abi=abi)

    def send(self, function: Any) -> Any:
        """The receipt of a transaction that must succeed."""
        transaction = function.transact({"from": self.sender, "gas": GAS_LIMIT})
        receipt = self.web3.eth.wait_for_transaction_receipt(transaction, poll_latency=0.01)
        assert receipt["status"] == 1
        return receipt

    def put_evidence(self, project: Any, evidence: Evidence) -> SimpleNamespace:
        """The Intel contracts with all the collateral of some evidence: `sgx` and `tdx` are the verifiers."""
        certificates = self.deploy(project.IntelCertificates, evidence.root_der)
        texts = self.deploy(project.IntelCollateral, certificates.address)
        of_platform = evidence.spec.pck.ca == "platform"
        ca = evidence.platform_ca if of_platform else evidence.processor_ca
        collateral, put = evidence.collateral, certificates.functions
        self.send(put.putRevocationList(0, evidence.root_crl, revocation_order(evidence.root_crl)))
        self.send(put.putAuthority(evidence.tcb_signing.der))
        self.send(put.putAuthority(ca.der))
        self.send(put.putRevocationList(2, collateral.pck_crl, revocation_order(collateral.pck_crl)))
        self.send(texts.functions.putTcbInfo(collateral.tcb_info.encode(), collateral.tcb_info_signature, 1))
        self.send(texts.functions.putIdentity(collateral.qe_identity.encode(), collateral.qe_identity_signature, 1))
        addresses = (certificates.address, texts.address)
        return SimpleNamespace(
            certificates=certificates,
            collateral=texts,
            sgx=self.deploy(project.SgxQuoteVerifier, *addresses),
            tdx=self.deploy(project.TdxQuoteVerifier, *addresses),
        )
