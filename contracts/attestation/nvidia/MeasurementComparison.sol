// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DataBlob} from "../DataBlob.sol";
import {SpdmReport} from "./SpdmReport.sol";

/// @title A report's measurements against sets of reference values
/// @notice See INvidiaReferences for the form of a set, which the contract that keeps them has checked.
library MeasurementComparison {
    /// @dev Measures the first video decoder, and is compared only where that is in use; so does NVIDIA's verifier,
    /// which counts from zero and calls it 35.
    uint256 private constant DECODER = 36;

    /// @notice Compare a report with one set.
    /// @param values Where the set lies
    /// @param isDecoderOff Whether the decoder's measurement is left out
    /// @param named Bit n for a measurement n that another set has named
    /// @return reason Short ASCII name of what is wrong; zero where nothing is
    /// @return alsoNamed The same bits, with those of this set
    function compare(
        SpdmReport.Parts memory parts,
        address values,
        bool isDecoderOff,
        uint256 named
    ) internal view returns (bytes32 reason, uint256 alsoNamed) {
        (uint256 position, uint256 size) = DataBlob.read(values);
        // Memory addresses, one-byte counts: no sum overflows.
        unchecked {
            uint256 end = position + size;
            while (position < end) {
                uint256 head = _word(position);
                uint256 index = head >> 248;
                uint256 count = (head >> 240) & 0xff;
                position += 2;
                uint256 next = position + count * SpdmReport.DIGEST_BYTES;
                if ((named >> index) & 1 == 1) return ("ReferencesConflict", named);
                named |= 1 << index;
                if (index > parts.blockCount) return ("MeasurementMissing", named);
                if (!(index == DECODER && isDecoderOff)) {
                    if (!_isAmong(SpdmReport.digestOf(parts, index), position, next)) {
                        return ("MeasurementMismatch", named);
                    }
                }
                position = next;
            }
        }
        return (0, named);
    }

    function _isAmong(uint256 digest, uint256 position, uint256 end) private pure returns (bool) {
        uint256 head = _word(digest);
        uint256 tail = _word(digest + 32) >> 128;
        for (; position < end; position += SpdmReport.DIGEST_BYTES) {
            if (_word(position) == head && _word(position + 32) >> 128 == tail) return true;
        }
        return false;
    }

    function _word(uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }
}
