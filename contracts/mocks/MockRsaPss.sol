// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {RsaPss} from "../cryptography/RsaPss.sol";

/// @title RSA-PSS, for calls from outside
contract MockRsaPss {
    function verify(
        bytes32 digestHead,
        bytes16 digestTail,
        bytes calldata signature,
        bytes calldata modulus
    ) external view returns (bool) {
        return RsaPss.verify(digestHead, digestTail, signature, modulus);
    }
}
