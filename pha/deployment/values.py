# SPDX-License-Identifier: Apache-2.0
"""Parameter values as people write them, turned into what a contract takes.

| type     | written               | becomes                                     |
|----------|-----------------------|---------------------------------------------|
| text     | any string            | str                                         |
| integer  | 3                     | int, not negative                           |
| amount   | "10.5 PHA", "1 ETH"   | int, base units of an 18-decimals token     |
| units    | "1000 units"          | int, the parachain's 12-decimals base units |
| duration | "7 days"              | int, seconds                                |
| time     | 2027-01-31T00:00:00Z  | int, Unix seconds                           |
| share    | "2.5 %"               | int, basis points; at most 100 %            |
| percentage | "120 %"             | int, basis points                           |
| factor   | "1.3"                 | int, in units of 10^-18                     |
| address  | EIP-55 checksummed    | str                                         |
| bytes32  | 0x and 64 hex digits  | bytes                                       |
| bytes    | 0x and hex digits     | bytes, not empty                            |

A type in brackets, `[address]`, is a list of them. Each parser raises `ValueError` saying what it expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from eth_utils.address import is_address, to_checksum_address

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
NUMBER = r"([0-9]+(?:\.[0-9]+)?)"


def _text(written: object) -> str:
    if not isinstance(written, str) or not written:
        raise ValueError("expected a text")
    return written


def _integer(written: object) -> int:
    if not isinstance(written, int) or isinstance(written, bool) or written < 0:
        raise ValueError("expected a whole number, not negative")
    return written


def _scaled(written: object, pattern: str, scale: int | None, expected: str) -> int:
    match = re.fullmatch(pattern, written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"expected {expected}")
    factor = scale if scale is not None else SECONDS[match[2]]
    scaled = Fraction(match[1]) * factor
    if scaled.denominator != 1:
        raise ValueError(f"expected {expected}, without a fraction of the smallest unit")
    return int(scaled)


def _amount(written: object) -> int:
    return _scaled(written, NUMBER + r" (?:PHA|ETH)", 10**18, 'an amount such as "10.5 PHA"')


def _units(written: object) -> int:
    return _scaled(written, r"([0-9]+) units?", 1, 'parachain base units such as "1000 units"')


def _percentage(written: object) -> int:
    return _scaled(written, NUMBER + r" ?%", 100, 'a percentage such as "120 %"')


def _factor(written: object) -> int:
    return _scaled(written, NUMBER, 10**18, 'a factor in quotation marks such as "1.3"')


def _share(written: object) -> int:
    basis_points = _scaled(written, NUMBER + r" ?%", 100, 'a share such as "2.5 %"')
    if basis_points > 10_000:
        raise ValueError("expected a share of at most 100 %")
    return basis_points


def _duration(written: object) -> int:
    pattern = NUMBER + rf" ({'|'.join(SECONDS)})s?"
    return _scaled(written, pattern, None, 'a duration such as "7 days"')


def _time(written: object) -> int:
    moment = written
    if isinstance(moment, str) and moment.endswith("Z"):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.utcoffset() != timedelta(0):
        raise ValueError("expected a time in UTC such as 2027-01-31T00:00:00Z")
    return int(moment.timestamp())


def _address(written: object) -> str:
    if not isinstance(written, str) or not is_address(written):
        raise ValueError("expected an address")
    checksummed = str(to_checksum_address(written))
    if checksummed != written:
        raise ValueError(f"expected a checksummed address; is {checksummed} meant?")
    return checksummed


def _bytes32(written: object) -> bytes:
    if not isinstance(written, str) or not re.fullmatch(r"0x[0-9a-f]{64}", written):
        raise ValueError("expected 0x and 64 lower-case hex digits")
    return bytes.fromhex(written[2:])


def _bytes(written: object) -> bytes:
    if not isinstance(written, str) or not re.fullmatch(r"0x(?:[0-9a-f]{2})+", written):
        raise ValueError("expected 0x and an even number of lower-case hex digits")
    return bytes.fromhex(written[2:])


PARSERS: dict[str, Callable[[object], Any]] = {
    "text": _text,
    "integer": _integer,
    "amount": _amount,
    "units": _units,
    "duration": _duration,
    "time": _time,
    "share": _share,
    "percentage": _percentage,
    "factor": _factor,
    "address": _address,
    "bytes32": _bytes32,
    "bytes": _bytes,
}


def parser_of(type_name: str) -> Callable[[object], Any]:
    """The parser of a type's name; raises `ValueError` for a name that is none."""
    if type_name.startswith("[") and type_name.endswith("]"):
        single = parser_of(type_name[1:-1])

        def parse_list(written: object) -> list[Any]:
            if not isinstance(written, list):
                raise ValueError("expected a list")
            return [single(item) for item in written]

        return parse_list
    if type_name not in PARSERS:
        raise ValueError(f"{type_name} is not a type; there are {', '.join(PARSERS)}")
    return PARSERS[type_name]
