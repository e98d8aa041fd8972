# SPDX-License-Identifier: Apache-2.0
"""A small chain state of the project's own making, so that nothing outside the repository is needed.

`state.jsonl` and `state.manifest.json` are written by `python -m pha.bridge.sample.generate`.
"""

from pathlib import Path

STATE_PATH = Path(__file__).parent / "state.jsonl"
MANIFEST_PATH = Path(__file__).parent / "state.manifest.json"
