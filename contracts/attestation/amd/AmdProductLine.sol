// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AmdProduct} from "./AmdProduct.sol";

/// @title How AMD's product lines are named, numbered and told apart
/// @notice Names: AMD 57230, "Versioned Chip Endorsement Key Certificate and KDS Interface Specification". CPUID families
/// and models: AMD's processor programming references.
library AmdProductLine {
    /// @dev All three names have five letters.
    uint256 internal constant NAME_BYTES = 5;

    /// @notice The line's name, left-aligned.
    function nameOf(AmdProduct product) internal pure returns (bytes32) {
        if (product == AmdProduct.Milan) return "Milan";
        if (product == AmdProduct.Genoa) return "Genoa";
        return "Turin";
    }

    /// @notice The line of a processor that names its family and model; `None` where it is of no line known here.
    function ofProcessor(uint256 family, uint256 model) internal pure returns (AmdProduct) {
        if (family == 0x19) {
            if (model < 0x10) return AmdProduct.Milan;
            // 0xa0 to 0xaf: Bergamo and Siena.
            if (model < 0x20 || model & 0xf0 == 0xa0) return AmdProduct.Genoa;
        } else if (family == 0x1a && model < 0x20) {
            return AmdProduct.Turin;
        }
        return AmdProduct.None;
    }

    /// @notice Whether a certificate's product name, such as `Milan-B0` or `Turin`, belongs to a line.
    /// @param name The name, left-aligned, zeros behind it
    function isNamed(AmdProduct product, bytes32 name) internal pure returns (bool) {
        if (_begins(name, nameOf(product), NAME_BYTES)) return true;
        return product == AmdProduct.Genoa && (_begins(name, "Siena", 5) || _begins(name, "Bergamo", 7));
    }

    /// @dev The line's name alone, or with a hyphen and the stepping.
    function _begins(bytes32 name, bytes32 line, uint256 length) private pure returns (bool) {
        if (uint256(name ^ line) >> (256 - 8 * length) != 0) return false;
        bytes1 next = name[length];
        return next == 0 || next == "-";
    }
}
