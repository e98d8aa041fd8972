# SPDX-License-Identifier: Apache-2.0
"""AMD's product lines with SEV-SNP, and how each lays a TCB version out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

from pha.attestation.intel.errors import MalformedEvidenceError

CHIP_ID_BYTES = 64
_OLD_LAYOUT = ("boot_loader", "tee", "spl4", "spl5", "spl6", "spl7", "snp", "microcode")
_TURIN_LAYOUT = ("fmc", "boot_loader", "tee", "snp", "spl5", "spl6", "spl7", "microcode")


class Product(IntEnum):
    """A product line, numbered as on chain. Genoa's root also serves Bergamo and Siena."""

    MILAN = 1
    GENOA = 2
    TURIN = 3

    @property
    def title(self) -> str:
        """As AMD writes it: `Milan`."""
        return self.name.capitalize()

    @property
    def layout(self) -> tuple[str, ...]:
        """Names of a TCB version's eight bytes (AMD 56860, TCB_VERSION)."""
        return _TURIN_LAYOUT if self is Product.TURIN else _OLD_LAYOUT

    @property
    def hardware_id_bytes(self) -> int:
        """How many bytes of a chip's id a certificate holds; in reports zeros follow up to 64."""
        return 8 if self is Product.TURIN else CHIP_ID_BYTES

    @classmethod
    def of_processor(cls, family: int, model: int) -> Product | None:
        """The line of a processor, by its family and model; None for any not known here."""
        if family == 0x19:
            if model <= 0x0F:
                return cls.MILAN
            return cls.GENOA if 0x10 <= model <= 0x1F or 0xA0 <= model <= 0xAF else None
        return cls.TURIN if family == 0x1A and model <= 0x1F else None

    def has_name(self, name: str) -> bool:
        """Whether a certificate's product name, such as `Milan-B0`, is of this line."""
        lines = {self.title, "Siena", "Bergamo"} if self is Product.GENOA else {self.title}
        return name.split("-", 1)[0] in lines


@dataclass(frozen=True)
class TcbVersion:
    """Security patch levels, each a byte. Only Turin has `fmc`; `spl4` to `spl7` are spare."""

    boot_loader: int = 0
    tee: int = 0
    snp: int = 0
    microcode: int = 0
    fmc: int = 0
    spl4: int = 0
    spl5: int = 0
    spl6: int = 0
    spl7: int = 0

    def to_bytes(self, product: Product) -> bytes:
        """The eight bytes in a report.

        Raises:
            MalformedEvidenceError: a level is no byte.
        """
        try:
            return bytes(getattr(self, name) for name in product.layout)
        except ValueError as error:
            raise MalformedEvidenceError("tcb", str(error)) from error

    def to_int(self, product: Product) -> int:
        """The eight bytes as the number that the chain keeps."""
        return int.from_bytes(self.to_bytes(product), "little")

    @classmethod
    def from_bytes(cls, data: bytes, product: Product) -> TcbVersion:
        """Read eight bytes of a report."""
        return cls(**dict(zip(product.layout, data, strict=True)))

    def __str__(self) -> str:
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        return ", ".join(f"{name} {level}" for name, level in shown.items() if level or not name.startswith("spl"))
