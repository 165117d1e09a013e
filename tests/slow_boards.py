"""Boards written as one would explain the games, against which the kernels are held."""

from itertools import product


class SlowGrid:
    """A grid of cells: None, or 0 and 1 for the players' stones; cell (row, column), row 0 on top."""

    def __init__(self, rows, columns, needed):
        self.rows, self.columns, self.needed = rows, columns, needed
        self.cells = {(row, column): None for row in range(rows) for column in range(columns)}
        self.moves = 0
        self.lines = self.all_lines()

    @property
    def to_play(self):
        return self.moves % 2

    def all_lines(self):
        """Return every line of `needed` cells on the grid."""
        found = []
        for (row, column), (down, right) in product(self.cells, [(0, 1), (1, 0), (1, 1), (1, -1)]):
            line = [(row + i * down, column + i * right) for i in range(self.needed)]
            if all(cell in self.cells for cell in line):
                found.append(line)
        return found

    def winner(self):
        for player in (0, 1):
            if any(all(self.cells[cell] == player for cell in line) for line in self.lines):
                return player
        return None

    def completing(self, player):
        """Return the empty cells where a stone of the player's would complete a line."""
        found = set()
        for line in self.lines:
            stones = [self.cells[cell] for cell in line]
            if stones.count(player) == self.needed - 1 and None in stones:
                found.add(line[stones.index(None)])
        return found

    def over(self):
        return self.winner() is not None or None not in self.cells.values()

    def put(self, cell):
        assert self.cells[cell] is None
        self.cells[cell] = self.to_play
        self.moves += 1

    def draw(self):
        letters = {cell: {None: ".", 0: "X", 1: "O"}[stone] for cell, stone in self.cells.items()}
        return [" ".join(letters[row, column] for column in range(self.columns)) for row in range(self.rows)]


class SlowTicTacToe(SlowGrid):
    def __init__(self):
        super().__init__(3, 3, 3)

    def legal(self):
        return [row * 3 + column for (row, column), stone in self.cells.items() if stone is None]

    def play(self, action):
        self.put((action // 3, action % 3))

    def undo(self, action):
        self.cells[action // 3, action % 3] = None
        self.moves -= 1

    def reachable(self):
        """Return the cells that the next stone can take."""
        return [cell for cell, stone in self.cells.items() if stone is None]


class SlowConnectFour(SlowGrid):
    def __init__(self, rows, columns):
        super().__init__(rows, columns, 4)

    def landing(self, column):
        """Return the cell where a stone falls to, or None in a full column."""
        free = [row for row in range(self.rows) if self.cells[row, column] is None]
        return (max(free), column) if free else None

    def legal(self):
        return [column for column in range(self.columns) if self.landing(column) is not None]

    def play(self, action):
        self.put(self.landing(action))

    def reachable(self):
        return [self.landing(column) for column in self.legal()]
