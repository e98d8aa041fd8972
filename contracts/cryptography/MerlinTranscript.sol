// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Strobe128} from "./Strobe128.sol";

/// @title Merlin transcripts: labelled messages in, one challenge out
/// @dev Source: Merlin 1.0 (H. de Valence, https://merlin.cool). Every message is framed by META-AD(label ‖ length),
/// every challenge by META-AD(label ‖ length wanted), lengths being 4 bytes, least first. The workspace must hold a
/// transcript already (SubstrateSigningContext.start) and keccak-f[1600]'s constants.
library MerlinTranscript {
    /// @notice Appends a message of up to 32 bytes.
    /// @param label At most 26 bytes, left-aligned, as is `message`.
    function append(bytes32 label, uint256 labelLength, bytes32 message, uint256 messageLength) internal pure {
        _announce(label, labelLength, messageLength);
        Strobe128.operate(Strobe128.FLAGS_AD, 0, 0);
        Strobe128.absorb(uint256(message), messageLength);
    }

    /// @notice Appends a message of any length.
    function appendCalldata(bytes32 label, uint256 labelLength, bytes calldata message) internal pure {
        _announce(label, labelLength, message.length);
        Strobe128.operate(Strobe128.FLAGS_AD, 0, 0);
        Strobe128.absorbCalldata(message);
    }

    /// @notice Draws a challenge, which ends the transcript.
    /// @param byteCount At most 64; it goes into the challenge, whose first 64 bytes are returned whatever it is.
    /// @return low Bytes 0 to 31 as a number, least byte first.
    /// @return high Bytes 32 to 63 likewise.
    function challenge(
        bytes32 label,
        uint256 labelLength,
        uint256 byteCount
    ) internal pure returns (uint256 low, uint256 high) {
        _announce(label, labelLength, byteCount);
        return Strobe128.squeeze();
    }

    /// @dev Only the low 32 bits of a length are framed; no calldata is 4 GiB long.
    function _announce(bytes32 label, uint256 labelLength, uint256 length) private pure {
        uint256 leastByteFirst =
            ((length & 0xff) << 24) | ((length & 0xff00) << 8) | ((length >> 8) & 0xff00) | ((length >> 24) & 0xff);
        uint256 text = uint256(label) | (leastByteFirst << (224 - 8 * labelLength));
        Strobe128.operate(Strobe128.FLAGS_META_AD, text, labelLength + 4);
    }
}
