// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TcbStatus} from "../attestation/TcbStatus.sol";
import {EnclaveIdentityReader} from "../attestation/intel/EnclaveIdentityReader.sol";
import {StatusConvergence} from "../attestation/intel/StatusConvergence.sol";
import {TcbInfoReader} from "../attestation/intel/TcbInfoReader.sol";

/// @title The readers of Intel's signed texts, callable by tests
contract MockCollateralReader {
    /// @notice See {TcbInfoReader-parse}; and the packed form.
    function parseTcbInfo(
        bytes calldata text
    ) external pure returns (TcbInfoReader.Fields memory fields, bytes memory packed) {
        fields = TcbInfoReader.parse(text);
        packed = _copy(fields.packedAt, fields.packedLength);
    }

    /// @notice See {EnclaveIdentityReader-parse}; and the packed form.
    function parseIdentity(
        bytes calldata text
    ) external pure returns (EnclaveIdentityReader.Fields memory fields, bytes memory packed) {
        fields = EnclaveIdentityReader.parse(text);
        packed = _copy(fields.packedAt, fields.packedLength);
    }

    /// @notice See {StatusConvergence-withPart}.
    function withPart(TcbStatus platform, TcbStatus part) external pure returns (TcbStatus) {
        return StatusConvergence.withPart(platform, part);
    }

    /// @notice See {StatusConvergence-withCurrent}.
    function withCurrent(TcbStatus launch, TcbStatus current) external pure returns (TcbStatus) {
        return StatusConvergence.withCurrent(launch, current);
    }

    function _copy(uint256 position, uint256 size) private pure returns (bytes memory copy) {
        copy = new bytes(size);
        assembly ("memory-safe") {
            mcopy(add(copy, 0x20), position, size)
        }
    }
}
