// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {QuoteReader} from "../attestation/intel/QuoteReader.sol";

/// @title The reader of quotes, callable by tests
contract MockQuoteReader {
    /// @notice See {QuoteReader-parse}.
    function parse(
        bytes calldata evidence,
        bool isTdx
    ) external pure returns (bytes32 reason, QuoteReader.Parts memory parts) {
        return QuoteReader.parse(evidence, isTdx);
    }
}
