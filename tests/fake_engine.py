"""A program that speaks UCI or GTP, and misbehaves as asked: python fake_engine.py uci|gtp MODE.

good: plays the first legal move. hang: never answers a move. crash: ends at its second move. illegal: answers a move
that nobody can make. resign (GTP). All say a word on stderr.
"""

import sys
import time


def say(text):
    print(text, flush=True)


def misbehave(mode, moves):
    """Do what the mode asks for at this move; return whether an answer is still due."""
    if mode == "hang":
        time.sleep(3600)
    if mode == "crash" and moves == 2:
        print("fatal: out of ideas", file=sys.stderr, flush=True)
        sys.exit(3)
    return mode != "illegal"


def uci(mode):
    import chess

    board, moves = chess.Board(), 0
    for line in sys.stdin:
        words = line.split()
        if not words:
            continue
        if words[0] == "uci":
            say("id name fake\nid author nobody\nuciok")
        elif words[0] == "isready":
            say("readyok")
        elif words[0] == "position":
            at = words.index("moves") if "moves" in words else len(words)
            board = chess.Board(" ".join(words[2:at])) if words[1] == "fen" else chess.Board()
            for move in words[at + 1 :]:
                board.push_uci(move)
        elif words[0] == "go":
            moves += 1
            good = misbehave(mode, moves)
            move = min(move.uci() for move in board.legal_moves)
            say(f"info depth 1 score cp 13 nodes 1 pv {move}" if good else "info string cheating")
            say(f"bestmove {move if good else 'a1h8'}")
        elif words[0] == "quit":
            return


def gtp(mode):
    size, stones, moves = 9, set(), 0
    for line in sys.stdin:
        words = line.split("#")[0].split()
        if not words:
            continue
        number = words.pop(0) if words[0].isdigit() else ""
        name, answer = words[0], ""
        if name == "boardsize":
            size = int(words[1])
        elif name == "clear_board":
            stones = set()
        elif name in ("name", "version", "protocol_version"):
            answer = "2"
        elif name == "known_command":
            answer = "true"
        elif name == "play":
            stones.add(words[2].upper())
        elif name == "genmove":
            moves += 1
            good = misbehave(mode, moves)
            cells = [f"{letter}{row}" for row in range(1, size + 1) for letter in "ABCDEFGHJ"[:size]]
            free = [cell for cell in cells if cell not in stones]
            answer = "resign" if mode == "resign" else free[0] if good else min(stones, default="Z99")
            stones.add(answer)
        say(f"={number} {answer}\n")
        if name == "quit":
            return


if __name__ == "__main__":
    print("a word on stderr", file=sys.stderr, flush=True)
    {"uci": uci, "gtp": gtp}[sys.argv[1]](sys.argv[2])
