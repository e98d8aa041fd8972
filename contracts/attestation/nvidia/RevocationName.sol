// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title By what revocations know certificates, keys and firmware
/// @dev The three kinds can't meet: a certificate's name hashes three words, the others two, of which the first is a tag.
library RevocationName {
    bytes32 private constant KEY = "nvidia.key";
    bytes32 private constant FIRMWARE = "nvidia.firmware";

    /// @notice See {INvidiaRevocations-nameOf}.
    function ofCertificate(bytes32 issuer, bytes32 issuerKey, bytes32 serial) internal pure returns (bytes32) {
        return keccak256(abi.encode(issuer, issuerKey, serial));
    }

    /// @notice See {INvidiaRevocations-nameOfKey}.
    function ofKey(bytes32 keyHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(KEY, keyHash));
    }

    /// @notice See {INvidiaRevocations-nameOfFirmware}.
    function ofFirmware(bytes32 firmware) internal pure returns (bytes32) {
        return keccak256(abi.encode(FIRMWARE, firmware));
    }
}
