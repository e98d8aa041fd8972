// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The keys under which Intel's texts are kept
library CollateralKey {
    /// @notice Identity of the quoting enclave of SGX.
    bytes32 internal constant QE = "QE";
    /// @notice Identity of the quoting enclave of TDX.
    bytes32 internal constant TD_QE = "TD_QE";

    /// @notice TCB Info of one kind of platform: `SGX` or `TDX` in front, the FMSPC in the last six bytes.
    function tcbInfo(bool isTdx, bytes6 fmspc) internal pure returns (bytes32) {
        return (isTdx ? bytes32("TDX") : bytes32("SGX")) | bytes32(uint256(uint48(fmspc)));
    }
}
