# SPDX-License-Identifier: Apache-2.0
"""Merlin 1.0 transcripts over STROBE-128 (https://merlin.cool, https://strobe.sourceforge.io/specs)."""

from __future__ import annotations

import copy

from .keccak import keccak_f1600

_RATE = 166
_META_AD, _AD, _PRF = 0x12, 0x02, 0x07


class Transcript:
    """Appends labelled messages; a challenge is drawn from a copy, so it does not enter the transcript."""

    def __init__(self, label: bytes) -> None:
        header = bytes([1, _RATE + 2, 1, 0, 1, 96]) + b"STROBEv1.0.2"
        self._state = bytearray(keccak_f1600(header + bytes(200 - len(header))))
        self._position = 0
        self._begin = 0
        self._operate(_META_AD, b"Merlin v1.0")
        self.append(b"dom-sep", label)

    def append(self, label: bytes, message: bytes) -> None:
        self._operate(_META_AD, label + len(message).to_bytes(4, "little"))
        self._operate(_AD, message)

    def challenge(self, label: bytes, length: int) -> bytes:
        """`length` bytes, at most 166, as the last act of a copy of this transcript."""
        if not 0 < length <= _RATE:
            raise ValueError(f"a challenge has 1 to {_RATE} bytes, not {length}")
        end = copy.deepcopy(self)
        end._operate(_META_AD, label + length.to_bytes(4, "little"))
        end._operate(_PRF, b"")
        if end._position:
            end._permute()
        return bytes(end._state[:length])

    def _operate(self, flags: int, data: bytes) -> None:
        framing = bytes([self._begin, flags])
        self._begin = self._position + 1
        for byte in framing + data:
            self._state[self._position] ^= byte
            self._position += 1
            if self._position == _RATE:
                self._permute()

    def _permute(self) -> None:
        self._state[self._position] ^= self._begin
        self._state[self._position + 1] ^= 0x04
        self._state[_RATE + 1] ^= 0x80
        self._state = bytearray(keccak_f1600(bytes(self._state)))
        self._position = self._begin = 0
