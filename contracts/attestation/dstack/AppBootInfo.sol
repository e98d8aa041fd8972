// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice What a dstack KMS says of a guest that asks for keys. Fields and their order are dstack's: the tuple's type is part
/// of the selectors that its software calls.
/// @param appId The app, and the contract that decides for it
/// @param composeHash SHA-256 of the app's compose file
/// @param instanceId The instance of the app; zero where it has none
/// @param deviceId SHA-256 of the machine's PPID
/// @param mrAggregated SHA-256 over all of the guest's measurements
/// @param mrSystem SHA-256 over those that are not the app's
/// @param osImageHash The operating system's image, by dstack's name for it
/// @param tcbStatus Intel's word for how well the machine is kept, such as `UpToDate`
/// @param advisoryIds Intel's advisories that apply to it
struct AppBootInfo {
    address appId;
    bytes32 composeHash;
    address instanceId;
    bytes32 deviceId;
    bytes32 mrAggregated;
    bytes32 mrSystem;
    bytes32 osImageHash;
    string tcbStatus;
    string[] advisoryIds;
}
