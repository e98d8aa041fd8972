// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;
import {KeccakF1600} from "../cryptography/KeccakF1600.sol";
contract MockKeccak {
    fallback(bytes calldata) external returns (bytes memory) {
        assembly ("memory-safe") { mstore(0x40, 0x1800) 
          for {let i := 0} lt(i,25) {i:=add(i,1)} { mstore(add(0x400,mul(i,32)), mul(calldataload(mul(i,32)),0x0000000000000001000000000000000100000000000000010000000000000001)) } }
        KeccakF1600.loadConstants();
        uint256 g = gasleft();
        KeccakF1600.permute();
        g = g - gasleft();
        assembly ("memory-safe") {for {let i := 0} lt(i,25) {i:=add(i,1)} { mstore(add(0x400,mul(i,32)), and(mload(add(0x400,mul(i,32))),0xffffffffffffffff)) }   mstore(0x720,g) return(0x400,0x340) }
    }
}
