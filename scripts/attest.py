# SPDX-License-Identifier: Apache-2.0
"""Hardware evidence for an operator: shown and judged, and its collateral fetched.

ape run attest show quote.bin --collateral collateral.json
ape run attest show snp_report.bin --certificate vcek.der --authorities ask_ark.pem --crl milan.crl
ape run attest show gpu_report.hex --chain chain.pem
ape run attest fetch --pccs https://pccs.example.org quote.bin --out collateral.json

And for workers in the attestation registry:

ape run attest challenge --key 0x… --identity 0x…
ape run attest submit quote.bin --key 0x… --identity 0x… --challenge-block 123 --account worker
ape run attest status --json
ape run attest watch --warn-days 3
ape run attest policy propose change.yaml --out proposal.json
"""

from __future__ import annotations

import time
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from eth_utils.crypto import keccak

from pha.attestation.amd.files import is_snp_report
from pha.attestation.intel.chains import der_of
from pha.attestation.intel.collateral import Collateral
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.explain import (
    describe_collateral,
    describe_comparison,
    describe_quote,
    describe_verdict,
    text_of,
)
from pha.attestation.intel.oracle_process import OracleProcess
from pha.attestation.intel.pccs import FetchError, PccsClient
from pha.attestation.intel.quote import Quote, parse_quote
from pha.attestation.nvidia.chain import NVIDIA_ROOT_KEY_HASH, load_chain
from pha.attestation.nvidia.explain import describe_chain, describe_findings, describe_report
from pha.attestation.nvidia.references import parse_rim
from pha.attestation.nvidia.report import is_gpu_evidence, parse_report, read_evidence
from pha.attestation.nvidia.verdict import judge_report
from pha.cryptography.p384 import encode_point
from scripts._attest_policy import policy
from scripts._attest_snp import show_report
from scripts._attest_workers import challenge, status, submit, watch

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_raw(path: Path) -> bytes:
    """A quote or report from a file that holds it raw or as hexadecimal text.

    Raises:
        click.ClickException: it is neither.
    """
    raw = path.read_bytes()
    if raw[1:2] != b"\0":  # raw ones begin with their version, whose second byte is zero
        try:
            raw = bytes.fromhex(raw.decode("ascii").strip().removeprefix("0x"))
        except ValueError:
            raise click.ClickException(f"{path}: neither a quote nor its hexadecimal text") from None
    return raw


def read_quote(path: Path) -> Quote:
    """Parse a quote file, raw or as hexadecimal text.

    Raises:
        click.ClickException: one line that names the field that is wrong.
    """
    try:
        return parse_quote(read_raw(path))
    except MalformedEvidenceError as error:
        raise click.ClickException(f"{path}: {error}") from error


def read_collateral(path: Path) -> Collateral:
    """Parse a collateral file.

    Raises:
        click.ClickException: one line that names the field that is wrong.
    """
    try:
        collateral = Collateral.from_json(path.read_text(encoding="utf-8"))
        _ = (collateral.parsed_tcb_info, collateral.parsed_qe_identity)
    except (MalformedEvidenceError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: {error}") from error
    return collateral


def read_root(path: Path) -> x509.Certificate:
    """Read a root certificate, PEM or DER.

    Raises:
        click.ClickException: it is neither.
    """
    data = path.read_bytes()
    try:
        return x509.load_pem_x509_certificate(data) if data[:1] == b"-" else x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise click.ClickException(f"{path}: not a certificate, neither PEM nor DER") from error


def show_gpus(
    file: Path, chain_file: Path | None, at: int, root_file: Path | None, nonce: str | None, rims: tuple[Path, ...]
) -> bool:
    """Show every GPU report in a file and, given its chain, judge it; whether all hold.

    Raises:
        click.ClickException: one line that names the field that is wrong.
    """
    sections, holds = [], True
    try:
        references = [parse_rim(path.read_bytes()).values for path in rims]
        for entry in read_evidence(file.read_bytes()):
            report = parse_report(entry.report)
            sections += describe_report(report)
            chain_pem = chain_file.read_bytes() if chain_file else entry.chain_pem
            if not chain_pem:
                continue
            chain = load_chain(chain_pem)
            findings = judge_report(
                report,
                chain,
                at,
                root_key_hash=root_key_hash_of(root_file),
                nonce=bytes.fromhex(nonce) if nonce else None,
                references=references,
            )
            holds = holds and all(finding.holds for finding in findings)
            sections += [describe_chain(chain), describe_findings(findings, at)]
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(text_of(sections))
    return holds


def root_key_hash_of(root_file: Path | None) -> bytes:
    """Keccak-256 of a P-384 root's key; of NVIDIA's where no file is given.

    Raises:
        ValueError: its key is of another kind.
    """
    if root_file is None:
        return NVIDIA_ROOT_KEY_HASH
    key = read_root(root_file).public_key()
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != "secp384r1":
        raise ValueError(f"{root_file} has no P-384 key")
    numbers = key.public_numbers()
    return keccak(encode_point((numbers.x, numbers.y)))


@click.group()
def cli() -> None:
    """Hardware evidence (Intel SGX and TDX, AMD SEV-SNP, NVIDIA GPUs) and the workers that it attests."""


for command in (challenge, submit, status, watch, policy):
    cli.add_command(command)


@cli.command()
@click.argument("file", type=FILE)
@click.option("--collateral", "collateral_file", type=FILE, help="JSON file of collateral; without it no verdict.")
@click.option("--at", type=int, help="Judge at this Unix time; now where not given.")
@click.option("--root", "root_file", type=FILE, help="Trust this root certificate (PEM or DER) instead of Intel's.")
@click.option(
    "--allow",
    multiple=True,
    metavar="RULE",
    help="Leave out a policy rule that refused, by the name shown; may be repeated.",
)
@click.option("--certificate", type=FILE, help="SEV-SNP: the VCEK's or VLEK's certificate, DER or PEM.")
@click.option("--authorities", type=FILE, help="SEV-SNP: the two certificates above it, PEM; without it no verdict.")
@click.option("--crl", type=FILE, help="SEV-SNP: the root's revocation list, DER.")
@click.option("--chain", "chain_file", type=FILE, help="GPU: its certificates, PEM; without them no verdict.")
@click.option("--nonce", metavar="HEX", help="GPU: the nonce it must have answered.")
@click.option(
    "--rim", "rims", type=FILE, multiple=True, help="GPU: NVIDIA's file of reference values; may be repeated."
)
def show(
    file: Path,
    collateral_file: Path | None,
    at: int | None,
    root_file: Path | None,
    allow: tuple[str, ...],
    certificate: Path | None,
    authorities: Path | None,
    crl: Path | None,
    chain_file: Path | None,
    nonce: str | None,
    rims: tuple[Path, ...],
) -> None:
    """Show every field of the evidence in FILE and, given what vouches for it, the verdict and why.

    FILE is a quote, an SEV-SNP report or a GPU's report, raw or as hexadecimal text, or a JSON list of GPUs' reports
    with their chains. With collateral or certificates the exit code is 0 for evidence that holds, at whatever status,
    and 2 for evidence that is refused.
    """
    moment = int(time.time()) if at is None else at
    if is_gpu_evidence(file.read_bytes()):
        if not show_gpus(file, chain_file, moment, root_file, nonce, rims):
            raise SystemExit(2)
        return
    raw = read_raw(file)
    if is_snp_report(raw):
        if not show_report(raw, (certificate, authorities, crl), moment, allow):
            raise SystemExit(2)
        return
    quote = read_quote(file)
    try:
        sections = describe_quote(quote)
    except MalformedEvidenceError as error:
        raise click.ClickException(f"{file}: {error}") from error
    if collateral_file is None:
        click.echo(text_of(sections))
        return
    collateral = read_collateral(collateral_file)
    root = read_root(root_file) if root_file else None
    section, verdict = describe_verdict(quote, collateral, moment, root, frozenset(allow))
    sections += [describe_collateral(collateral), section]
    oracle = OracleProcess()
    try:
        root_der = der_of(root) if root else None
        sections.append(describe_comparison(verdict, oracle.judge(quote.to_bytes(), collateral, moment, root_der)))
    finally:
        oracle.close()
    click.echo(text_of(sections))
    if verdict is None:
        raise SystemExit(2)


@cli.command()
@click.argument("file", type=FILE, required=False)
@click.option("--pccs", required=True, metavar="URL", help="Base address of the service.")
@click.option("--root-crl-url", metavar="URL", help="Where the root's revocation list is, if not at the service.")
@click.option("--fmspc", metavar="HEX", help="Platform, 12 hexadecimal digits, in place of a quote.")
@click.option("--ca", type=click.Choice(["platform", "processor"]), default="platform", help="With --fmspc.")
@click.option("--tdx/--sgx", default=True, help="With --fmspc: which TEE.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here; to the screen if not given.")
@click.option("--timeout", type=float, default=20.0, show_default=True, help="Seconds for each attempt.")
@click.option("--attempts", type=click.IntRange(1, 20), default=4, show_default=True, help="Tries for each request.")
def fetch(
    file: Path | None,
    pccs: str,
    root_crl_url: str | None,
    fmspc: str | None,
    ca: str,
    tdx: bool,
    out: Path | None,
    timeout: float,
    attempts: int,
) -> None:
    """Fetch the collateral of the quote in FILE, or of a platform, as JSON."""
    if (file is None) == (fmspc is None):
        raise click.UsageError("give either FILE or --fmspc")
    try:
        client = PccsClient(pccs, timeout, attempts, root_crl_url=root_crl_url)
        if file is not None:
            collateral = client.collateral_for(read_quote(file))
        else:
            collateral = client.collateral(platform_of(fmspc or ""), ca, tdx)
    except (FetchError, MalformedEvidenceError) as error:
        raise click.ClickException(str(error)) from error
    if out is None:
        click.echo(collateral.to_json())
    else:
        out.write_text(collateral.to_json() + "\n", encoding="utf-8")
        click.echo(f"{out}: {len(collateral.to_json())} bytes", err=True)


def platform_of(text: str) -> bytes:
    """An FMSPC from its text.

    Raises:
        click.BadParameter: it is not 12 hexadecimal digits.
    """
    try:
        fmspc = bytes.fromhex(text)
    except ValueError:
        fmspc = b""
    if len(fmspc) != 6:
        raise click.BadParameter(f"expected 12 hexadecimal digits, found {text!r}", param_hint="--fmspc")
    return fmspc
