// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title What a worker's program commits to in the first half of its report data
/// @notice See {IAttestationRegistry}. Every part has a fixed length, so no two statements read the same.
library HolderStatement {
    /// @notice The statement of a key to the registry that calls this, on this chain.
    function hashFor(
        address key,
        bytes32 challenge,
        bytes32 identity,
        bytes32 devices
    ) internal view returns (bytes32) {
        return
            sha256(
                abi.encodePacked(
                    "pha.attestation.holder.v1",
                    block.chainid,
                    address(this),
                    key,
                    challenge,
                    identity,
                    devices
                )
            );
    }
}
