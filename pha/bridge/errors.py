# SPDX-License-Identifier: Apache-2.0
"""The root of every refusal of this package, so that a command line can turn any of them into one line."""

from __future__ import annotations


class BridgeError(ValueError):
    """Something given to the bridge's library was refused; the message is one line that says what to do."""
