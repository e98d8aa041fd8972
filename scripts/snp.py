# SPDX-License-Identifier: Apache-2.0
"""SEV-SNP chips on chain: made known once, then judged.

ape run snp enrol vcek.der --authorities ask_ark.pem --verifier 0x...
ape run snp judge report.bin --certificate vcek.der --authorities ask_ark.pem --verifier 0x...

Both take nothing on trust: tables, certificates and verdicts are proven by the contracts, whoever sends them.
"""

from __future__ import annotations

from pathlib import Path

import ape
import click
from ape.cli import ConnectedProviderCommand, account_option

from pha.attestation.amd.calldata import authority_key, endorsement_id, evidence
from pha.attestation.amd.certificate import parse_certificate
from pha.attestation.amd.enrolment import remaining
from pha.attestation.amd.files import certificates_of
from pha.attestation.amd.judge import ALLOWANCES
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.bridge.progress import progress_bars
from pha.cryptography.p384_table_job import Stage

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTCOMES = ("invalid", "refused", "accepted")

authorities_option = click.option(
    "--authorities", type=FILE, required=True, help="ASK or ASVK, PEM or DER; a root behind it is passed over."
)
verifier_option = click.option("--verifier", "verifier_address", required=True, help="Address of the SnpVerifier.")


class OneLineErrors(ConnectedProviderCommand):
    """Turns what the library refuses into one line and status 1."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except MalformedEvidenceError as error:
            raise click.ClickException(str(error)) from None
        except ape.exceptions.ContractLogicError as error:
            raise click.ClickException(f"the contract refuses: {error}") from None


@click.group()
def cli():
    """SEV-SNP chips on chain."""


class ContractState:
    """What a plan asks of the chain."""

    def __init__(self, registry, certificates) -> None:
        self.registry, self.certificates = registry, certificates

    def table_stage(self, key_hash: bytes) -> Stage:
        return Stage(self.registry.stageOf(key_hash))

    def has_authority(self, subject: bytes, modulus: bytes) -> bool:
        return self.certificates.findAuthority(subject, modulus) != 0


@cli.command(cls=OneLineErrors)
@click.argument("certificates", nargs=-1, required=True, type=FILE)
@authorities_option
@verifier_option
@account_option(prompt="Account that pays the gas")
def enrol(certificates, authorities, verifier_address, **options):
    """Put in what is missing before reports signed with the keys of CERTIFICATES (VCEK or VLEK) can be judged.

    May be stopped at any point and started again: only what is left is sent.
    """
    verifier = ape.project.SnpVerifier.at(verifier_address)
    registry = ape.project.P384TableRegistry.at(ape.project.P384Verifier.at(verifier.SIGNATURES()).registry())
    store = ape.project.AmdCertificates.at(verifier.CERTIFICATES())
    endorsements = [der for path in certificates for der in certificates_of(path.read_bytes(), str(path))]
    issuer = certificates_of(authorities.read_bytes(), str(authorities))[0]
    plan = remaining(
        endorsements,
        [(parse_certificate(endorsements[0]).product, issuer)],
        ContractState(registry, store),
        progress_bars,
    )
    spent = 0
    for step in plan:
        contract = registry if step.contract == "registry" else store
        receipt = getattr(contract, step.method)(*step.arguments, sender=options["account"])
        spent += receipt.gas_used
        click.echo(f"{step.purpose}: {receipt.gas_used} gas")
    click.echo(f"{len(endorsements)} known, {spent} gas")


@cli.command(cls=OneLineErrors)
@click.argument("report", type=FILE)
@click.option("--certificate", type=FILE, required=True, help="Of the key that signed the report, DER or PEM.")
@authorities_option
@verifier_option
@click.option("--allow", type=click.Choice(ALLOWANCES), multiple=True, help="A rule to leave out; may be repeated.")
def judge(report, certificate, authorities, verifier_address, allow):
    """Ask the chain for its verdict on REPORT. The status is 0 where it accepts, else 2."""
    verifier = ape.project.SnpVerifier.at(verifier_address)
    store = ape.project.AmdCertificates.at(verifier.CERTIFICATES())
    der = certificates_of(certificate.read_bytes(), str(certificate))[0]
    issuer = certificates_of(authorities.read_bytes(), str(authorities))[0]
    index = store.findAuthority(*authority_key(issuer))
    if index == 0:
        raise click.ClickException("the certificate's issuer isn't known there: `ape run snp enrol` puts it in")
    allowances = sum(1 << ALLOWANCES.index(name) for name in set(allow))
    verdict = verifier.judge(evidence(report.read_bytes(), der, index), allowances)
    reason = bytes(verdict.reason).rstrip(b"\0").decode()
    click.echo(f"{OUTCOMES[verdict.outcome]}{': ' + reason if reason else ''}")
    click.echo(f"platform 0x{bytes(verdict.platform).hex()}, counts until {verdict.validUntil}")
    click.echo(f"certificate 0x{endorsement_id(der).hex()}")
    if OUTCOMES[verdict.outcome] != "accepted":
        raise SystemExit(2)
