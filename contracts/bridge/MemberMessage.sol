// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ClaimMessage} from "./ClaimMessage.sol";

/// @title What a person signs on behalf of another account
/// @notice The claim's sentence with ` for 0x<account>` after it, the account in 64 lower-case hexadecimal digits:
/// `PHA to 0x… by 0x… on 2035 for 0x…`. Where the sentence is wrapped in `<Bytes>`, the words stand inside the wrapping.
///
/// Without them the sentence would name no account, and one signature would serve for every account its signer has a
/// say in: what a member of a multisig signs for the multisig would also move the member's own PHA to the same
/// recipient, and a proxy's own claim would move the PHA of whoever trusted that proxy. With nested accounts the words
/// stand once for each, the outermost first. No sentence of the bridge contains ` for `, so none is mistaken for one.
library MemberMessage {
    uint256 private constant OPENING_LENGTH = 7;
    uint256 private constant CLOSING_LENGTH = 8;

    /// @notice The message that speaks for `account`.
    function naming(bytes32 account, bytes calldata message) internal pure returns (bytes memory) {
        bytes memory words = abi.encodePacked(
            " for 0x",
            ClaimMessage.hexadecimal(uint256(account) >> 128),
            ClaimMessage.hexadecimal(uint256(account) & type(uint128).max)
        );
        uint256 length = message.length;
        if (length < OPENING_LENGTH + CLOSING_LENGTH || bytes7(message) != "<Bytes>") {
            return bytes.concat(message, words);
        }
        bytes calldata closing = message[length - CLOSING_LENGTH:];
        if (bytes8(closing) != "</Bytes>") return bytes.concat(message, words);
        return bytes.concat(message[:length - CLOSING_LENGTH], words, closing);
    }
}
