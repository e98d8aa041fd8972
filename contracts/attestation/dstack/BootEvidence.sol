// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice What an answer to a dstack KMS has to rest on. Each is stricter than the one before. `Word`: the KMS's own word, as
/// in dstack. `Device`: besides, a live attestation of the machine. `Instance`: besides, a live attestation of this very
/// instance, which proves what the KMS says of it.
enum BootEvidence {
    Word,
    Device,
    Instance
}
