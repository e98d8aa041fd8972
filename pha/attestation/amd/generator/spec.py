# SPDX-License-Identifier: Apache-2.0
"""What generated evidence consists of, and good values for all of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pha.attestation.amd.generator.certificates import (
    CERTIFICATE_SIGN,
    CRL_SIGN,
    CertificateSpec,
    CrlSpec,
    VendorSpec,
)
from pha.attestation.amd.generator.prime_offsets import SEED
from pha.attestation.amd.product import CHIP_ID_BYTES, Product, TcbVersion
from pha.attestation.amd.report import SnpReport

DAY = 86_400
YEAR = 365 * DAY
#: 2026-01-15 12:00 UTC.
DEFAULT_AT = 1_768_478_400
#: SMT allowed, the bit that is always set, ABI version 0.
GOOD_POLICY = 0x30000
#: Family, model and stepping of a processor of each line.
PROCESSORS = {Product.MILAN: (0x19, 0x01, 1), Product.GENOA: (0x19, 0x11, 1), Product.TURIN: (0x1A, 0x02, 1)}


@dataclass(frozen=True)
class SnpSpec:
    """Everything signed. `report.signature` is made by `build`, with the P-384 key named `report_signer`.

    `authority` is the certificate that issues `endorsement`: an ASK, or an ASVK for a VLEK.
    """

    seed: bytes
    at: int
    product: Product
    root: CertificateSpec
    authority: CertificateSpec
    endorsement: CertificateSpec
    crl: CrlSpec
    report: SnpReport
    report_signer: str


def root_spec(product: Product, at: int) -> CertificateSpec:
    """A good ARK."""
    label, name = f"ark-{product.title.lower()}", f"ARK-{product.title}"
    usage = CERTIFICATE_SIGN | CRL_SIGN
    return CertificateSpec(
        name, label, label, name, product << 16, at - 3 * YEAR, at + 22 * YEAR, is_ca=True, usage=usage
    )


def authority_spec(product: Product, at: int, *, loaded: bool) -> CertificateSpec:
    """A good ASK or, for loaded keys, ASVK."""
    line = product.title
    return CertificateSpec(
        common_name=f"SEV-VLEK-{line}" if loaded else f"SEV-{line}",
        key=f"{'asvk' if loaded else 'ask'}-{line.lower()}",
        signer=f"ark-{line.lower()}",
        issuer_name=f"ARK-{line}",
        serial=(product << 16) + (0x101 if loaded else 1),
        not_before=at - 2 * YEAR,
        not_after=at + 20 * YEAR,
        is_ca=True,
        usage=CERTIFICATE_SIGN,
    )


def good(product: Product = Product.MILAN, version: int = 2, at: int = DEFAULT_AT, *, loaded: bool = False) -> SnpSpec:
    """Good evidence of a product line and report version, signed with a VCEK or, `loaded`, a VLEK."""
    turin = product is Product.TURIN
    tcb = TcbVersion(boot_loader=4, tee=1, snp=24, microcode=219, fmc=2 if turin else 0)
    hardware_id = hashlib.sha512(b"chip" + product.title.encode()).digest()[: product.hardware_id_bytes]
    authority = authority_spec(product, at, loaded=loaded)
    kind = "VLEK" if loaded else "VCEK"
    endorsement = CertificateSpec(
        common_name=f"SEV-{kind}",
        key=f"{kind.lower()}-{product.title.lower()}",
        signer=authority.key,
        issuer_name=authority.common_name,
        serial=0,
        not_before=at - YEAR // 2,
        not_after=at + (YEAR // 2 if loaded else 6 * YEAR),
        vendor=VendorSpec(
            product_name=product.title if loaded else f"{product.title}-B0",
            tcb=tcb,
            hardware_id=None if loaded else hardware_id,
            provider_id="CN=cc-test.provider.invalid" if loaded else None,
            struct_version=1 if turin else 0,
            missing=frozenset({"3.4"} if turin else {"3.9"}),
        ),
    )
    line = product.title
    return SnpSpec(
        seed=SEED,
        at=at,
        product=product,
        root=root_spec(product, at),
        authority=authority,
        endorsement=endorsement,
        crl=CrlSpec(f"ARK-{line}", f"ark-{line.lower()}", 3, at - 30 * DAY, at + 300 * DAY),
        report=_good_report(product, version, tcb, hardware_id, loaded),
        report_signer=endorsement.key,
    )


def _good_report(product: Product, version: int, tcb: TcbVersion, hardware_id: bytes, loaded: bool) -> SnpReport:
    level = tcb.to_bytes(product)
    family, model, stepping = PROCESSORS[product] if version >= 3 else (0, 0, 0)
    return SnpReport(
        version=version,
        guest_svn=7,
        policy=GOOD_POLICY,
        family_id=bytes(range(16)),
        image_id=bytes(range(16, 32)),
        vmpl=0,
        signature_algorithm=1,
        current_tcb=level,
        platform_info=0b100101,
        signer_info=1 << 2 if loaded else 0,
        reserved_4c=bytes(4),
        report_data=hashlib.sha512(b"report data").digest(),
        measurement=hashlib.sha384(b"measurement").digest(),
        host_data=hashlib.sha256(b"host data").digest(),
        id_key_digest=hashlib.sha384(b"id key").digest(),
        author_key_digest=bytes(48),
        report_id=hashlib.sha256(b"report id").digest(),
        report_id_ma=b"\xff" * 32,
        reported_tcb=level,
        cpuid_family=family,
        cpuid_model=model,
        cpuid_stepping=stepping,
        reserved_18b=bytes(21),
        chip_id=hardware_id.ljust(CHIP_ID_BYTES, b"\0"),
        committed_tcb=level,
        current_build=21,
        current_minor=55,
        current_major=1,
        reserved_1eb=bytes(1),
        committed_build=21,
        committed_minor=55,
        committed_major=1,
        reserved_1ef=bytes(1),
        launch_tcb=level,
        launch_mitigations=0b111 if version >= 5 else 0,
        current_mitigations=0b1111 if version >= 5 else 0,
        reserved_208=bytes(152),
        signature=bytes(512),
    )
