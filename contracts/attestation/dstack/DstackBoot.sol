// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice What a dstack guest measured while it booted, proven from RTMR3. What it rests on is the guest's operating system,
/// which alone extends RTMR3 until `system-ready`: whoever goes by it has judged MRTD and RTMR0 to RTMR2 (or `mrSystem`).
/// @param appId The app; in dstack also the address of the contract that governs it
/// @param instanceId This instance of it; zero where the app has none
/// @param composeHash SHA-256 of the app's compose file
/// @param osImageHash What the key provider called the operating system's image when it gave the keys; zero where it gave
/// none. The guest measured the name, not the image: that is in MRTD and RTMR0 to RTMR2
/// @param keyProvider SHA-256 of what the guest noted of its key provider; zero where it noted nothing
/// @param mrAggregated SHA-256 over all measurements, RTMR3 as it is in the report
/// @param mrSystem SHA-256 over MRTD, RTMR0 to RTMR2 and `keyProvider`
/// @param bootMrAggregated As `mrAggregated`, with RTMR3 as it was after `boot-mr-done`: the same at every boot of an app's
/// instance, whatever was measured later
/// @param bootMrSystem As `mrSystem`, with no key provider: with `bootMrAggregated`, what a KMS sees that is asked for keys
struct DstackBoot {
    address appId;
    address instanceId;
    bytes32 composeHash;
    bytes32 osImageHash;
    bytes32 keyProvider;
    bytes32 mrAggregated;
    bytes32 mrSystem;
    bytes32 bootMrAggregated;
    bytes32 bootMrSystem;
}
