// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {PckCertificate} from "../attestation/intel/PckCertificate.sol";
import {RevocationListReader} from "../attestation/intel/RevocationListReader.sol";
import {X509Certificate} from "../attestation/intel/X509Certificate.sol";

/// @title The readers of certificates and revocation lists, callable by tests
contract MockCertificateReader {
    using X509Certificate for X509Certificate.Fields;

    /// @notice See {X509Certificate-parse}; and what its memory addresses lead to.
    function parseCertificate(
        bytes memory der
    ) external view returns (X509Certificate.Fields memory fields, bytes memory commonName, bytes memory extension) {
        fields = X509Certificate.parse(der);
        commonName = _copy(fields.commonName, fields.commonName + fields.commonNameLength);
        extension = _copy(fields.extension, fields.extensionEnd);
    }

    /// @notice See {X509Certificate-commonNameEndsWith}.
    function commonNameEndsWith(bytes memory der, bytes32 suffix, uint256 length) external view returns (bool) {
        return X509Certificate.parse(der).commonNameEndsWith(suffix, length);
    }

    /// @notice See {RevocationListReader-parse}.
    function parseRevocationList(bytes memory der) external view returns (RevocationListReader.Fields memory) {
        return RevocationListReader.parse(der);
    }

    /// @notice See {PckCertificate-parse}, of an extension's value.
    function parsePlatform(bytes memory extension) external pure returns (PckCertificate.Platform memory) {
        uint256 position;
        assembly ("memory-safe") {
            position := add(extension, 0x20)
        }
        return PckCertificate.parse(position, position + extension.length);
    }

    function _copy(uint256 position, uint256 end) private pure returns (bytes memory copy) {
        copy = new bytes(end - position);
        assembly ("memory-safe") {
            mcopy(add(copy, 0x20), position, mload(copy))
        }
    }
}
