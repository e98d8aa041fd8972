// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IIdentityProofs} from "../registry/IIdentityProofs.sol";
import {DstackBoot} from "./DstackBoot.sol";
import {DstackEvent} from "./DstackEvent.sol";
import {DstackIdentity} from "./DstackIdentity.sol";
import {IDstackEventLog} from "./IDstackEventLog.sol";
import {RtmrReplay} from "./RtmrReplay.sol";

/// @title Reads event logs of dstack guests
/// @dev Holds nothing and trusts nobody; a contract of its own so that whoever needs it does not have to carry its code.
contract DstackEventLog is IDstackEventLog, IIdentityProofs {
    /// @dev Where a TD report has what (Intel TDX DCAP Quoting Library API, "TD Quote Body").
    uint256 private constant MRTD = 136;
    /// @dev MRCONFIGID, MROWNER and MROWNERCONFIG, one after another.
    uint256 private constant CONFIGURATION = 184;
    /// @dev RTMR0 to RTMR2, one after another.
    uint256 private constant RTMR0 = 328;
    uint256 private constant RTMR3 = 472;
    uint256 private constant REPORT_BYTES = 584;
    uint256 private constant THREE_REGISTERS = 144;

    /// @dev Events that must come, in this order; `_reading.stage` is how many have.
    bytes32 private constant APP_ID = "app-id";
    bytes32 private constant COMPOSE_HASH = "compose-hash";
    bytes32 private constant INSTANCE_ID = "instance-id";
    bytes32 private constant BOOT_DONE = "boot-mr-done";
    uint256 private constant BOOTED = 4;
    /// @dev Events that may come between BOOT_DONE and READY, each once.
    bytes32 private constant OS_IMAGE_HASH = "os-image-hash";
    bytes32 private constant KEY_PROVIDER = "key-provider";
    bytes32 private constant READY = "system-ready";

    /// @dev How far reading has come.
    struct Reading {
        RtmrReplay.Register register;
        RtmrReplay.Register booted;
        uint256 stage;
        bool imageSeen;
        bool providerSeen;
        bool ready;
    }

    /// @inheritdoc IDstackEventLog
    function read(
        bytes calldata report,
        bytes calldata log
    ) public pure returns (bytes32 defect, DstackBoot memory boot) {
        if (report.length < REPORT_BYTES) return ("ReportTooShort", boot);
        Reading memory reading;
        uint256 position = 0;
        while (!reading.ready) {
            DstackEvent.Parsed memory parsed;
            (defect, parsed) = DstackEvent.read(log, position);
            if (defect != 0) return (defect, boot);
            reading.register = RtmrReplay.extend(reading.register, DstackEvent.digestOf(log, parsed));
            defect = _take(reading, boot, parsed.name, log[parsed.payloadStart:parsed.end]);
            if (defect != 0) return (defect, boot);
            position = parsed.end;
        }
        if ((log.length - position) % RtmrReplay.BYTES != 0) return ("LogForm", boot);
        reading.register = RtmrReplay.extendAll(reading.register, log[position:]);
        if (!RtmrReplay.equals(reading.register, RtmrReplay.read(report, RTMR3))) return ("RtmrMismatch", boot);
        boot.mrAggregated = _aggregate(report, reading.register);
        boot.bootMrAggregated = _aggregate(report, reading.booted);
        boot.mrSystem = _system(report, boot.keyProvider);
        boot.bootMrSystem = _system(report, 0);
    }

    /// @inheritdoc IIdentityProofs
    function identityOf(
        bytes calldata report,
        bytes calldata proof
    ) external pure returns (bytes32 reason, bytes32 identity) {
        DstackBoot memory boot;
        (reason, boot) = read(report, proof);
        if (reason == 0) identity = DstackIdentity.derive(boot);
    }

    /// @inheritdoc IDstackEventLog
    function replay(bytes calldata digests) external pure returns (bytes32 head, bytes16 tail) {
        require(digests.length % RtmrReplay.BYTES == 0, DigestsLength(digests.length));
        RtmrReplay.Register memory register;
        register = RtmrReplay.extendAll(register, digests);
        return (register.head, register.tail);
    }

    /// @dev Notes an event that matters; others are passed over, as the operating system may measure what it likes.
    function _take(
        Reading memory reading,
        DstackBoot memory boot,
        bytes32 name,
        bytes calldata payload
    ) private pure returns (bytes32 defect) {
        if (name == APP_ID) {
            if (payload.length != 20) return "EventPayload";
            boot.appId = address(bytes20(payload));
            return _advance(reading, 0);
        }
        if (name == COMPOSE_HASH) {
            if (payload.length != 32) return "EventPayload";
            boot.composeHash = bytes32(payload);
            return _advance(reading, 1);
        }
        if (name == INSTANCE_ID) {
            if (payload.length != 20 && payload.length != 0) return "EventPayload";
            // Of nothing the conversion makes zero.
            boot.instanceId = address(bytes20(payload));
            return _advance(reading, 2);
        }
        if (name == BOOT_DONE) {
            if (payload.length != 0) return "EventPayload";
            reading.booted = reading.register;
            return _advance(reading, 3);
        }
        if (name == OS_IMAGE_HASH) {
            if (payload.length != 32) return "EventPayload";
            if (reading.stage != BOOTED || reading.imageSeen) return "EventOrder";
            reading.imageSeen = true;
            boot.osImageHash = bytes32(payload);
        } else if (name == KEY_PROVIDER) {
            if (reading.stage != BOOTED || reading.providerSeen) return "EventOrder";
            reading.providerSeen = true;
            // dstack takes a note of nothing for none.
            if (payload.length != 0) boot.keyProvider = sha256(payload);
        } else if (name == READY) {
            if (payload.length != 0) return "EventPayload";
            if (reading.stage != BOOTED) return "EventOrder";
            reading.ready = true;
        }
        return 0;
    }

    function _advance(Reading memory reading, uint256 stage) private pure returns (bytes32) {
        if (reading.stage != stage) return "EventOrder";
        reading.stage = stage + 1;
        return 0;
    }

    function _system(bytes calldata report, bytes32 keyProvider) private pure returns (bytes32) {
        return sha256(bytes.concat(report[MRTD:CONFIGURATION], report[RTMR0:RTMR0 + THREE_REGISTERS], keyProvider));
    }

    /// @dev dstack counts the owner's registers only where one of them is not zero.
    function _aggregate(bytes calldata report, RtmrReplay.Register memory register) private pure returns (bytes32) {
        bytes memory measured = bytes.concat(
            report[MRTD:CONFIGURATION],
            report[RTMR0:RTMR0 + THREE_REGISTERS],
            register.head,
            register.tail
        );
        bytes calldata configuration = report[CONFIGURATION:CONFIGURATION + THREE_REGISTERS];
        for (uint256 position = 0; position < THREE_REGISTERS; position += 16) {
            if (bytes16(configuration[position:]) != 0) return sha256(bytes.concat(measured, configuration));
        }
        return sha256(measured);
    }
}
