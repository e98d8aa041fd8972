// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice AMD's lines of server processors with SEV-SNP. Each has a root of its own. Genoa's covers Bergamo and Siena.
enum AmdProduct {
    None,
    Milan,
    Genoa,
    Turin
}
