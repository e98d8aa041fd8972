// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TcbStatus} from "../TcbStatus.sol";

/// @title How the statuses of a platform's parts become one
/// @notice As Intel's quote verification library does it.
library StatusConvergence {
    /// @notice A platform's status once a part of it, the QE or the TDX module, has its own. Only a part that is out
    /// of date or revoked makes a difference.
    function withPart(TcbStatus platform, TcbStatus part) internal pure returns (TcbStatus) {
        if (part == TcbStatus.Revoked) return TcbStatus.Revoked;
        if (part != TcbStatus.OutOfDate) return platform;
        if (platform == TcbStatus.UpToDate || platform == TcbStatus.SWHardeningNeeded) return TcbStatus.OutOfDate;
        if (platform == TcbStatus.ConfigurationNeeded || platform == TcbStatus.ConfigurationAndSWHardeningNeeded)
            return TcbStatus.OutOfDateConfigurationNeeded;
        return platform;
    }

    /// @notice The status of a TD that was launched under one TCB and now runs under another, since a TDX module can
    /// be updated beneath it: if only the launch was out of date, relaunching the TD is all it takes.
    function withCurrent(TcbStatus launch, TcbStatus current) internal pure returns (TcbStatus) {
        // What runs under a revoked TCB now is lost, however it was launched.
        if (current == TcbStatus.Revoked) return TcbStatus.Revoked;
        bool launchConfiguration = launch == TcbStatus.OutOfDateConfigurationNeeded;
        if (launch != TcbStatus.OutOfDate && !launchConfiguration) return launch;
        bool configuration =
            current == TcbStatus.ConfigurationNeeded || current == TcbStatus.ConfigurationAndSWHardeningNeeded;
        if (!configuration && current != TcbStatus.UpToDate && current != TcbStatus.SWHardeningNeeded) return launch;
        return
            launchConfiguration || configuration
                ? TcbStatus.TDRelaunchAdvisedConfigurationNeeded
                : TcbStatus.TDRelaunchAdvised;
    }
}
