"""A chess engine that misbehaves as it is told, by its only argument; for tests."""

import subprocess
import sys
import time

import chess

fault = sys.argv[1]
board = chess.Board()
played = 0
if fault == "mute":
    time.sleep(600)
if fault == "ends":
    print("out of luck", file=sys.stderr)
    sys.exit(3)
if fault == "with child":
    subprocess.Popen(["sleep", "600"])
for line in sys.stdin:
    words = line.split()
    if words[0] == "uci":
        print("id name fake\noption name Skill type spin default 3 min 0 max 9")
        print("option name UCI_ShowWDL type check default false\nuciok", flush=True)
    elif words[0] == "isready":
        print("readyok", flush=True)
    elif words[0] == "setoption":
        print(f"told {line.strip()}", file=sys.stderr, flush=True)
    elif words[0] == "position":
        board = chess.Board() if words[1] == "startpos" else chess.Board(" ".join(words[2:8]))
        for move in words[words.index("moves") + 1 :] if "moves" in words else []:
            board.push_uci(move)
    elif words[0] == "go":
        print(f"asked {line.strip()}", file=sys.stderr, flush=True)
        played += 1
        if fault == "hangs":
            time.sleep(600)
        if fault == "crashes" and played == 2:
            print("Segmentation fault", file=sys.stderr, flush=True)
            sys.exit(11)
        move = next(iter(board.legal_moves)).uci()
        answer = {"cheats": "e2e5", "mumbles": "xyzzy", "gives up": "(none)"}.get(fault, move)
        score = {"mates": "mate 3", "is mated": "mate -2", "tells chances": "cp 20 wdl 300 500 200"}.get(fault, "cp 50")
        if fault != "says nothing":
            print(f"info depth 3 score {score} nodes 9 pv {move}")
        print(f"bestmove {answer}", flush=True)
    elif words[0] == "quit" and fault != "stays":
        break
