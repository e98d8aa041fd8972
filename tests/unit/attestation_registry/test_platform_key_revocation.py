# SPDX-License-Identifier: Apache-2.0
"""PlatformKeyRevocation over the real registries: who loses stake for a revoked machine, and who must not."""

from __future__ import annotations

from types import SimpleNamespace

import ape
import pytest
from eth_abi import encode
from eth_account import Account

from pha.attestation.intel.generator import Kind
from pha.staking.workers import PARAMETERS
from tests.direct_call import send
from tests.reference.deployments import deployment_reverts
from tests.reference.stake_pools import PHA, SLASH_MANAGER, WORKER_REGISTRY, Staking
from tests.reference.workers import FOREVER, classes, consent
from tests.unit.attestation_registry.registry_world import DAY, GRACE, HOUR, RegistryWorld, word, worker_key

KEY, OTHER = worker_key(1), worker_key(2)
SGX, TDX = Kind.SGX_V3, Kind.TDX_V5
STAY, GAP = 3 * DAY, DAY
STAKE = 1000 * PHA
STAY_SECONDS, GAP_SECONDS = range(2)


def deploy_town(project, chain, deployer, treasury, operator, delegator):
    """Two workers of one pool on the same SGX machine, working, attested again since their stake was locked."""
    world = RegistryWorld(project, chain, deployer)
    for spec in world.specs.values():
        world.accept(spec)
    staking = Staking.deploy(project, chain, deployer)
    parameters = deployer.deploy(project.WorkerParameters, staking.manager, list(PARAMETERS.values()), classes())
    workers = deployer.deploy(project.WorkerRegistry, staking.factory, world.registry, staking.parameters, parameters)
    bond = deployer.deploy(project.OperatorBond, staking.token, staking.factory, staking.parameters)
    core = (staking.manager, staking.token, staking.factory, staking.parameters)
    slashes = deployer.deploy(project.SlashManager, *core, bond, treasury)
    for module, contract in ((SLASH_MANAGER, slashes), (WORKER_REGISTRY, workers)):
        staking.factory.setModule(module, contract, sender=deployer)
    ground = deployer.deploy(
        project.PlatformKeyRevocation, staking.manager, world.registry, staking.factory, [STAY, GAP], 2
    )
    slashes.setGround(ground, True, sender=deployer)
    pool = staking.create_pool(operator)
    staking.fund(pool, [delegator])
    pool.deposit(10 * STAKE, delegator, sender=delegator)
    for number in (1, 2):
        key = Account.from_key(number.to_bytes(32, "big"))
        world.attest(key.address)
        signature = consent(chain.chain_id, workers, key, pool, 100, 0)
        workers.register(key.address, pool, 100, FOREVER, signature, sender=operator)
        workers.start(key.address, STAKE, sender=operator)
    for key in (KEY, OTHER):
        world.attest(key)
    return SimpleNamespace(
        world=world, staking=staking, workers=workers, slashes=slashes, ground=ground, pool=pool, operator=operator
    )


@pytest.fixture(scope="module")
def town(project, chain, deployer, treasury, accounts):
    return deploy_town(project, chain, deployer, treasury, accounts[5], accounts[6])


@pytest.fixture
def world(town):
    specs = dict(town.world.specs)
    yield town.world
    town.world.specs = specs


def revoke(world, kind=SGX) -> None:
    world.list_certificates(kind, world.specs[kind].pck.serial)


def proof(world, key=KEY, index: int = 0, kind=SGX, *, platform=None, certificates=None, revoked: int = 0) -> bytes:
    """As a reporter makes it from the event of the attestation; the machine from the generator."""
    certificates = world.certificates(world.specs[kind]) if certificates is None else certificates
    platform = world.specs[kind].pck.extension.ppid.ljust(32, b"\0") if platform is None else platform
    return encode(["(address,uint256,bytes32,bytes32[],uint256)"], [(key, index, platform, certificates, revoked)])


def stay(town, seconds: int = STAY, key: str = KEY) -> int:
    """The worker's evidence stands for that long, and someone looks at the end."""
    town.world.pass_time(seconds)
    return town.ground.note(key, sender=town.world.sender).timestamp


# Who is guilty


def test_worker_on_a_revoked_machine_loses_its_levels_part(town, world, stranger):
    seen = stay(town)
    revoke(world)
    offence = town.ground.judge(proof(world))
    assert bytes(offence.worker) == bytes(12) + bytes.fromhex(KEY[2:])
    assert (offence.committedAt, offence.level) == (seen, 2)
    receipt = town.slashes.file(town.ground, proof(world), sender=stranger)
    (claim,) = receipt.decode_logs(town.slashes.ClaimFiled)
    assert (claim.pool, claim.assets) == (town.pool, STAKE // 100)
    town.slashes.execute(1, sender=stranger)
    assert town.pool.totalAssets() == 10 * STAKE - STAKE // 100


def test_it_is_guilty_also_after_it_has_moved(town, world, stranger):
    """Neither new evidence from another machine nor another look takes back what was written down."""
    stay(town)
    world.attest(KEY, TDX)
    town.ground.note(KEY, sender=stranger)
    revoke(world)
    assert world.status(KEY) == (True, "")
    town.slashes.file(town.ground, proof(world), sender=stranger)


def test_it_is_guilty_though_it_renewed_all_the_time(town, world, stranger):
    for _ in range(5):
        world.pass_time(GAP - HOUR)
        world.attest(KEY)
        town.ground.note(KEY, sender=stranger)
    assert town.ground.stayCount(KEY) == 1
    revoke(world)
    town.slashes.file(town.ground, proof(world), sender=stranger)


def test_one_machine_lost_is_one_offence_however_proven(town, world, stranger):
    stay(town)
    revoke(world)
    first = town.ground.judge(proof(world)).id
    town.slashes.file(town.ground, proof(world), sender=stranger)
    # A second stay on the same machine, after the first was ended, and an alarm in the registry.
    world.pass_time(1)
    world.list_certificates(SGX)
    world.attest(KEY, TDX)
    town.ground.note(KEY, sender=stranger)
    world.attest(KEY)
    stay(town)
    revoke(world)
    world.strike(KEY, world.certificates(world.specs[SGX]))
    assert town.ground.judge(proof(world, index=2)).id == first
    with ape.reverts(town.slashes.OffenceAlreadyClaimed):
        town.slashes.file(town.ground, proof(world, index=2), sender=stranger)


def test_each_worker_of_the_machine_answers_for_itself(town, world, stranger):
    stay(town)
    town.ground.note(OTHER, sender=stranger)
    revoke(world)
    ids = {bytes(town.ground.judge(proof(world, key)).id) for key in (KEY, OTHER)}
    assert len(ids) == 2
    for key in (KEY, OTHER):
        town.slashes.file(town.ground, proof(world, key), sender=stranger)


# Who is not


def test_worker_that_somebody_named_on_their_machine_is_not_guilty(town, world, stranger):
    """Whoever holds a machine's key can name any worker. The worker's own next evidence and one look end it."""
    world.attest(KEY, TDX)  # the intruder's machine
    town.ground.note(KEY, sender=stranger)
    for _ in range(3):
        world.pass_time(STAY // 2)
        world.attest(KEY)  # the worker's own
        town.ground.note(KEY, sender=stranger)
        world.attest(KEY, TDX)
        town.ground.note(KEY, sender=stranger)
    revoke(world, TDX)
    for index in range(town.ground.stayCount(KEY)):
        with ape.reverts(town.ground.StayTooShort if index % 2 == 0 else town.ground.CertificatesDiffer):
            town.ground.judge(proof(world, KEY, index, TDX))


def test_looks_too_far_apart_make_no_stay(town, world, stranger):
    """Nobody knows where it was in between, unless its evidence is the very same."""
    town.ground.note(KEY, sender=stranger)
    world.pass_time(GAP + HOUR)
    world.attest(KEY)
    assert town.ground.note(KEY, sender=stranger) is not None
    assert town.ground.stayCount(KEY) == 2
    world.pass_time(2 * GAP)
    town.ground.note(KEY, sender=stranger)
    assert town.ground.stayCount(KEY) == 2


@pytest.mark.parametrize("short", [True, False])
def test_stay_has_to_be_as_long_as_the_parameter_says(town, world, short):
    town.ground.note(KEY, sender=world.sender)
    since = town.ground.stayOf(KEY, 0).since
    assert since == world.registry.recordOf(KEY).attestedAt
    stay(town, since + STAY - world.now() - (2 if short else 0))
    revoke(world)
    if short:
        with ape.reverts(town.ground.StayTooShort):
            town.ground.judge(proof(world))
    else:
        town.ground.judge(proof(world))


def expire(world):
    world.pass_time(30 * DAY)


def recover_tcb(world):
    world.publish(SGX)
    world.observe(KEY)
    world.pass_time(GRACE + HOUR)


def remove_rule(world):
    world.remove_rule(world.identity(world.specs[SGX]), at_once=True)


def revoke_ca(world):
    world.list_authority("processor_ca" if world.specs[SGX].pck.ca == "processor" else "platform_ca")


def revoke_signer(world):
    world.list_authority("tcb_signing")
    world.observe(KEY)


@pytest.mark.parametrize("happening", [expire, recover_tcb, remove_rule, revoke_ca, revoke_signer])
def test_what_is_no_fault_of_the_workers_is_no_offence(town, world, happening):
    stay(town)
    happening(world)
    if happening is revoke_ca:
        world.strike(KEY, world.certificates(world.specs[SGX]))
    assert not world.registry.isAttested(KEY)
    with ape.reverts(town.ground.NoOffence):
        town.ground.judge(proof(world))


def test_a_retired_readers_word_is_not_taken(town, world):
    stay(town)
    revoke(world)
    send(world.sender, world.registry.retireReader, world.ground(KEY)[0])
    with ape.reverts(town.ground.ReaderNotServing):
        town.ground.judge(proof(world))


def test_what_is_no_longer_listed_is_no_offence(town, world):
    stay(town)
    revoke(world)
    town.ground.judge(proof(world))
    world.pass_time(1)
    world.list_certificates(SGX)
    with ape.reverts(town.ground.NoOffence):
        town.ground.judge(proof(world))


# When


def test_nothing_counts_from_before_the_stake_was_locked(town, world, chain, stranger):
    key = Account.from_key((3).to_bytes(32, "big"))
    world.attest(key.address)
    with ape.reverts(town.ground.NothingLocked, key=key.address):
        town.ground.note(key.address, sender=stranger)
    world.pass_time(STAY)
    signature = consent(chain.chain_id, town.workers, key, town.pool, 100, 0)
    town.workers.register(key.address, town.pool, 100, FOREVER, signature, sender=town.operator)
    town.workers.start(key.address, STAKE, sender=town.operator)
    seen = town.ground.note(key.address, sender=stranger).timestamp
    assert tuple(town.ground.stayOf(key.address, 0))[1:3] == (seen, seen)
    revoke(world)
    with ape.reverts(town.ground.StayTooShort):
        town.ground.judge(proof(world, key.address))


def test_nothing_can_be_noted_once_the_evidence_does_not_count(town, world, stranger):
    revoke(world)
    world.strike(KEY, world.certificates(world.specs[SGX]))
    with ape.reverts(town.ground.NotAttested, key=KEY, reason=word("CertificateRevoked")):
        town.ground.note(KEY, sender=stranger)


def test_whoever_left_long_ago_is_left_alone(town, world, stranger):
    stay(town)
    world.attest(KEY, TDX)
    world.pass_time(7 * DAY + HOUR)
    revoke(world)
    town.ground.judge(proof(world))
    with ape.reverts(town.slashes.EvidenceStale):
        town.slashes.file(town.ground, proof(world), sender=stranger)


# Proofs and tunables


def test_other_certificates_prove_nothing(town, world):
    stay(town)
    revoke(world)
    good = world.certificates(world.specs[SGX])
    wrong = [
        {"certificates": []},
        {"certificates": world.certificates(world.specs[TDX])},
        {"certificates": good * 2},
        {"platform": bytes(32)},
        {"revoked": 1},
        {"revoked": 2**255},
    ]
    for changes in wrong:
        with ape.reverts(town.ground.CertificatesDiffer):
            town.ground.judge(proof(world, **changes))
    with ape.reverts(town.ground.StayUnknown, key=KEY, index=1):
        town.ground.judge(proof(world, index=1))
    with ape.reverts(town.ground.StayUnknown, key=OTHER, index=0):
        town.ground.judge(proof(world, OTHER))


def test_levels_are_governed_and_never_all_of_the_stake(town, world, deployer, stranger):
    ground, name = town.ground, word("PckRevoked")
    stay(town)
    revoke(world)
    receipt = ground.setLevel(name, 3, sender=deployer)
    (event,) = receipt.decode_logs(ground.LevelSet)
    assert (event.oldLevel, event.newLevel) == (2, 3)
    assert ground.judge(proof(world)).level == 3
    with ape.reverts(ground.LevelOutOfBounds, problem=name, level=4, highest=3):
        ground.setLevel(name, 4, sender=deployer)
    with ape.reverts(ground.AccessManagedUnauthorized, caller=stranger):
        ground.setLevel(name, 1, sender=stranger)
    ground.setLevel(name, 0, sender=deployer)
    with ape.reverts(ground.NoOffence):
        ground.judge(proof(world))


@pytest.mark.parametrize(("number", "lowest", "highest"), [(STAY_SECONDS, DAY, 14 * DAY), (GAP_SECONDS, HOUR, 3 * DAY)])
def test_tunables_keep_to_their_bounds(town, deployer, stranger, number, lowest, highest):
    ground = town.ground
    assert tuple(ground.boundsOf(number)) == (lowest, highest)
    for value in (lowest, highest):
        old = ground.get(number)
        (event,) = ground.set(number, value, sender=deployer).decode_logs(ground.ParameterSet)
        assert (event.oldValue, event.newValue, ground.get(number)) == (old, value, value)
    for value in (lowest - 1, highest + 1):
        with ape.reverts(ground.ParameterOutOfBounds):
            ground.set(number, value, sender=deployer)
    with ape.reverts(ground.AccessManagedUnauthorized, caller=stranger):
        ground.set(number, lowest, sender=stranger)


def test_deployment_keeps_to_the_bounds(project, town, deployer):
    core = (town.staking.manager, town.world.registry, town.staking.factory)
    with deployment_reverts(project.PlatformKeyRevocation, "ParameterOutOfBounds"):
        deployer.deploy(project.PlatformKeyRevocation, *core, [STAY, 1], 2)
    with deployment_reverts(project.PlatformKeyRevocation, "LevelOutOfBounds"):
        deployer.deploy(project.PlatformKeyRevocation, *core, [STAY, GAP], 4)
