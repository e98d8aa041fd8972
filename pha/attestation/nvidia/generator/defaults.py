# SPDX-License-Identifier: Apache-2.0
"""Good evidence: a report of an H100 as it comes from real ones, save for keys, names, dates and digests."""

from __future__ import annotations

import hashlib

from pha.attestation.nvidia.generator.certificates import CertificateSpec, KeyRing, Purpose
from pha.attestation.nvidia.generator.spec import EvidenceSpec, FirmwareForm, ReportSpec
from pha.attestation.nvidia.opaque import FieldType, vbios_bytes
from pha.attestation.nvidia.report import Block

BLOCKS = 64
SEED = b"nvidia evidence of our own"
_YEAR = 365 * 86_400
_FOREVER = 253_402_300_799  # 9999-12-31 23:59:59, which is RFC 5280's word for no end


def good(at: int, device: int = 1, model: str = "GH100", form: FirmwareForm = FirmwareForm.HOPPER) -> EvidenceSpec:
    """A spec of evidence that is accepted from ten minutes before `at` on.

    Args:
        at: Unix seconds.
        device: number of a device; those of one model share all authorities but the last.
        model: such as GH100 or GB100.
        form: in which form the firmware id stands in the certificate.
    """
    firmware = digest(f"firmware {model}")
    return EvidenceSpec(
        keys=KeyRing(SEED),
        certificates=_certificates(at - 600, device, model),
        report=good_report(device, firmware),
        firmware=firmware,
        firmware_form=form,
    )


def good_report(device: int, firmware: bytes) -> ReportSpec:
    """The report of a device, its nonce that of nobody in particular."""
    return ReportSpec(
        nonce=hashlib.sha256(b"nonce").digest(),
        device_nonce=hashlib.sha256(b"device nonce %d" % device).digest(),
        blocks=tuple(Block(index, digest(f"measurement {index}")) for index in range(1, BLOCKS + 1)),
        opaque=(
            (FieldType.VBIOS_VERSION, vbios_bytes("96.00.A5.00.01")),
            (FieldType.BOARD_ID, bytes.fromhex("37040000")),
            (FieldType.CHIP_SKU, b"885\0\0\0\0\0\0"),
            (FieldType.CHIP_SKU_MOD, b"0\0\0\0\0"),
            (FieldType.PROJECT, b"G520\0"),
            (FieldType.PROJECT_SKU, b"0200\0"),
            (FieldType.PROJECT_SKU_MOD, bytes(2)),
            (FieldType.DRIVER_VERSION, b"590.12\0"),
            (FieldType.GPU_INFO, bytes.fromhex("8001000000000000")),
            (FieldType.MEASUREMENT_COUNTS, b"".join((n % 3).to_bytes(4, "little") for n in range(BLOCKS))),
            (FieldType.CPR_INFO, bytes.fromhex("00c00100")),
            (FieldType.NVDEC0_STATUS, b"\x55"),
            (FieldType.FIRMWARE_ID, firmware),
            (FieldType.PROTECTED_PCIE_STATUS, b"\xaa"),
            (FieldType.SWITCH_PDI, hashlib.shake_256(b"switches").digest(144)),
            (FieldType.OPAQUE_DATA_VERSION, b"\1\0"),
            (FieldType.FEATURE_FLAG, b"\2\0"),
        ),
        signer=f"report key {device}",
    )


def digest(text: str) -> bytes:
    """48 bytes that stand for a measurement."""
    return hashlib.sha384(text.encode()).digest()


def _certificates(start: int, device: int, model: str) -> tuple[CertificateSpec, ...]:
    def authority(name: str, key: str, serial: int) -> CertificateSpec:
        return CertificateSpec(name, key, start - _YEAR, _FOREVER, serial)

    serial = int.from_bytes(hashlib.sha256(b"%d" % device).digest()[:19], "big") | 1 << 151
    return (
        authority("Test Device Identity CA", "root", 0x2D3670B1CA100411),
        authority(f"Test {model} Identity", f"family {model}", 0x4C255EDE3BD001BF),
        authority(f"Test {model} Provisioner ICA 1", f"provisioner {model}", 0x6AFE7184F92232C8),
        CertificateSpec(
            f"{model} A01 GSP BROM {device}",
            f"device {device}",
            start,
            _FOREVER,
            serial >> 80,
            purpose=Purpose.CERTIFICATE_SIGN,
        ),
        CertificateSpec(
            f"{model} A01 GSP FMC LF",
            f"report key {device}",
            start,
            _FOREVER,
            serial,
            is_ca=None,
            purpose=Purpose.DIGITAL_SIGNATURE,
        ),
    )
