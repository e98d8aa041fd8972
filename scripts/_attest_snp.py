# SPDX-License-Identifier: Apache-2.0
"""Reports of SEV-SNP guests for an operator; used by `ape run attest show`."""

from __future__ import annotations

from pathlib import Path

import click

from pha.attestation.amd.explain import describe_judgement, describe_list, describe_report
from pha.attestation.amd.files import is_amd_root, read_chain
from pha.attestation.amd.report import parse_report
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.explain import text_of


def show_report(
    raw: bytes, files: tuple[Path | None, Path | None, Path | None], at: int, allowed: tuple[str, ...]
) -> bool:
    """Show a report and, given its certificates, judge it; whether it holds or was not judged.

    Args:
        raw: the report, 1,184 bytes.
        files: the certificate of the key that signed it, the two above it, and the root's revocation list.
        at: Unix seconds of the judgement.
        allowed: policy rules to leave out.

    Raises:
        click.ClickException: one line that names the field that is wrong.
    """
    endorsement, authorities, crl = (file.read_bytes() if file else None for file in files)
    try:
        report = parse_report(raw)
        if endorsement is None or authorities is None:
            click.echo(text_of(describe_report(report)))
            return True
        chain = read_chain(endorsement, authorities, crl)
        section, until = describe_judgement(report, chain, at, allowed)
        section.add("root is AMD's", "yes" if is_amd_root(authorities) else "NO: trusted because it was given")
        lists = [describe_list(chain.crl)] if chain.crl else []
        click.echo(text_of([*describe_report(report, chain.endorsement), *lists, section]))
    except MalformedEvidenceError as error:
        raise click.ClickException(str(error)) from error
    return until is not None
