"""The Go Text Protocol, version 2: `zero gtp` serves Sabaki, GoGui, Lizzie and what else speaks it.

    server.py      the command line, the loop, and who listens
    protocol.py    lines to requests, answers to lines, the table of commands
    session.py     what commands act on: board, clock, limits, and the analyst
    loading.py     the settings, and loading what they name behind the first answers
    board.py       a game as GTP tells it, and its vertices (vertices.py)
    setup.py thinking.py analysis.py kata.py     the commands themselves
    handicap.py clock.py     where handicap stones go, and how much time a move may take

GTP has no words for draws, ends and illegal passes; each file says how it reads the protocol there.
"""
