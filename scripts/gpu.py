# SPDX-License-Identifier: Apache-2.0
"""NVIDIA GPUs for an operator: a device made known on chain, and evidence made ready.

ape run gpu enrol chain.pem --certificates 0x… --network … --account …
ape run gpu evidence report.hex --chain chain.pem --out evidence
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ape
import click
from ape.cli import ConnectedProviderCommand, account_option

from pha.attestation.nvidia.calldata import Tables, evidence_of
from pha.attestation.nvidia.chain import DeviceChain, load_chain
from pha.attestation.nvidia.enrolment import Step, remaining
from pha.attestation.nvidia.report import parse_report, read_evidence
from pha.bridge.progress import progress_bars
from pha.cryptography.p384_table_job import Stage

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class DeployedSuite:
    """The contracts behind a deployed `NvidiaCertificates`: what is on chain, and where steps go."""

    def __init__(self, address: str) -> None:
        self.certificates = ape.project.NvidiaCertificates.at(address)
        signatures = ape.project.P384Verifier.at(self.certificates.VERIFIER())
        self.registry = ape.project.P384TableRegistry.at(signatures.registry())

    def table_stage(self, key_hash: bytes) -> Stage:
        """How far a key's table has come."""
        return Stage(self.registry.stageOf(key_hash))

    def has_certificate(self, certificate_id: bytes) -> bool:
        """Whether a certificate has been taken."""
        return bool(self.certificates.has(certificate_id))

    def send(self, step: Step, sender: Any) -> Any:
        """Send one step; its receipt."""
        contract = {"registry": self.registry, "certificates": self.certificates}[step.contract]
        return getattr(contract, step.method)(*step.arguments, sender=sender)


def enrol_chains(suite: DeployedSuite, chains: list[DeviceChain], sender: Any) -> Iterator[tuple[Step, Any]]:
    """Send what is left of some devices' enrolment; each step with its receipt."""
    tables = Tables()
    for chain in chains:
        for step in remaining(chain, suite, tables, progress_bars):
            yield step, suite.send(step, sender)


def read_chains(file: Path) -> list[DeviceChain]:
    """The chains in a file: PEM of one device, or NVIDIA's JSON list of devices.

    Raises:
        click.ClickException: one line that names what is wrong.
    """
    data = file.read_bytes()
    try:
        pems = [entry.chain_pem for entry in read_evidence(data)] if data.lstrip()[:1] in (b"[", b"{") else [data]
        return [load_chain(pem) for pem in pems]
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from error


@click.group()
def cli() -> None:
    """Make NVIDIA GPUs known on chain, and their evidence ready."""


@cli.command(cls=ConnectedProviderCommand)
@click.argument("file", type=FILE)
@click.option("--certificates", required=True, help="Address of NvidiaCertificates.")
@account_option(prompt="Account that pays the gas")
def enrol(file: Path, certificates: str, **options: Any) -> None:
    """Put in the certificates of the devices in FILE and have their keys' tables proven.

    FILE is a device's chain as PEM, or a JSON list of devices. What is on chain already is left out, so the command may
    be broken off and started again.
    """
    spent = 0
    for step, receipt in enrol_chains(DeployedSuite(certificates), read_chains(file), options["account"]):
        spent += receipt.gas_used
        click.echo(f"{step.purpose}: {receipt.gas_used} gas, {receipt.txn_hash}")
    click.echo(f"enrolled, {spent} gas in all")


@cli.command()
@click.argument("file", type=FILE)
@click.option("--chain", "chain_file", type=FILE, help="The device's certificates, PEM, where FILE has none.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
def evidence(file: Path, chain_file: Path | None, out: Path) -> None:
    """Write what NvidiaGpuVerifier takes for each report in FILE: gpu_0.bin, gpu_1.bin and so on."""
    tables = Tables()
    out.mkdir(parents=True, exist_ok=True)
    try:
        for number, entry in enumerate(progress_bars(read_evidence(file.read_bytes()), "reports")):
            parse_report(entry.report)
            chain = load_chain(chain_file.read_bytes() if chain_file else entry.chain_pem)
            target = out / f"gpu_{number}.bin"
            target.write_bytes(evidence_of(entry.report, chain, tables))
            click.echo(f"{target}: {target.stat().st_size} bytes")
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from error
