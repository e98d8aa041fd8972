# SPDX-License-Identifier: Apache-2.0
"""P384Verifier and P384TableRegistry against an independent library, the standards' vectors and hostile hints."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import ape
import pytest
from eth_utils import keccak

from pha.cryptography.p384 import GENERATOR, B, N, P, encode_coordinate, encode_point, multiply_finite, negate
from pha.cryptography.p384_comb import TABLE_BYTES, generator_table, table_of
from pha.cryptography.p384_hints import HintError, signature_hints, start_point, walk_hints
from pha.cryptography.p384_table_job import Stage, TableJob
from tests.p384_chain import (
    Key,
    deploy_code,
    deploy_verifier,
    join_signature,
    library_accepts,
    register,
    sha384,
    verify,
)
from tests.reference.deployments import deployment_reverts

ROOT = Path(__file__).resolve().parents[3]
DIGEST = sha384(b"a report to be signed")

# RFC 6979, appendix A.2.6: the key, and its signatures with SHA-384 of "sample" and of "test".
RFC_KEY = 0x6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5
RFC_SIGNATURES = {
    b"sample": (
        0x94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46,
        0x99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8,
    ),
    b"test": (
        0x8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB,
        0xDDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5,
    ),
}


@pytest.fixture(scope="module")
def contracts(project, deployer):
    return deploy_verifier(project, deployer)


@pytest.fixture(scope="module")
def registry(contracts):
    return contracts[0]


@pytest.fixture(scope="module")
def verifier(contracts):
    return contracts[1]


@pytest.fixture(scope="module")
def key(registry, deployer):
    key = Key.of(RFC_KEY)
    register(registry, deployer, key.job)
    return key


@pytest.fixture(scope="module")
def signature(key):
    return key.sign(DIGEST)


@pytest.fixture(scope="module")
def hints(key, signature):
    return signature_hints(DIGEST, signature, key.job.table)


@pytest.fixture(scope="module")
def add_key(registry, deployer):
    """Registers the table of any point."""

    def add(point):
        job = TableJob(point)
        register(registry, deployer, job)
        return job

    return add


# --- the registry ---


def test_constants_are_what_their_generator_writes():
    script = ROOT / "contracts" / "cryptography" / "generator" / "p384_constants.py"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0


def test_generator_table_holds_the_multiples_of_the_independent_library():
    entries = generator_table().entries
    assert len(entries) == 256
    for v, entry in enumerate(entries):
        scalar = 2**344 + sum(2 ** (43 * j) * (1 if v >> j & 1 else -1) for j in range(8))
        assert Key.of(scalar % N).point == entry


def test_table_is_the_expected_one_when_proven(registry, key, chain):
    code, lead = registry.tableOf(key.name)
    stored = bytes(chain.provider.get_code(code))
    secrets = [2**344 + sum(2 ** (43 * j) * (1 if v >> j & 1 else -1) for j in range(8)) for v in (0, 1, 100, 255)]
    assert len(stored) == TABLE_BYTES
    assert stored[0] == 0
    table = bytes([lead]) + stored[1:]
    for v, scalar in zip((0, 1, 100, 255), secrets, strict=True):
        assert table[96 * v : 96 * v + 96] == encode_point(Key.of(scalar * RFC_KEY % N).point)
    assert table == key.job.table.encode()


def test_generator_as_a_key_gives_the_committed_table(registry, verifier, add_key, chain):
    code, lead = registry.tableOf(add_key(GENERATOR).key_hash)
    assert chain.provider.get_code(code) == chain.provider.get_code(verifier.generatorTable())
    assert lead == generator_table().lead


def test_verifier_refuses_another_generator_table(project, deployer, registry, key):
    wrong = deploy_code(deployer, key.job.table.init_code).contract_address
    with deployment_reverts(project.P384Verifier, "GeneratorTableWrong"):
        deployer.deploy(project.P384Verifier, registry, wrong)


def test_work_is_resumed_by_anyone_and_repeating_it_changes_nothing(registry, deployer, stranger):
    job = TableJob(Key.of(777).point)
    teeth, table = job.remaining(Stage(registry.stageOf(job.key_hash)))
    registry.proveTeeth(*teeth.arguments, sender=stranger)
    assert registry.stageOf(job.key_hash) == Stage.TEETH
    assert registry.teethHashOf(job.key_hash) == keccak(job.teeth.encode())
    assert not registry.proveTeeth(*teeth.arguments, sender=deployer).events
    again = TableJob(Key.of(777).point).remaining(Stage(registry.stageOf(job.key_hash)))
    assert [call.method for call in again] == ["proveTable"]
    receipt = registry.proveTable(*again[0].arguments, sender=deployer)
    assert receipt.events
    before = registry.tableOf(job.key_hash)
    assert not registry.proveTable(*table.arguments, sender=stranger).events
    assert registry.tableOf(job.key_hash) == before
    assert job.remaining(Stage(registry.stageOf(job.key_hash))) == []


def test_calldata_is_the_methods_own(registry):
    for call in TableJob(Key.of(778).point).remaining(Stage.NOTHING):
        assert call.calldata == bytes(getattr(registry, call.method).encode_input(*call.arguments))


@pytest.mark.parametrize("index", [0, 1, 42, 43, 44, 86, 200, 350, 351])
def test_teeth_are_refused_when_a_slope_is_wrong(project, registry, deployer, index):
    key, slopes = TableJob(Key.of(779).point).prove_teeth().arguments
    with ape.reverts(project.P384TableRegistry.SlopeWrong, index=index):
        registry.proveTeeth(key, tamper(slopes, index), sender=deployer)


@pytest.mark.parametrize("index", [0, 1, 2, 3, 127, 128, 254])
def test_table_is_refused_when_a_slope_is_wrong(project, registry, deployer, index):
    teeth, table = TableJob(Key.of(780).point).remaining(Stage.NOTHING)
    registry.proveTeeth(*teeth.arguments, sender=deployer)
    name, points, slopes = table.arguments
    with ape.reverts(project.P384TableRegistry.SlopeWrong, index=index):
        registry.proveTable(name, points, tamper(slopes, index), sender=deployer)


def test_table_is_refused_when_the_teeth_are_missing_or_others(project, registry, deployer):
    job, other = TableJob(Key.of(781).point), TableJob(Key.of(782).point)
    with ape.reverts(project.P384TableRegistry.TeethWrong):
        registry.proveTable(*job.prove_table().arguments, sender=deployer)
    registry.proveTeeth(*job.prove_teeth().arguments, sender=deployer)
    name, _, slopes = job.prove_table().arguments
    for teeth in (other.teeth.encode(), b"", job.teeth.encode()[:-1], job.teeth.encode() + b"\x00"):
        with ape.reverts(project.P384TableRegistry.TeethWrong):
            registry.proveTable(name, teeth, slopes, sender=deployer)


def test_key_is_refused_when_it_is_no_point(project, registry, deployer):
    job = TableJob(Key.of(783).point)
    _, slopes = job.prove_teeth().arguments
    x, y = Key.of(783).point
    small_x, small_y = small_point()
    bad = [
        (x, y ^ 1),
        (y, x),
        (0, 0),
        (x, 0),
        (small_x + P, small_y),  # the same point, not canonical
        (P, 0),
        (2**384 - 1, 2**384 - 1),
    ]
    for point in bad:
        with ape.reverts(project.P384TableRegistry.KeyNotOnCurve):
            registry.proveTeeth(encode_point(point), slopes, sender=deployer)
    for length in (0, 95, 97, 192):
        with ape.reverts(project.P384TableRegistry.KeyLengthWrong):
            registry.proveTeeth(bytes(length), slopes, sender=deployer)


def test_slopes_are_refused_when_their_number_is_wrong(project, registry, deployer):
    key, slopes = TableJob(Key.of(784).point).prove_teeth().arguments
    for wrong in (b"", slopes[:-1], slopes[:-48], slopes + bytes(48)):
        with ape.reverts(project.P384TableRegistry.SlopesLengthWrong):
            registry.proveTeeth(key, wrong, sender=deployer)


# --- signatures that are good ---


@pytest.mark.parametrize("message", RFC_SIGNATURES, ids=lambda message: message.decode())
def test_signature_of_rfc_6979_is_accepted(verifier, key, message):
    signed = join_signature(*RFC_SIGNATURES[message])
    assert accepts(verifier, key.job, sha384(message), signed)
    assert not accepts_with_any_hints(verifier, key.job, sha384(message + b"!"), signed)


def test_random_signatures_are_accepted_and_their_changes_refused(verifier, key):
    rng = random.Random(384)
    for _ in range(8):
        digest = rng.randbytes(48)
        signed = key.sign(digest)
        assert accepts(verifier, key.job, digest, signed)
        changed = bytearray(digest)
        changed[rng.randrange(48)] ^= 1 << rng.randrange(8)
        assert not accepts_with_any_hints(verifier, key.job, bytes(changed), signed)


@pytest.mark.parametrize(
    "digest", [0, 1, N - 1, N, N + 1, 2**384 - 1, 2**383], ids=["0", "1", "n-1", "n", "n+1", "all ones", "top bit"]
)
def test_edge_digests_are_accepted(verifier, key, digest):
    encoded = encode_coordinate(digest)
    assert accepts(verifier, key.job, encoded, key.sign(encoded))


def test_negated_s_is_accepted_as_ecdsa_has_it(verifier, key, signature):
    r, s = split(signature)
    assert library_accepts(key.point, DIGEST, r, N - s)
    assert accepts(verifier, key.job, DIGEST, join_signature(r, N - s))


def test_r_below_p_minus_n_is_accepted_when_x_is_r_plus_n(verifier, add_key):
    # A point with n <= x < p, and the key for which any s makes its x mod n a good r: Q = (s·R - h·G)/r.
    point = next(p for x in range(N + 1, N + 1000) if (p := lift(x)))
    r, s, h = point[0] - N, 123456789, int.from_bytes(DIGEST, "big")
    assert 0 < r < P - N
    job = add_key(recover(point, r, s, h))
    assert library_accepts(job_point(job), DIGEST, r, s)
    assert accepts(verifier, job, DIGEST, join_signature(r, s))
    # r + n itself is out of range, even where it fits in 48 bytes.
    assert not accepts_with_any_hints(verifier, job, DIGEST, join_signature(r + N, s), assume=(r, s))


def test_small_r_is_accepted_when_x_is_small_too(verifier, add_key):
    point = small_point()
    r, s, h = point[0], 987654321, int.from_bytes(DIGEST, "big")
    job = add_key(recover(point, r, s, h))
    assert library_accepts(job_point(job), DIGEST, r, s)
    assert accepts(verifier, job, DIGEST, join_signature(r, s))


@pytest.mark.parametrize("secret", [1, 2, N - 1, N - 2, (N + 1) // 2], ids=["G", "2G", "-G", "-2G", "G/2"])
def test_keys_near_the_generator_work(verifier, add_key, secret):
    key = Key.of(secret)
    job = add_key(key.point)
    assert accepts(verifier, job, DIGEST, key.sign(DIGEST))


@pytest.mark.parametrize(("u1", "u2"), [(0, 1), (0, 5), (1, 1), (N - 1, 1), (1, 2), (2, N - 1), (7, N - 7)])
def test_small_scalars_are_accepted_when_the_signature_is_valid(verifier, key, u1, u2):
    check_scalars(verifier, key.job, RFC_KEY, u1, u2)


def test_equal_halves_are_accepted(verifier, key):
    # u1·G = u2·Q: the two combs add the same point in all.
    check_scalars(verifier, key.job, RFC_KEY, 12345 * RFC_KEY % N, 12345)


# --- signatures that are not ---


def test_sum_at_infinity_is_refused(verifier, key):
    # u1·G = -u2·Q. There are no such hints; every attempt at them fails, whatever stands in the last slope.
    u2 = 98765
    u1 = -u2 * RFC_KEY % N
    r = 424242
    s = r * pow(u2, -1, N) % N
    digest = u1 * s % N
    with pytest.raises(HintError):
        walk_hints(digest, r, s, key.job.table)
    assert not library_accepts(key.point, encode_coordinate(digest), r, s)
    prefix = partial_hints(digest, r, s, key.job.table)
    for last in (0, 1, P - 1):
        attempt = prefix + encode_coordinate(last)
        assert len(attempt) == 6288
        assert not verify(verifier, key.name, encode_coordinate(digest), join_signature(r, s), attempt)


def test_out_of_range_r_and_s_are_refused(verifier, key, signature, hints):
    r, s = split(signature)
    for bad_r, bad_s in [
        (0, s),
        (r, 0),
        (0, 0),
        (N, s),
        (r, N),
        (N + 1, s),
        (r, N + 1),
        (2**384 - 1, s),
        (r, 2**384 - 1),
    ]:
        assert not library_accepts(key.point, DIGEST, bad_r, bad_s)
        assert not verify(verifier, key.name, DIGEST, join_signature(bad_r, bad_s), hints)
    assert verify(verifier, key.name, DIGEST, signature, hints)


def test_s_plus_n_is_refused_with_the_hints_of_s(verifier, key):
    # s + n has the same residue, so every congruence holds: only the range check stands in the way.
    s = next(i for i in range(1, 100))
    digest = DIGEST
    k = 31337
    r = multiply_finite(k, GENERATOR)[0] % N
    # Choose the digest for which a small s is right: h = s·k - r·d.
    digest = encode_coordinate((s * k - r * RFC_KEY) % N)
    good = join_signature(r, s)
    made = signature_hints(digest, good, key.job.table)
    assert verify(verifier, key.name, digest, good, made)
    assert not verify(verifier, key.name, digest, join_signature(r, s + N), made)


def test_another_r_is_refused_with_hints_of_its_own(verifier, key, signature):
    r, s = split(signature)
    for other in (r ^ 1, r + 1, 1, N - r, N - 1):
        made, _ = walk_hints(int.from_bytes(DIGEST, "big"), other, s, key.job.table)
        assert not verify(verifier, key.name, DIGEST, join_signature(other, s), made)


def test_another_key_is_refused(verifier, add_key, key, signature, hints):
    other = add_key(Key.of(1234).point)
    assert not verify(verifier, other.key_hash, DIGEST, signature, hints)
    made, _ = walk_hints(int.from_bytes(DIGEST, "big"), *split(signature), other.table)
    assert not verify(verifier, other.key_hash, DIGEST, signature, made)


def test_negated_key_is_refused(verifier, add_key, key, signature, hints):
    other = add_key(negate(key.point))
    assert not verify(verifier, other.key_hash, DIGEST, signature, hints)


def test_key_without_table_is_named(project, verifier, signature, hints):
    with ape.reverts(project.P384Verifier.KeyNotTabled, keyHash=b"\x01" * 32):
        verify(verifier, b"\x01" * 32, DIGEST, signature, hints)


def test_r_and_s_in_the_wrong_order_are_refused(verifier, key, signature, hints):
    assert not verify(verifier, key.name, DIGEST, signature[48:] + signature[:48], hints)


# --- hints that lie ---


def test_every_hint_is_refused_when_changed(verifier, key, signature, hints):
    rng = random.Random(5)
    for index in range(len(hints) // 48):
        bit = rng.randrange(384)
        position = 48 * index + bit // 8
        changed = bytearray(hints)
        changed[position] ^= 1 << bit % 8
        assert not verify(verifier, key.name, DIGEST, signature, bytes(changed))


def test_hints_are_refused_when_negated_zero_or_huge(verifier, key, signature, hints):
    for index in (0, 1, 2, 3, 4, 65, 129, 130):
        value = int.from_bytes(hints[48 * index : 48 * index + 48], "big")
        for other in (0, 1, P - value, P - 1, P, N, 2**384 - 1):
            assert not verify(verifier, key.name, DIGEST, signature, replace(hints, index, other))


def test_hints_are_refused_when_reordered(verifier, key, signature, hints):
    parts = [hints[i : i + 48] for i in range(0, len(hints), 48)]
    for a, b in ((0, 1), (1, 2), (2, 3), (1, 4), (129, 130), (1, 130)):
        swapped = list(parts)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        assert not verify(verifier, key.name, DIGEST, signature, b"".join(swapped))


def test_lengths_are_refused_when_wrong(verifier, key, signature, hints):
    for wrong in (b"", hints[:-1], hints[:-48], hints + b"\x00", hints + bytes(48), hints[48:]):
        assert not verify(verifier, key.name, DIGEST, signature, wrong)
    for wrong in (b"", signature[:-1], signature + b"\x00", b"\x00" + signature, signature[:48]):
        assert not verify(verifier, key.name, DIGEST, wrong, hints)


def test_hints_of_another_signature_are_refused(verifier, key, signature, hints):
    digest = sha384(b"other")
    other = key.sign(digest)
    made = signature_hints(digest, other, key.job.table)
    assert verify(verifier, key.name, digest, other, made)
    assert not verify(verifier, key.name, DIGEST, signature, made)
    assert not verify(verifier, key.name, digest, other, hints)


# --- the real thing ---


def test_snp_report_is_accepted_with_its_chips_key(verifier, add_key, evidence_dir):
    from cryptography import x509

    report = (evidence_dir / "amd" / "milan.report").read_bytes()
    numbers = x509.load_der_x509_certificate((evidence_dir / "amd" / "milan.vcek.der").read_bytes()).public_key()
    numbers = numbers.public_numbers()
    job = add_key((numbers.x, numbers.y))
    r, s = (int.from_bytes(report[at : at + 72], "little") for at in (0x2A0, 0x2A0 + 72))
    digest = sha384(report[:0x2A0])
    assert accepts(verifier, job, digest, join_signature(r, s))
    assert not accepts_with_any_hints(verifier, job, sha384(report[:0x29F] + b"\xff"), join_signature(r, s))


@pytest.mark.deep
def test_thousand_signatures_are_judged_as_by_the_library(verifier, key):
    rng = random.Random(6)
    for i in range(1000):
        digest = rng.randbytes(48)
        r, s = split(key.sign(digest))
        if i % 2:
            r = rng.randrange(1, N)
        made, _ = walk_hints(int.from_bytes(digest, "big"), r, s, key.job.table)
        expected = library_accepts(key.point, digest, r, s)
        assert verify(verifier, key.name, digest, join_signature(r, s), made) == expected


@pytest.mark.deep
def test_every_teeth_slope_is_refused_when_changed(project, registry, deployer):
    key, slopes = TableJob(Key.of(785).point).prove_teeth().arguments
    for index in range(352):
        with ape.reverts(project.P384TableRegistry.SlopeWrong, index=index):
            registry.proveTeeth(key, tamper(slopes, index), sender=deployer)


def accepts(verifier, job, digest: bytes, signature: bytes) -> bool:
    return verify(verifier, job.key_hash, digest, signature, signature_hints(digest, signature, job.table))


def accepts_with_any_hints(verifier, job, digest, signature, assume=None) -> bool:
    """With hints that follow the computation to its end, whatever comes out there."""
    made, _ = walk_hints(int.from_bytes(digest, "big"), *(assume or split(signature)), job.table)
    return verify(verifier, job.key_hash, digest, signature, made)


def check_scalars(verifier, job, secret, u1, u2) -> None:
    """A signature with these two scalars: r is the x of their sum, s = r/u2, h = u1·s."""
    r = multiply_finite(u1 + u2 * secret, GENERATOR)[0] % N
    s = r * pow(u2, -1, N) % N
    digest = encode_coordinate(u1 * s % N)
    assert library_accepts(job_point(job), digest, r, s)
    assert accepts(verifier, job, digest, join_signature(r, s))


def split(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big")


def replace(hints: bytes, index: int, value: int) -> bytes:
    return hints[: 48 * index] + encode_coordinate(value) + hints[48 * index + 48 :]


def tamper(slopes: bytes, index: int) -> bytes:
    changed = bytearray(slopes)
    changed[48 * index + 40] ^= 4
    return bytes(changed)


def lift(x: int):
    """A point with this x, if there is one."""
    y = pow(x * x * x - 3 * x + B, (P + 1) // 4, P)
    return (x, y) if (y * y - x * x * x + 3 * x - B) % P == 0 else None


def small_point():
    return next(p for x in range(1, 1000) if (p := lift(x)))


def recover(point, r: int, s: int, h: int):
    """The key under which (r, s) is a signature of h with this point as its R."""
    from pha.cryptography.p384 import add, multiply

    return multiply_finite(pow(r, -1, N), add(multiply(s, point), multiply(-h, GENERATOR)))


def job_point(job) -> tuple[int, int]:
    return int.from_bytes(job.key[:48], "big"), int.from_bytes(job.key[48:], "big")


def partial_hints(digest: int, r: int, s: int, table) -> bytes:
    """All hints but the last, for a sum at infinity."""
    from pha.cryptography.p384_comb import HALF, Walk, columns, select

    inverse = pow(s, -1, N)
    walk = Walk(start_point())
    for g, q in zip(columns(digest * inverse), columns(r * inverse), strict=True):
        walk.double_add(select(generator_table(), g))
        walk.add(select(table, q))
    return b"".join(map(encode_coordinate, (inverse * HALF % N, *walk.slopes)))


def test_table_of_a_key_is_the_jobs(key):
    assert table_of(key.point).encode() == key.job.table.encode()
