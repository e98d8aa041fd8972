// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DataBlob} from "../DataBlob.sol";
import {TcbStatus} from "../TcbStatus.sol";

/// @title Judging a quoting enclave by a packed identity
/// @notice The packed form is {EnclaveIdentityReader}'s. Rules: Provisioning Certification Service API, version 4, "Get
/// Quoting Enclave Identity".
library EnclaveIdentityView {
    uint256 private constant HEADER_BYTES = 75;
    uint256 private constant LEVEL_BYTES = 16;
    /// @dev DEBUG, the second bit of ATTRIBUTES, in a word that begins with them.
    uint256 private constant DEBUG = 2 << 248;

    /// @notice Copy a packed identity to memory.
    function open(address packed) internal view returns (uint256 position) {
        (position, ) = DataBlob.read(packed);
    }

    /// @notice Memory address of the advisories' names.
    function advisories(uint256 position) internal pure returns (uint256) {
        return position + HEADER_BYTES + LEVEL_BYTES * (_load(position) >> 248);
    }

    /// @notice Whether an enclave's report is that of the enclave described, and how well it is kept.
    /// @param report Memory address of the report
    /// @return reason Short ASCII name of what is wrong; zero where nothing is
    /// @return status Status of the best level its SVN reaches
    /// @return mask That level's advisories
    function matchReport(
        uint256 position,
        uint256 report
    ) internal pure returns (bytes32 reason, TcbStatus status, uint256 mask) {
        uint256 difference = (_load(report + 16) ^ _load(position + 1)) & _load(position + 5);
        if (difference >> 224 != 0) return ("QeMiscSelect", status, 0);
        uint256 attributes = _load(report + 48);
        // An enclave open to debugging vouches for nothing, even if the mask does not ask.
        if (attributes & DEBUG != 0) return ("QeDebug", status, 0);
        difference = (attributes ^ _load(position + 11)) & _load(position + 27);
        if (difference >> 128 != 0) return ("QeAttributes", status, 0);
        if (_load(report + 128) != _load(position + 43)) return ("QeSigner", status, 0);
        // Reports are little-endian.
        uint256 numbers = _load(report + 256);
        if (_swap(numbers >> 240) != (_load(position + 9) >> 240)) return ("QeProductId", status, 0);
        uint256 isvSvn = _swap((numbers >> 224) & 0xffff);
        uint256 levels = _load(position) >> 248;
        for (uint256 i; i < levels; ++i) {
            uint256 value = _load(position + HEADER_BYTES + LEVEL_BYTES * i);
            if (isvSvn >= value >> 240) {
                return (0, TcbStatus((value >> 232) & 0xff), (value >> 128) & ((1 << 104) - 1));
            }
        }
        return ("QeTooOld", status, 0);
    }

    function _swap(uint256 value) private pure returns (uint256) {
        return ((value & 0xff) << 8) | (value >> 8);
    }

    function _load(uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }
}
