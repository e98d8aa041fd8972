// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TcbStatus} from "../TcbStatus.sol";

/// @title What NVIDIA's drivers and VBIOSes measure when they are as NVIDIA made them
/// @notice The golden values of NVIDIA's RIM files, put in by governance. A set belongs to one driver version on one
/// model, or to one VBIOS version on one board. In a set stand, rising by index, the measurements to be compared:
///
///     index (1, from 1 on, as in the report), number of values (1), the values (48 each); any of them will do
///
/// What a set doesn't name may be anything. Driver and VBIOS must not name the same index.
interface INvidiaReferences {
    /// @notice A set.
    /// @param values Where the entries lie; zero where there is no set
    /// @param status How the version it belongs to is judged: UpToDate, OutOfDate or Revoked
    /// @param revision Number of the change by which it came to be as it is
    struct ReferenceSet {
        address values;
        TcbStatus status;
        uint32 revision;
    }

    /// @notice A set was put in, or changed.
    event SetPut(bytes32 indexed id, TcbStatus status, uint256 revision, string source);

    /// @notice Thrown when a set's entries are not as described above.
    error EntriesMalformed(uint256 position);

    /// @notice Thrown when a status is none of the three that a version can have.
    error StatusUnsupported(TcbStatus status);

    /// @notice Thrown when the status of a set is to be changed that is not there.
    error SetUnknown(bytes32 id);

    /// @notice Put a set in, or another in its place. Only for the role that the access manager names.
    /// @param id See {driverId} and {vbiosId}
    /// @param entries As described above
    /// @param source For people: which RIM file the values come from
    function putSet(bytes32 id, bytes calldata entries, TcbStatus status, string calldata source) external;

    /// @notice Judge a version anew, as when a flaw in it has become known. Only for the role that the access manager
    /// names.
    /// @param source For people: where that was published
    function setStatus(bytes32 id, TcbStatus status, string calldata source) external;

    /// @notice A set.
    function getSet(bytes32 id) external view returns (ReferenceSet memory);

    /// @notice How often something was said that can make a version count for less: a set that was there already was
    /// changed, or a first one came that isn't UpToDate. A verdict bears this number, so that whoever keeps one sees in one
    /// read whether it may have to be renewed. A new version's set that is UpToDate doesn't move it. Who allows versions
    /// without a set has those judged anew when one is put in: its values may differ from what was measured.
    function epoch() external view returns (uint256);

    /// @notice Id of a driver's set.
    /// @param model Such as GH100, left-aligned
    /// @param version Such as 580.159.03
    function driverId(bytes32 model, bytes calldata version) external pure returns (bytes32);

    /// @notice Id of a VBIOS's set.
    /// @param version The eight bytes of the report
    function vbiosId(
        bytes calldata project,
        bytes calldata projectSku,
        bytes calldata chipSku,
        bytes8 version
    ) external pure returns (bytes32);
}
