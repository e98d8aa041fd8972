# SPDX-License-Identifier: Apache-2.0
"""TCB levels of a made-up platform, of the number and length that real TCB Infos have."""

from __future__ import annotations

from collections.abc import Mapping

from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb import EnclaveLevel, TcbComponent, TcbLevel, TdxModuleIdentity

#: The default platforms' numbers; each stands at its first level or above it.
SGX_COMPONENTS = (11, 11, 2, 2, 255, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0)
TDX_COMPONENTS = (4, 4, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0)
MODULE_SVN = bytes.fromhex("0b010400000000000000000000000000")

_2018, _2019, _2020, _2022, _2023, _2024, _2024_NOVEMBER = (
    1_515_024_000,
    1_557_878_400,
    1_605_052_800,
    1_660_089_600,
    1_691_539_200,
    1_710_288_000,
    1_731_456_000,
)
_SGX_WORDS = {
    0: ("BIOS", "Early Microcode Update"),
    1: ("OS/VMM", "SGX Late Microcode Update"),
    2: ("OS/VMM", "TXT SINIT"),
    3: ("BIOS", None),
    4: ("BIOS", None),
    5: ("BIOS", None),
    7: ("OS/VMM", "SEAMLDR ACM"),
}
_TDX_WORDS = {
    0: ("OS/VMM", "TDX Module"),
    1: ("OS/VMM", "TDX Module"),
    2: ("OS/VMM", "TDX Late Microcode Update"),
}


def advisories(*numbers: int) -> tuple[str, ...]:
    """Advisory ids as Intel writes them."""
    return tuple(f"INTEL-SA-{number:05d}" for number in numbers)


def plain(svns: tuple[int, ...]) -> tuple[TcbComponent, ...]:
    """Sixteen components without words; missing ones are 0."""
    padded = svns + (0,) * (16 - len(svns))
    return tuple(TcbComponent(svn) for svn in padded)


def described(svns: tuple[int, ...], words: Mapping[int, tuple[str, str | None]]) -> tuple[TcbComponent, ...]:
    """Sixteen components with the category and type that Intel gives them."""
    padded = svns + (0,) * (16 - len(svns))
    return tuple(TcbComponent(svn, *words.get(index, (None, None))) for index, svn in enumerate(padded))


def _sgx(svns: tuple[int, ...], pce_svn: int, date: int, status: TcbStatus, *numbers: int) -> TcbLevel:
    return TcbLevel(plain(svns), pce_svn, date, status, advisories(*numbers))


_OLD = (106, 115, 135, 203, 220, 233, 270, 293, 320, 329, 381, 389, 477)
_RECENT = (614, 617, 657, 767, 828, 615)

SGX_LEVELS = (
    _sgx((11, 11, 2, 2, 255, 1, 12), 13, _2024, TcbStatus.UP_TO_DATE),
    _sgx((11, 11, 2, 2, 255, 1), 13, _2024, TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED, 289, 615),
    _sgx((10, 10, 2, 2, 255, 1), 13, _2023, TcbStatus.OUT_OF_DATE, 828, 615),
    _sgx((9, 9, 2, 2, 255, 1), 13, _2023, TcbStatus.OUT_OF_DATE, 767, 828, 615),
    _sgx((8, 8, 2, 2, 255, 1), 11, _2022, TcbStatus.OUT_OF_DATE, 657, 767, 828, 615),
    _sgx((7, 7, 2, 2, 255, 1), 11, _2022, TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED, 289, *_RECENT),
    _sgx((7, 7, 2, 2, 255, 1), 10, _2020, TcbStatus.OUT_OF_DATE, 477, 289, *_RECENT),
    _sgx((6, 6, 2, 2, 255, 1), 10, _2020, TcbStatus.OUT_OF_DATE, 381, 389, 477, 289, *_RECENT),
    _sgx((5, 5, 2, 2, 255, 1), 7, _2019, TcbStatus.OUT_OF_DATE, 293, 320, 329, 381, 389, 477, 289, *_RECENT),
    _sgx((5, 5, 2, 2, 128, 1), 6, _2018, TcbStatus.OUT_OF_DATE, 233, 270, 293, 320, 329, 381, 389, *_RECENT),
    _sgx((5, 5, 2, 2, 128, 1), 5, _2018, TcbStatus.OUT_OF_DATE, *_OLD, 289, *_RECENT),
)


def _tdx(
    sgx: tuple[int, ...], tdx: tuple[int, ...], pce_svn: int, date: int, status: TcbStatus, *numbers: int
) -> TcbLevel:
    components = described(sgx, _SGX_WORDS)
    return TcbLevel(components, pce_svn, date, status, advisories(*numbers), described(tdx, _TDX_WORDS))


TDX_LEVELS = (
    _tdx((3, 3, 2, 2, 4, 1, 0, 5), (5, 0, 3), 13, _2024_NOVEMBER, TcbStatus.UP_TO_DATE),
    _tdx((2, 2, 2, 2, 3, 1, 0, 5), (5, 0, 2), 13, _2024, TcbStatus.OUT_OF_DATE, 1036, 1079, 1099, 1103, 1111),
    _tdx(
        (2, 2, 2, 2, 3, 1, 0, 5),
        (5, 0, 2),
        5,
        _2018,
        TcbStatus.OUT_OF_DATE,
        *(*_OLD, 837, 1036, 1079, 1099, 1103, 1111),
    ),
)

TDX_MODULES = (
    TdxModuleIdentity("TDX_03", (EnclaveLevel(3, _2024_NOVEMBER, TcbStatus.UP_TO_DATE),)),
    TdxModuleIdentity(
        "TDX_01",
        (
            EnclaveLevel(6, _2024_NOVEMBER, TcbStatus.UP_TO_DATE),
            EnclaveLevel(4, _2024, TcbStatus.OUT_OF_DATE, advisories(1036, 1099)),
            EnclaveLevel(2, _2023, TcbStatus.OUT_OF_DATE, advisories(1036, 1099)),
        ),
    ),
)
