"""Bitboards: the record of a position, the squares that pieces see, and the bit tricks for both.

Square 0 is a1, 7 is h1, 63 is h8, and bit s of a word is square s; but the board is always seen by the player to move,
who plays up the board. When Black is to move, ranks are mirrored (square ^ 56), files are not. North is away from the
mover, east is towards the h-file.
"""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from games.game import state_dtype
from games.jit import kernel

# Kings are what is left when the four sets of kinds are taken away; queens are in two of them. 64 bytes.
STATE = state_dtype(
    ("mine", np.uint64),  # all pieces of the player to move
    ("theirs", np.uint64),  # all pieces of the other
    ("pawns", np.uint64),  # of both players, as the next three
    ("knights", np.uint64),
    ("diagonals", np.uint64),  # bishops and queens
    ("straights", np.uint64),  # rooks and queens
    ("takers", np.uint64),  # my pawns that may capture en passant, in full legality
    ("ply", np.int16),  # moves since the first position; even where White is to move
    ("clock", np.int16),  # plies since the last capture or pawn move
    ("passant", np.int8),  # the square behind the pawn that takers capture, -1 where there are none
    ("castling", np.int8),  # MY_SHORT + MY_LONG + THEIR_SHORT + THEIR_LONG
)
MY_SHORT, MY_LONG, THEIR_SHORT, THEIR_LONG = 1, 2, 4, 8

NOTHING = np.uint64(0)
ONE = np.uint64(1)
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
NOT_A = np.uint64(0xFEFE_FEFE_FEFE_FEFE)
NOT_AB = np.uint64(0xFCFC_FCFC_FCFC_FCFC)
NOT_H = np.uint64(0x7F7F_7F7F_7F7F_7F7F)
NOT_GH = np.uint64(0x3F3F_3F3F_3F3F_3F3F)
RANK_8 = np.uint64(0xFF << 56)
LIGHT = np.uint64(0x55AA_55AA_55AA_55AA)
# Distances between neighbours, as bits to shift by.
RANK, FILE, UP_EAST, UP_WEST = np.uint64(8), np.uint64(1), np.uint64(9), np.uint64(7)
# Lines through a square; a direction is its line, plus 4 where it goes down the board or west along a rank.
UPRIGHT, RISING, LEVEL, FALLING = 0, 1, 2, 3
STEPS = ((0, 1), (1, 1), (1, 0), (-1, 1), (0, -1), (-1, -1), (-1, 0), (1, -1))  # (files, ranks) of the eight directions
JUMPS = ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2))


def squares_from(square: int, step: tuple[int, int], longest: int = 7) -> list[int]:
    """Return the squares that one comes to from `square` by steps of (files, ranks), nearest first."""
    found: list[int] = []
    file, rank = square % 8 + step[0], square // 8 + step[1]
    while 0 <= file < 8 and 0 <= rank < 8 and len(found) < longest:
        found.append(rank * 8 + file)
        file, rank = file + step[0], rank + step[1]
    return found


def union(square: int, steps: tuple[tuple[int, int], ...], longest: int) -> int:
    """Return the board of the squares that one comes to by any of some steps, at most `longest` of one kind."""
    return sum(1 << target for step in steps for target in squares_from(square, step, longest))


# [line * 64 + square]: the squares of a line through a square, without that square.
LINES = np.array([union(s, STEPS[line::4], 7) for line in range(4) for s in range(64)], np.uint64)
KING_STEPS = np.array([union(s, STEPS, 1) for s in range(64)], np.uint64)
KNIGHT_JUMPS = np.array([union(s, JUMPS, 1) for s in range(64)], np.uint64)

# [direction]: the squares that a step in it can reach, and how far it rotates a board to the left.
REACHED = tuple(sum(1 << square for s in range(64) for square in squares_from(s, step, 1)) for step in STEPS)
TURNS = tuple((8 * ranks + files) % 64 for files, ranks in STEPS)

if config.DISABLE_JIT:  # type: ignore[attr-defined]

    def flipped(board):
        """Return a board with its ranks mirrored."""
        return np.uint64(int.from_bytes(int(board).to_bytes(8, "little"), "big"))

    def highest_bit(bits):
        """Return the index of the highest set bit of a uint64 that is not zero, as int64."""
        return int(bits).bit_length() - 1

    def rays(upright, rising, level, falling, empty):
        """Return the squares that sliding pieces see, a board for each direction; see below."""
        boards = []
        for direction, step in enumerate(STEPS):
            pieces, seen = (upright, rising, level, falling)[direction % 4], 0
            for square in range(64):
                if int(pieces) >> square & 1:
                    path = squares_from(square, step)
                    end = next((i for i, target in enumerate(path) if not int(empty) >> target & 1), 7)
                    seen |= sum(1 << target for target in path[: end + 1])
            boards.append(np.uint64(seen))
        return tuple(boards)

    def scratch():
        """Return room for 160 words, which only the calling kernel may use."""
        return [np.uint64(0)] * 160

    def cells(array):
        """Return the cells of a one-dimensional array, to be read and written by index."""
        return array

else:

    @intrinsic
    def scratch(typingctx):
        """Return room for 160 words, which only the calling kernel may use: it lies in that kernel's stack frame."""

        def codegen(context, builder, signature, args):
            room = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(64), 160))
            return builder.bitcast(room, ir.PointerType(ir.IntType(64)))

        return types.CPointer(types.uint64)(), codegen

    @intrinsic
    def cells(typingctx, array):
        """Return the cells of a contiguous array, to be read and written by index; the caller keeps the array alive.

        A kernel with a branch counts a reference to each array that it is given, in and out: 8 ns of an `outcome` of 20.
        """
        if array.layout != "C":
            raise TypingError(f"expected a contiguous array, got {array}")

        def codegen(context, builder, signature, args):
            return context.make_array(signature.args[0])(context, builder, args[0]).data

        return types.CPointer(array.dtype)(array), codegen

    @intrinsic
    def flipped(typingctx, board):
        """Return a board with its ranks mirrored: its bytes in reverse order."""

        def codegen(context, builder, signature, args):
            return builder.bswap(args[0])

        return types.uint64(types.uint64), codegen

    @intrinsic
    def highest_bit(typingctx, bits):
        """Return the index of the highest set bit of a uint64 that is not zero, as int64."""

        def codegen(context, builder, signature, args):
            return builder.sub(ir.Constant(ir.IntType(64), 63), builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1)))

        return types.int64(types.uint64), codegen

    @intrinsic
    def rays(typingctx, upright, rising, level, falling, empty):
        """Return the squares that sliding pieces see, a board for each direction: the empty ones and the first occupied.

        upright, rising, level, falling: the pieces that move on each line, both ways; empty: the empty squares.
        All eight directions are done at once, in a vector of eight words; a step is a rotation of a word.
        Source: chessprogramming.org, Kogge-Stone Algorithm.
        """
        word = ir.IntType(64)
        vector = ir.VectorType(word, 8)

        def constant(values):
            return ir.Constant(vector, [ir.Constant(word, value) for value in values])

        def codegen(context, builder, signature, args):
            def turned(boards, steps):
                left = builder.shl(boards, constant([steps * turn % 64 for turn in TURNS]))
                return builder.or_(left, builder.lshr(boards, constant([-steps * turn % 64 for turn in TURNS])))

            def spread(lanes):
                filled = ir.Constant(vector, ir.Undefined)
                for i in range(8):
                    filled = builder.insert_element(filled, lanes[i % len(lanes)], ir.Constant(ir.IntType(32), i))
                return filled

            inside = constant(REACHED)
            pieces, free = spread(args[:4]), builder.and_(spread(args[4:]), inside)
            for steps in (1, 2, 4):
                pieces = builder.or_(pieces, builder.and_(free, turned(pieces, steps)))
                free = builder.and_(free, turned(free, steps))
            seen = builder.and_(turned(pieces, 1), inside)
            boards = [builder.extract_element(seen, ir.Constant(ir.IntType(32), i)) for i in range(8)]
            return context.make_tuple(builder, signature.return_type, boards)

        return types.UniTuple(types.uint64, 8)(*[types.uint64] * 5), codegen


@kernel
def jumps(knights):
    """Return the squares that any of `knights` attacks."""
    near = ((knights << ONE) & NOT_A) | ((knights >> ONE) & NOT_H)
    far = ((knights << np.uint64(2)) & NOT_AB) | ((knights >> np.uint64(2)) & NOT_GH)
    return (near << np.uint64(16)) | (near >> np.uint64(16)) | (far << RANK) | (far >> RANK)


@kernel
def kings(state):
    """Return the board of both kings."""
    return (state.mine | state.theirs) & ~(state.pawns | state.knights | state.diagonals | state.straights)


@kernel
def checkers(state, king, occupied, theirs):
    """Return the pieces among `theirs` that attack the square `king` of the player to move.

    king: a square; occupied, theirs: boards, which may differ from those of the state.
    """
    bit = ONE << np.uint64(king)
    north, northeast, east, northwest, south, southwest, west, southeast = rays(bit, bit, bit, bit, ~occupied)
    found = ((north | south | east | west) & state.straights) | (KNIGHT_JUMPS[king] & state.knights)
    found |= (northeast | southwest | northwest | southeast) & state.diagonals
    found |= (((bit << UP_EAST) & NOT_A) | ((bit << UP_WEST) & NOT_H)) & state.pawns
    return found & theirs
