"""Bit counting for bitboard kernels: one machine instruction each, with a Python twin for runs without the jit."""

from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

if config.DISABLE_JIT:

    def popcount(bits):
        """Return how many bits of a uint64 are set, as int64."""
        return int(bits).bit_count()

    def lowest_bit(bits):
        """Return the index of the lowest set bit of a uint64 that is not zero, as int64."""
        return (int(bits) & -int(bits)).bit_length() - 1

else:

    @intrinsic
    def popcount(typingctx, bits):
        """Return how many bits of a uint64 are set, as int64."""

        def codegen(context, builder, signature, args):
            return builder.ctpop(args[0])

        return types.int64(types.uint64), codegen

    @intrinsic
    def lowest_bit(typingctx, bits):
        """Return the index of the lowest set bit of a uint64 that is not zero, as int64."""

        def codegen(context, builder, signature, args):
            return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(types.uint64), codegen
