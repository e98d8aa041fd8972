// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {DataBlob} from "../DataBlob.sol";
import {TcbStatus} from "../TcbStatus.sol";
import {INvidiaReferences} from "./INvidiaReferences.sol";

/// @title What NVIDIA's drivers and VBIOSes measure when they are as NVIDIA made them
/// @notice See {INvidiaReferences}; why governance puts them in: "References" in the domain's README.
contract NvidiaReferences is INvidiaReferences, AccessManaged {
    uint256 private constant DIGEST_BYTES = 48;

    /// @inheritdoc INvidiaReferences
    uint256 public epoch;

    uint32 private _revisions;
    mapping(bytes32 id => ReferenceSet) private _sets;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc INvidiaReferences
    function putSet(bytes32 id, bytes calldata entries, TcbStatus status, string calldata source) external restricted {
        _requireWellFormed(entries);
        bytes memory data = entries;
        uint256 position;
        assembly ("memory-safe") {
            position := add(data, 0x20)
        }
        // A version without a set can have been accepted as unknown, by who allowed that.
        if (_sets[id].values != address(0) || status != TcbStatus.UpToDate) ++epoch;
        _sets[id].values = DataBlob.write(position, data.length);
        _setStatus(id, status, source);
    }

    /// @inheritdoc INvidiaReferences
    function setStatus(bytes32 id, TcbStatus status, string calldata source) external restricted {
        require(_sets[id].values != address(0), SetUnknown(id));
        ++epoch;
        _setStatus(id, status, source);
    }

    /// @inheritdoc INvidiaReferences
    function getSet(bytes32 id) external view returns (ReferenceSet memory) {
        return _sets[id];
    }

    /// @inheritdoc INvidiaReferences
    function driverId(bytes32 model, bytes calldata version) external pure returns (bytes32) {
        return keccak256(abi.encode("nvidia.driver", model, version));
    }

    /// @inheritdoc INvidiaReferences
    function vbiosId(
        bytes calldata project,
        bytes calldata projectSku,
        bytes calldata chipSku,
        bytes8 version
    ) external pure returns (bytes32) {
        return keccak256(abi.encode("nvidia.vbios", project, projectSku, chipSku, version));
    }

    function _setStatus(bytes32 id, TcbStatus status, string calldata source) private {
        require(
            status == TcbStatus.UpToDate || status == TcbStatus.OutOfDate || status == TcbStatus.Revoked,
            StatusUnsupported(status)
        );
        uint32 revision = ++_revisions;
        _sets[id].status = status;
        _sets[id].revision = revision;
        emit SetPut(id, status, revision, source);
    }

    /// @dev A set without entries would accept anything, so there is at least one.
    function _requireWellFormed(bytes calldata entries) private pure {
        uint256 position;
        uint256 last;
        while (true) {
            require(position + 2 <= entries.length, EntriesMalformed(position));
            uint256 index = uint8(entries[position]);
            uint256 count = uint8(entries[position + 1]);
            require(index > last && count != 0, EntriesMalformed(position));
            last = index;
            position += 2 + count * DIGEST_BYTES;
            if (position == entries.length) return;
        }
    }
}
