// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";

/// @title A registry of attested keys that tests write, and that can misbehave
contract MockAttestedKeys is IAttestedKeys {
    enum Mood {
        Honest,
        Reverting,
        Burning,
        Bombing,
        Short,
        Swallowing
    }

    Mood public mood;
    mapping(address key => Standing) private _standings;

    error OutOfOrder();

    function attest(address key, Standing calldata standing) external {
        _standings[key] = standing;
    }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function isAttested(address key) external view returns (bool) {
        return _standings[key].attested && block.timestamp <= _standings[key].validUntil;
    }

    function standingOf(address key) external view returns (Standing memory standing) {
        if (mood == Mood.Reverting) revert OutOfOrder();
        if (mood == Mood.Burning) _burn();
        if (mood == Mood.Bombing || mood == Mood.Short) {
            uint256 size = mood == Mood.Short ? 32 : 100_000;
            // Not memory-safe on purpose: returns whatever lies there, beginning with a true.
            assembly {
                mstore(0, 1)
                return(0, size)
            }
        }
        standing = _standings[key];
        if (block.timestamp > standing.validUntil) standing.attested = false;
        // An honest registry that takes a failed call of its own for a "no".
        if (mood == Mood.Swallowing) {
            try this.work() {} catch {
                standing.attested = false;
            }
        }
    }

    /// @notice About 100,000 gas of honest work.
    function work() external pure returns (bytes32 hash) {
        for (uint256 i = 0; i < 500; ++i) hash = keccak256(abi.encode(hash, i));
    }

    function _burn() private pure {
        assembly {
            invalid()
        }
    }
}
