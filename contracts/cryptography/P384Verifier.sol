// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {EcdsaP384} from "./EcdsaP384.sol";
import {IP384TableRegistry} from "./IP384TableRegistry.sol";
import {IP384Verifier} from "./IP384Verifier.sol";
import {P384Comb} from "./P384Comb.sol";
import {P384CombConstants} from "./P384CombConstants.sol";

/// @title ECDSA over P-384 with keys whose tables are registered
contract P384Verifier is IP384Verifier {
    IP384TableRegistry private immutable REGISTRY;
    address private immutable GENERATOR_TABLE;

    /// @param registry_ Trusted to give proven tables only.
    /// @param generatorTable_ Anyone's deployment of the generator's table: its hash is what counts.
    constructor(IP384TableRegistry registry_, address generatorTable_) {
        bytes32 codeHash = generatorTable_.codehash;
        require(codeHash == P384CombConstants.GENERATOR_CODE_HASH, GeneratorTableWrong(generatorTable_, codeHash));
        REGISTRY = registry_;
        GENERATOR_TABLE = generatorTable_;
    }

    /// @inheritdoc IP384Verifier
    function registry() external view returns (IP384TableRegistry) {
        return REGISTRY;
    }

    /// @inheritdoc IP384Verifier
    function generatorTable() external view returns (address) {
        return GENERATOR_TABLE;
    }

    /// @inheritdoc IP384Verifier
    function verify(
        bytes32 keyHash,
        bytes32 digestHead,
        bytes16 digestTail,
        bytes calldata signature,
        bytes calldata hints
    ) external view returns (bool) {
        P384Comb.Table memory key;
        (key.code, key.lead) = REGISTRY.tableOf(keyHash);
        require(key.code != address(0), KeyNotTabled(keyHash));
        return
            EcdsaP384.verify(
                EcdsaP384.Digest(uint256(digestHead) >> 128, (uint256(digestHead) << 128) | uint128(digestTail)),
                signature,
                P384Comb.Table(GENERATOR_TABLE, P384CombConstants.GENERATOR_LEAD),
                key,
                hints
            );
    }
}
