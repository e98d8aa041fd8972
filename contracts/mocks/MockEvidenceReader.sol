// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IEvidenceReader} from "../attestation/registry/IEvidenceReader.sol";

/// @title A reader of a kind that only tests know: it finds what it is told to find
contract MockEvidenceReader is IEvidenceReader {
    bytes32 private immutable KIND;

    Findings private _findings;
    uint96 private _epoch;
    bytes32 private _problem;
    address private _callee;
    bytes private _call;

    constructor(bytes32 kind_) {
        KIND = kind_;
    }

    /// @inheritdoc IEvidenceReader
    function kind() external view returns (bytes32) {
        return KIND;
    }

    function setFindings(Findings calldata findings) external {
        _findings = findings;
    }

    function setEpoch(uint96 epoch) external {
        _epoch = epoch;
    }

    function setProblem(bytes32 problem) external {
        _problem = problem;
    }

    /// @notice What to call in the midst of reading; nothing where `data` is empty.
    function setCallback(address callee, bytes calldata data) external {
        (_callee, _call) = (callee, data);
    }

    /// @inheritdoc IEvidenceReader
    function read(bytes calldata, uint256, bytes32, bytes calldata) external returns (Findings memory) {
        if (_call.length != 0) {
            (bool success, bytes memory answer) = _callee.call(_call);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(answer, 0x20), mload(answer))
                }
            }
        }
        return _findings;
    }

    /// @inheritdoc IEvidenceReader
    function epochOf(bytes32) external view returns (uint96) {
        return _epoch;
    }

    /// @inheritdoc IEvidenceReader
    function groundProblem(bytes32) external view returns (bytes32) {
        return _problem;
    }

    /// @inheritdoc IEvidenceReader
    function certificateProblem(bytes32) external view returns (bytes32) {
        return _problem;
    }
}
