// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ISlashGround} from "../../staking/interfaces/ISlashGround.sol";
import {IStakePool} from "../../staking/interfaces/IStakePool.sol";
import {IStakePoolFactory} from "../../staking/interfaces/IStakePoolFactory.sol";
import {IWorkerLocks} from "../../staking/interfaces/IWorkerLocks.sol";
import {IAttestationRegistry} from "./IAttestationRegistry.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";
import {IPlatformKeyRevocation} from "./IPlatformKeyRevocation.sol";

/// @title A worker that stayed on a machine whose own attestation key its vendor has revoked
/// @notice See {IPlatformKeyRevocation}.
contract PlatformKeyRevocation is IPlatformKeyRevocation, AccessManaged {
    using SafeCast for uint256;

    /// @dev A vendor's word is no proof of ill will: never all of the stake.
    uint8 private constant HIGHEST_LEVEL = 3;
    /// @dev As Intel's reader names it. AMD numbers no chip's certificate, so that its lists name all or none; NVIDIA's verdict
    /// does not tell a device's own key from its firmware or what stands above it.
    bytes32 private constant INTEL_PROBLEM = "PckRevoked";

    IAttestationRegistry private immutable REGISTRY;
    /// @dev The registry as well.
    IEvidenceRouter private immutable READERS;
    IStakePoolFactory private immutable FACTORY;

    /// @inheritdoc IPlatformKeyRevocation
    mapping(bytes32 problem => uint8) public levelOf;
    mapping(Parameter parameter => uint256) private _values;
    mapping(address key => Stay[]) private _stays;

    /// @param authority The access manager.
    /// @param values One for each parameter, in their order.
    /// @param level What a revoked PCK certificate costs.
    constructor(
        address authority,
        IAttestationRegistry registry,
        IStakePoolFactory factory,
        uint256[2] memory values,
        uint8 level
    ) AccessManaged(authority) {
        (REGISTRY, READERS, FACTORY) = (registry, IEvidenceRouter(address(registry)), factory);
        _set(Parameter.StaySeconds, values[0]);
        _set(Parameter.GapSeconds, values[1]);
        _setLevel(INTEL_PROBLEM, level);
    }

    /// @inheritdoc IPlatformKeyRevocation
    function note(address key) external returns (uint256 index) {
        (bool attested, bytes32 reason) = REGISTRY.statusOf(key);
        require(attested, NotAttested(key, reason));
        IAttestationRegistry.Record memory record = REGISTRY.recordOf(key);
        address pool = _poolAt(key, block.timestamp);
        require(pool != address(0), NothingLocked(key));
        // Of evidence accepted while the same stake stood behind the worker it is certain that it held until now.
        uint256 since = _poolAt(key, record.attestedAt) == pool ? record.attestedAt : block.timestamp;
        Stay memory now_ = Stay({
            certificatesTag: record.certificatesTag,
            since: since.toUint40(),
            until: uint40(block.timestamp),
            serial: record.serial,
            poolId: IStakePool(pool).poolId().toUint32()
        });

        Stay[] storage stays = _stays[key];
        index = stays.length;
        if (index != 0 && _continues(stays[index - 1], now_, record.attestedAt)) {
            --index;
            now_.since = stays[index].since;
            stays[index] = now_;
        } else {
            stays.push(now_);
        }
        emit StayNoted(key, index, now_.certificatesTag, now_.since, now_.until);
    }

    /// @inheritdoc IPlatformKeyRevocation
    function set(Parameter parameter, uint256 value) external restricted {
        _set(parameter, value);
    }

    /// @inheritdoc IPlatformKeyRevocation
    function setLevel(bytes32 problem, uint8 level) external restricted {
        _setLevel(problem, level);
    }

    /// @inheritdoc ISlashGround
    function judge(bytes calldata evidence) external view returns (Offence memory offence) {
        Evidence memory proof = abi.decode(evidence, (Evidence));
        Stay memory stay = stayOf(proof.key, proof.index);
        require(
            stay.certificatesTag == REGISTRY.certificatesTagOf(proof.platform, proof.certificates) &&
                proof.revoked < proof.certificates.length,
            CertificatesDiffer(proof.key, proof.index)
        );
        uint256 needed = _values[Parameter.StaySeconds];
        require(stay.until - stay.since >= needed, StayTooShort(stay.until - stay.since, needed));
        require(!READERS.isRetired(stay.serial), ReaderNotServing(stay.serial));
        bytes32 certificate = proof.certificates[proof.revoked];
        bytes32 problem = READERS.readerBySerial(stay.serial).certificateProblem(certificate);
        offence.level = levelOf[problem];
        require(problem != 0 && offence.level != 0, NoOffence(certificate, problem));

        // A CPU may have a certificate for each TCB level it has had: to lose its key is one offence all the same.
        bytes32 lost = proof.revoked == 0 ? proof.platform : certificate;
        offence.id = keccak256(abi.encode(address(REGISTRY), proof.key, lost));
        offence.worker = _idOf(proof.key);
        offence.committedAt = stay.until;
    }

    /// @inheritdoc IPlatformKeyRevocation
    function stayCount(address key) external view returns (uint256) {
        return _stays[key].length;
    }

    /// @inheritdoc IPlatformKeyRevocation
    function get(Parameter parameter) external view returns (uint256) {
        return _values[parameter];
    }

    /// @inheritdoc IPlatformKeyRevocation
    function stayOf(address key, uint256 index) public view returns (Stay memory) {
        require(index < _stays[key].length, StayUnknown(key, index));
        return _stays[key][index];
    }

    /// @inheritdoc IPlatformKeyRevocation
    function boundsOf(Parameter parameter) public pure returns (uint256 lowest, uint256 highest) {
        if (parameter == Parameter.StaySeconds) return (1 days, 14 days);
        return (1 hours, 3 days); // GapSeconds
    }

    /// @dev Whether a look goes on with the last stay: the same machine and stake, and either the very evidence of the look
    /// before, or another soon after it.
    function _continues(Stay memory last, Stay memory now_, uint256 attestedAt) private view returns (bool) {
        return
            last.certificatesTag == now_.certificatesTag &&
            last.serial == now_.serial &&
            last.poolId == now_.poolId &&
            (attestedAt <= last.until || now_.until - last.until <= _values[Parameter.GapSeconds]);
    }

    function _poolAt(address key, uint256 time) private view returns (address pool) {
        IWorkerLocks locks = IWorkerLocks(FACTORY.module(IStakePoolFactory.Module.WorkerRegistry));
        (pool, , , ) = locks.lockAt(_idOf(key), uint48(time)); // of a block or a record, which keeps 32 bits
    }

    function _idOf(address key) private pure returns (bytes32) {
        return bytes32(uint256(uint160(key)));
    }

    function _set(Parameter parameter, uint256 value) private {
        (uint256 lowest, uint256 highest) = boundsOf(parameter);
        require(value >= lowest && value <= highest, ParameterOutOfBounds(parameter, value, lowest, highest));
        emit ParameterSet(parameter, _values[parameter], value);
        _values[parameter] = value;
    }

    function _setLevel(bytes32 problem, uint8 level) private {
        require(level <= HIGHEST_LEVEL, LevelOutOfBounds(problem, level, HIGHEST_LEVEL));
        emit LevelSet(problem, levelOf[problem], level);
        levelOf[problem] = level;
    }
}
