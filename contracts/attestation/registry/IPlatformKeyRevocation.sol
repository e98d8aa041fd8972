// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISlashGround} from "../../staking/interfaces/ISlashGround.sol";

/// @title A worker that stayed on a machine whose own attestation key its vendor has revoked
/// @notice A vendor revokes one machine's key when it is out of the hardware: whoever holds it can attest anything. Keeping the
/// machine safe is the operator's part, and so what was earned with its word is answered for with the stake behind it.
///
/// Evidence binds a machine to a worker's key, but not the key to the machine: who holds a machine's key can name anybody's
/// worker in a report, and the registry keeps the newest report, whoever made it. So one report proves nothing here. A worker
/// must have *stayed* on the machine: its verdict, which counted, must have been seen on these certificates for
/// `StaySeconds`, with its stake locked, no two looks further apart than `GapSeconds` unless the evidence was the same, and not once
/// on another machine. Looks are written down (`note`), since the registry keeps only the newest verdict; with them a stay is
/// proven also after the worker has moved on.
///
/// No offence, because no fault of the worker's: evidence that ends with its dates; a vendor's newer evaluation, a TCB level
/// that Intel revokes for a whole model; a revoked CA, signer or root above the machine; a rule that governance or
/// the guardian replaced or removed, a reader that was retired. Nor debug evidence: rules refuse it at the door, so what
/// got in got in by a mistake of ours, and on a debug machine anyone can write any worker's key into a report.
///
/// Trusted: the attestation registry and its readers, but those it has retired; the staking factory's worker registry; governance
/// for levels within bounds. Not trusted: reporters, who can add looks and nothing else.
interface IPlatformKeyRevocation is ISlashGround {
    /// @notice Tunables.
    enum Parameter {
        StaySeconds,
        GapSeconds
    }

    /// @notice A stretch of time in which a worker was seen on one machine, with one pool's stake behind it.
    /// @param certificatesTag What the registry knows the machine and its certificates by
    /// @param since First second for which that is certain
    /// @param until When it was last seen
    /// @param serial The reader's
    /// @param poolId Whose stake was locked
    struct Stay {
        bytes16 certificatesTag;
        uint40 since;
        uint40 until;
        uint8 serial;
        uint32 poolId;
    }

    /// @notice What `judge` takes, as ABI-encoded tuple.
    /// @param key The worker
    /// @param index Of its stay
    /// @param platform The machine
    /// @param certificates All its certificates, as in the event of the attestation
    /// @param revoked Which of them is revoked; 0 is the CPU's
    struct Evidence {
        address key;
        uint256 index;
        bytes32 platform;
        bytes32[] certificates;
        uint256 revoked;
    }

    /// @notice A worker was seen on a machine.
    event StayNoted(address indexed key, uint256 indexed index, bytes16 certificatesTag, uint256 since, uint256 until);
    /// @notice A value was set; at construction the old one is zero.
    event ParameterSet(Parameter indexed parameter, uint256 oldValue, uint256 newValue);
    /// @notice What a problem of a machine's own certificate costs was set.
    event LevelSet(bytes32 indexed problem, uint8 oldLevel, uint8 newLevel);

    /// @notice Thrown when a worker's evidence doesn't count now.
    error NotAttested(address key, bytes32 reason);
    /// @notice Thrown when no pool's stake is locked for a worker.
    error NothingLocked(address key);
    /// @notice Thrown when a worker has no such stay.
    error StayUnknown(address key, uint256 index);
    /// @notice Thrown when machine and certificates are not those of the stay.
    error CertificatesDiffer(address key, uint256 index);
    /// @notice Thrown when a worker wasn't on the machine for long enough.
    error StayTooShort(uint256 stayed, uint256 needed);
    /// @notice Thrown when a reader that was retired would have to be believed.
    error ReaderNotServing(uint256 serial);
    /// @notice Thrown when what is wrong with a certificate is no offence; `problem` is zero where nothing is.
    error NoOffence(bytes32 certificate, bytes32 problem);
    /// @notice Thrown when a level is higher than any may be.
    error LevelOutOfBounds(bytes32 problem, uint256 level, uint256 highest);
    /// @notice Thrown when a value lies outside its bounds.
    error ParameterOutOfBounds(Parameter parameter, uint256 value, uint256 lowest, uint256 highest);

    /// @notice Write down on which machine a worker is. Anyone. A worker that has moved needs one look on its new machine to end
    /// its stay on the former one.
    function note(address key) external returns (uint256 index);

    /// @notice Set a tunable. Restricted.
    function set(Parameter parameter, uint256 value) external;

    /// @notice Set what a problem costs, as the readers name it; zero makes it no offence. Restricted. Only such problems
    /// belong here that concern one machine's own key.
    function setLevel(bytes32 problem, uint8 level) external;

    /// @notice A worker's stay by its number, counted from 0.
    function stayOf(address key, uint256 index) external view returns (Stay memory);

    /// @notice How many stays a worker has had.
    function stayCount(address key) external view returns (uint256);

    /// @notice What a problem costs; zero where it is no offence.
    function levelOf(bytes32 problem) external view returns (uint8);

    /// @notice A tunable's value.
    function get(Parameter parameter) external view returns (uint256);

    /// @notice Between which values, both included, a tunable stays.
    function boundsOf(Parameter parameter) external pure returns (uint256 lowest, uint256 highest);
}
