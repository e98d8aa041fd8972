# SPDX-License-Identifier: Apache-2.0
"""Fixtures shared by every domain: who the accounts are, and where real evidence lies."""

from __future__ import annotations

import os
from pathlib import Path

import ape
import pytest

from toolchain import fresh_build

ROOT = Path(__file__).resolve().parent.parent


def pytest_sessionstart(session):
    # Only the process that started the run: workers of pytest-xdist find the build made.
    if not hasattr(session.config, "workerinput") and fresh_build.ensure():
        ape.project.load_manifest()  # ape has read the build before


@pytest.fixture(scope="session")
def deployer(accounts):
    return accounts[0]


@pytest.fixture(scope="session")
def guardian(accounts):
    return accounts[1]


@pytest.fixture(scope="session")
def treasury(accounts):
    return accounts[2]


@pytest.fixture(scope="session")
def relayer(accounts):
    return accounts[3]


@pytest.fixture(scope="session")
def stranger(accounts):
    return accounts[4]


@pytest.fixture(scope="session", autouse=True)
def _everybody(project, chain, guardian, treasury, relayer, stranger):
    """ape keeps a snapshot of the chain for each scope. One of these asked for first in the midst of a module would
    make it build the module's fixtures anew, on a chain that no longer has what they stand on."""


@pytest.fixture(scope="session")
def evidence_dir() -> Path:
    """Folder of real quotes, reports and chain states; tests that need it are skipped where it is missing."""
    folder = Path(os.environ.get("PHA_EVIDENCE_DIR", ROOT.parent / "shared" / "evidence"))
    if not folder.is_dir():
        pytest.skip(f"no real evidence at {folder}; set PHA_EVIDENCE_DIR to a folder that holds it")
    return folder
