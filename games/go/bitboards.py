"""Bitboards of any number of words, as values: in kernels one wide integer that LLVM keeps in registers, without the jit an int.

A board of `size` columns has one more, the guard, where no stone ever lies: point (row, column) is bit
row * (size + 1) + column. A step over the left or right edge ends in a guard, so that `neighbours` needs no masks;
what it returns is masked by points of the board before anything else is done with it.
"""

import functools
import operator

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

WORD = ir.IntType(64)
GOLDEN, MIX1, MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # SplitMix64 (Steele, Lea, Flood 2014)
MASK = 2**64 - 1


class Bits(types.Type):
    """The type of a bitboard in a kernel."""

    def __init__(self, words):
        self.words = words
        super().__init__(name=f"Bits({words})")


@register_model(Bits)
class _BitsModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.IntType(64 * kind.words))


def _split(builder, bits):
    """Return the words of a wide integer, lowest first."""
    shifts = range(0, bits.type.width, 64)
    return [builder.trunc(builder.lshr(bits, bits.type(shift)) if shift else bits, WORD) for shift in shifts]


def _join(builder, words):
    """Return the wide integer of some words, lowest first."""
    wide = ir.IntType(64 * len(words))
    if len(words) == 1:
        return words[0]
    total = builder.zext(words[0], wide)
    for i, word in enumerate(words[1:], 1):
        total = builder.or_(total, builder.shl(builder.zext(word, wide), wide(64 * i)))
    return total


def _typed(bits, *others):
    """Return the type that an operation on bitboards gives: theirs, where all have the same."""
    return bits if isinstance(bits, Bits) and all(other == bits for other in others) else None


@type_callable(operator.and_)
@type_callable(operator.or_)
@type_callable(operator.xor)
def _type_of_two(context):
    return lambda a, b: _typed(a, b)


@type_callable(operator.invert)
def _type_of_one(context):
    return lambda a: _typed(a)


@lower_builtin(operator.and_, Bits, Bits)
def _lower_and(context, builder, signature, args):
    return builder.and_(*args)


@lower_builtin(operator.or_, Bits, Bits)
def _lower_or(context, builder, signature, args):
    return builder.or_(*args)


@lower_builtin(operator.xor, Bits, Bits)
def _lower_xor(context, builder, signature, args):
    return builder.xor(*args)


@lower_builtin(operator.invert, Bits)
def _lower_invert(context, builder, signature, args):
    return builder.not_(*args)


if config.DISABLE_JIT:  # type: ignore[attr-defined]

    def load(words):
        """Return the bitboard in a field of a record. words: [W] uint64."""
        return int.from_bytes(words.tobytes(), "little")

    def store(words, bits):
        """Write a bitboard into a field of a record. words: [W] uint64, modified in place."""
        words[:] = np.frombuffer(bits.to_bytes(words.nbytes, "little"), np.uint64)

    def some(bits):
        """Return whether any bit is set."""
        return bits != 0

    def several(bits):
        """Return whether two bits or more are set."""
        return bits & (bits - 1) != 0

    def count(bits):
        """Return how many bits are set, as int64."""
        return bits.bit_count()

    def lowest(bits):
        """Return the bitboard of the lowest set bit."""
        return bits & -bits

    def point(like, index):
        """Return the bitboard of one bit, of the same size as another bitboard. index: int64, inside."""
        return 1 << int(index)

    def word_count(bits):
        """Return of how many words a bitboard is, as int64."""
        return -(-bits.bit_length() // 64)

    def word(bits, i):
        """Return word i of a bitboard, as uint64."""
        return np.uint64(bits >> 64 * i & MASK)

    def neighbours(bits, stride):
        """Return the points next to those of a bitboard, some beyond the edges of the board. stride: size + 1."""
        return bits << 1 | bits >> 1 | bits << stride | bits >> stride

    def scramble(number):
        """Return output `number` (int64, at least 1) of the generator SplitMix64 that starts at 0, as uint64."""
        z = int(number) * GOLDEN & MASK
        z = (z ^ z >> 30) * MIX1 & MASK
        z = (z ^ z >> 27) * MIX2 & MASK
        return np.uint64(z ^ z >> 31)

else:

    @intrinsic
    def load(typingctx, words):
        """Return the bitboard in a field of a record. words: [W] uint64."""

        def codegen(context, builder, signature, args):
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            wide = ir.IntType(64 * signature.return_type.words)
            return builder.load(builder.bitcast(data, wide.as_pointer()), align=8)

        return Bits(words.shape[0])(words), codegen

    @intrinsic
    def store(typingctx, words, bits):
        """Write a bitboard into a field of a record. words: [W] uint64, modified in place."""

        def codegen(context, builder, signature, args):
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            builder.store(args[1], builder.bitcast(data, args[1].type.as_pointer()), align=8)
            return context.get_dummy_value()

        return types.void(words, bits), codegen

    @intrinsic
    def some(typingctx, bits):
        """Return whether any bit is set."""

        def codegen(context, builder, signature, args):
            return builder.icmp_unsigned("!=", args[0], args[0].type(0))

        return types.boolean(bits), codegen

    @intrinsic
    def several(typingctx, bits):
        """Return whether two bits or more are set."""

        def codegen(context, builder, signature, args):
            zero, one = args[0].type(0), args[0].type(1)
            return builder.icmp_unsigned("!=", builder.and_(args[0], builder.sub(args[0], one)), zero)

        return types.boolean(bits), codegen

    @intrinsic
    def count(typingctx, bits):
        """Return how many bits are set, as int64."""

        def codegen(context, builder, signature, args):
            total = WORD(0)
            for part in _split(builder, args[0]):
                total = builder.add(total, builder.ctpop(part))
            return total

        return types.int64(bits), codegen

    @intrinsic
    def lowest(typingctx, bits):
        """Return the bitboard of the lowest set bit."""

        def codegen(context, builder, signature, args):
            return builder.and_(args[0], builder.neg(args[0]))

        return bits(bits), codegen

    @intrinsic
    def point(typingctx, like, index):
        """Return the bitboard of one bit, of the same size as another bitboard. index: int64, inside."""

        def codegen(context, builder, signature, args):
            bit = builder.shl(WORD(1), builder.and_(args[1], WORD(63)))
            at = builder.lshr(args[1], WORD(6))
            words = range(signature.return_type.words)
            return _join(builder, [builder.select(builder.icmp_unsigned("==", at, WORD(i)), bit, WORD(0)) for i in words])

        return like(like, types.int64), codegen

    @intrinsic
    def word_count(typingctx, bits):
        """Return of how many words a bitboard is, as int64."""

        def codegen(context, builder, signature, args):
            return WORD(signature.args[0].words)

        return types.int64(bits), codegen

    @intrinsic
    def word(typingctx, bits, i):
        """Return word i of a bitboard, as uint64."""

        def codegen(context, builder, signature, args):
            words = _split(builder, args[0])
            found = words[0]
            for number, candidate in enumerate(words[1:], 1):
                found = builder.select(builder.icmp_unsigned("==", args[1], WORD(number)), candidate, found)
            return found

        return types.uint64(bits, types.int64), codegen

    @intrinsic
    def neighbours(typingctx, bits, stride):
        """Return the points next to those of a bitboard, some beyond the edges of the board. stride: size + 1."""

        def codegen(context, builder, signature, args):
            words, stride = _split(builder, args[0]), args[1]
            steps = ((WORD(1), WORD(63)), (stride, builder.sub(WORD(64), stride)))
            found = []
            for i, middle in enumerate(words):
                parts = []
                for step, rest in steps:
                    parts += [builder.shl(middle, step), builder.lshr(middle, step)]
                    parts += [builder.lshr(words[i - 1], rest)] if i > 0 else []
                    parts += [builder.shl(words[i + 1], rest)] if i + 1 < len(words) else []
                found.append(functools.reduce(builder.or_, parts))
            return _join(builder, found)

        return bits(bits, types.int64), codegen

    @intrinsic
    def scramble(typingctx, number):
        """Return output `number` (int64, at least 1) of the generator SplitMix64 that starts at 0, as uint64."""

        def codegen(context, builder, signature, args):
            z = builder.mul(args[0], WORD(GOLDEN))
            z = builder.mul(builder.xor(z, builder.lshr(z, WORD(30))), WORD(MIX1))
            z = builder.mul(builder.xor(z, builder.lshr(z, WORD(27))), WORD(MIX2))
            return builder.xor(z, builder.lshr(z, WORD(31)))

        return types.uint64(types.int64), codegen
