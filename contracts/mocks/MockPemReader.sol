// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {PemReader} from "../attestation/intel/PemReader.sol";

/// @title The PEM reader, callable by tests
contract MockPemReader {
    /// @notice See {PemReader-decodeFirst}.
    function decodeFirst(bytes calldata text) external pure returns (bool complete, bytes memory der) {
        return PemReader.decodeFirst(text);
    }
}
