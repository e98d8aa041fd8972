// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice How well a platform is kept, as its vendor judges it. Intel defines all of these (Intel SGX and TDX
/// Provisioning Certification Service API, version 4, and Intel's quote verification library); other vendors use a
/// part of them. `None` stands where nothing was judged.
enum TcbStatus {
    None,
    UpToDate,
    SWHardeningNeeded,
    ConfigurationNeeded,
    ConfigurationAndSWHardeningNeeded,
    OutOfDate,
    OutOfDateConfigurationNeeded,
    Revoked,
    TDRelaunchAdvised,
    TDRelaunchAdvisedConfigurationNeeded
}
