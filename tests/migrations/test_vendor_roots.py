# SPDX-License-Identifier: Apache-2.0
"""Roots of trust: the vendors' own on every network, and made-up ones on a chain of one's own alone."""

from __future__ import annotations

import shutil
from functools import cache

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from pha.attestation.amd.generator import roots
from pha.attestation.nvidia.generator import build, good
from pha.deployment.engine import apply
from pha.deployment.errors import ParameterMissing, VerificationFailed
from pha.deployment.journal import MemoryJournal
from pha.deployment.parameters import load_parameters
from pha.deployment.project import load_project
from tests.migrations.disturbed_runs import QUICK, World

PUBLIC = ["phala-l2", "phala-l2-sepolia"]
SELF = {"amd_root_milan": "ARK-Milan", "amd_root_genoa": "ARK-Genoa", "amd_root_turin": "ARK-Turin"}
AT = 1_768_478_400


@cache
def made_up() -> dict[str, str]:
    """A root of one's own for each of the vendors whose evidence this project can make."""
    milan, genoa, turin = roots(AT)
    ders = {"amd_root_milan": milan, "amd_root_genoa": genoa, "amd_root_turin": turin}
    ders["nvidia_root"] = build(good(AT)).chain.root.der
    return {f"attestation.{name}": "0x" + der.hex() for name, der in ders.items()}


def section(world: World, network: str) -> dict:
    return yaml.safe_load((world.folder / "parameters" / f"{network}.yaml").read_text())["attestation"]


@pytest.mark.parametrize("network", PUBLIC)
def test_all_networks_trust_the_same_roots(world, network):
    given, local = section(world, network), section(world, "local")
    names = [name for name in local if "root" in name]
    assert len(names) == 5
    for name in names:
        assert given[name] == local[name]


@pytest.mark.parametrize(("name", "common_name"), SELF.items())
def test_amds_roots_are_self_signed_and_named_for_their_line(world, name, common_name):
    root = x509.load_der_x509_certificate(bytes.fromhex(section(world, "local")[name]["value"][2:]))
    assert root.subject == root.issuer
    assert root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == common_name
    scheme = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
    root.public_key().verify(root.signature, root.tbs_certificate_bytes, scheme, hashes.SHA384())


def test_nvidias_root_is_self_signed(world):
    root = x509.load_der_x509_certificate(bytes.fromhex(section(world, "local")["nvidia_root"]["value"][2:]))
    assert root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == "NVIDIA Device Identity CA"
    root.verify_directly_issued_by(root)


@pytest.mark.parametrize("network", PUBLIC)
def test_public_network_has_no_floors_until_they_are_decided(world, network):
    parameters = load_parameters(
        world.folder / "parameters" / f"{network}.yaml", world.folder / "parameters" / "schema.yaml"
    )
    for line in ("milan", "genoa", "turin"):
        with pytest.raises(ParameterMissing, match=f"attestation.snp_floor_{line} yet"):
            parameters[f"attestation.snp_floor_{line}"]


def run_until(world: World, network: str, overrides: dict, until: str):
    project = load_project(world.folder, network, world.artifacts, {**world.overrides, **overrides})
    return apply(world.chain, world.signer, MemoryJournal(), project, patience=QUICK, until=until)


@pytest.fixture(params=["amd_root_milan", "amd_root_turin", "nvidia_root"])
def forged(request) -> dict[str, str]:
    """One root that is not the vendor's."""
    name = f"attestation.{request.param}"
    return {name: made_up()[name]}


def test_made_up_roots_are_taken_on_a_local_chain(world):
    assert run_until(world, "local", made_up(), "140").steps["140_nvidia_verifier"].applied


def test_made_up_root_is_refused_on_any_other_network(world, forged):
    folder = world.folder / "parameters"
    shutil.copy(folder / "local.yaml", folder / "elsewhere.yaml")
    with pytest.raises(VerificationFailed, match=r"isProductionRoot\(\) is False, expected True"):
        run_until(world, "elsewhere", forged, "140")


@pytest.mark.parametrize("floor", [[0] * 8, [0] * 10])
def test_floor_is_refused_when_it_has_not_its_nine_numbers(world, floor):
    with pytest.raises(ValueError, match="zip"):
        run_until(world, "local", {"attestation.snp_floor_genoa": floor}, "130")


def test_floors_are_as_written(world):
    written = {"attestation.snp_floor_turin": [0x7300000015000100, 5, 0x0137, 1 << 20, 1 << 21, 1 << 5, 1, 0xF, 0xFF]}
    ledger = run_until(world, "local", written, "130")
    view = world.artifacts.get("SnpFloors")
    data, _ = view.encode_call("floorOf", (3,), {})
    floors = ledger.contracts()["snp_floors"].address
    floor, revision = view.decode_result("floorOf", world.chain.call(floors, data))
    assert (list(floor), revision) == (written["attestation.snp_floor_turin"], 1)
