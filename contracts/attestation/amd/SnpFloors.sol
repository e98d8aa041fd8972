// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {AmdProduct} from "./AmdProduct.sol";
import {ISnpFloors} from "./ISnpFloors.sol";
import {SnpPolicyBits} from "./SnpPolicyBits.sol";

/// @title What governance demands of SEV-SNP platforms and guests
/// @notice A floor can only refuse genuine evidence; nothing set here makes a bad report pass.
contract SnpFloors is ISnpFloors, AccessManaged {
    uint64 private constant POLICY_FLAGS = SnpPolicyBits.POLICY_KNOWN & ~uint64(0xffff);
    /// @dev Guests that have these are refused unless a caller allows them, so nobody is to be made to have them.
    uint64 private constant REFUSED_FLAGS = SnpPolicyBits.MIGRATE_MA | SnpPolicyBits.DEBUG;
    uint8 private constant NEWEST_REPORT = 5;
    /// @dev There is no other in any report of the versions known.
    uint16 private constant ABI_MAJOR = 1;
    /// @dev Bytes of a TCB version that nothing is counted in, hence zero; AMD 56860, TCB_VERSION.
    uint64 private constant TCB_SPARE = 0x0000ffffffff0000;
    uint64 private constant TURIN_TCB_SPARE = 0x00ffffff00000000;

    mapping(AmdProduct product => Floor) private _floors;
    mapping(AmdProduct product => uint32) private _revisions;

    /// @param authority The access manager.
    /// @param milan First floors, revision 1.
    constructor(
        address authority,
        Floor memory milan,
        Floor memory genoa,
        Floor memory turin
    ) AccessManaged(authority) {
        _set(AmdProduct.Milan, milan);
        _set(AmdProduct.Genoa, genoa);
        _set(AmdProduct.Turin, turin);
    }

    /// @inheritdoc ISnpFloors
    function setFloor(AmdProduct product, Floor calldata floor) external restricted {
        _set(product, floor);
    }

    /// @inheritdoc ISnpFloors
    function floorOf(AmdProduct product) external view returns (Floor memory floor, uint32 revision) {
        return (_floors[product], _revisions[product]);
    }

    function _set(AmdProduct product, Floor memory floor) private {
        require(product != AmdProduct.None, ProductUnknown());
        require(_isReachable(product, floor), FloorUnreachable(product));
        emit FloorSet(product, ++_revisions[product], _floors[product], floor);
        _floors[product] = floor;
    }

    /// @dev Whether there can be a report that reaches a floor and is refused for nothing else.
    function _isReachable(AmdProduct product, Floor memory floor) private pure returns (bool) {
        uint64 policySet = floor.policySet;
        uint64 platformClear = floor.platformClear;
        if (policySet & ~(POLICY_FLAGS & ~REFUSED_FLAGS) != 0) return false;
        if (floor.policyClear & ~(POLICY_FLAGS & ~SnpPolicyBits.RESERVED_ONE) != 0) return false;
        if ((floor.platformSet | platformClear) & ~SnpPolicyBits.PLATFORM_KNOWN != 0) return false;
        if (policySet & floor.policyClear != 0 || floor.platformSet & platformClear != 0) return false;
        if (floor.reportVersion > NEWEST_REPORT || floor.abi >> 8 > ABI_MAJOR) return false;
        if (floor.tcb & (product == AmdProduct.Turin ? TURIN_TCB_SPARE : TCB_SPARE) != 0) return false;
        // Firmware runs a guest only on a platform that is as the guest's policy wants it.
        return
            !(_has(floor.policyClear, SnpPolicyBits.SMT) && _has(floor.platformSet, SnpPolicyBits.SMT_ENABLED)) &&
            !(_has(policySet, SnpPolicyBits.RAPL_DISABLE) && _has(platformClear, SnpPolicyBits.RAPL_DISABLED)) &&
            !(_has(policySet, SnpPolicyBits.HIDE_CIPHERTEXT) && _has(platformClear, SnpPolicyBits.CIPHERTEXT_HIDDEN));
    }

    function _has(uint64 bits, uint64 bit) private pure returns (bool) {
        return bits & bit != 0;
    }
}
