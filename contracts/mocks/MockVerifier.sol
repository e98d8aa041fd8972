// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Answers every call with given bytes, whatever it is asked
contract MockVerifier {
    bytes private _answer;
    bool private immutable REVERTS;
    uint256 private immutable PADDING;

    /// @param answer What comes back.
    /// @param reverts Whether it comes back as a revert.
    /// @param padding Zero bytes appended to it.
    constructor(bytes memory answer, bool reverts, uint256 padding) {
        _answer = answer;
        REVERTS = reverts;
        PADDING = padding;
    }

    fallback() external {
        bytes memory answer = _answer;
        uint256 size = answer.length + PADDING;
        bool reverts = REVERTS;
        assembly {
            if reverts {
                revert(add(answer, 32), size)
            }
            return(add(answer, 32), size)
        }
    }
}
