"""Go as one would explain it: lists of points, groups by walking, all earlier boards kept. Slow, and nothing is cached."""

EMPTY, BLACK, WHITE = ".", "X", "O"


def other(colour):
    return WHITE if colour == BLACK else BLACK


class SlowGo:
    """A game of Go. A board is a list of size² letters, by rows from the top; a point is an index into it."""

    def __init__(self, size, komi, max_plies, board=None, ply=0):
        self.size, self.komi, self.max_plies, self.ply = size, komi, max_plies, ply
        self.board = board or [EMPTY] * size**2
        self.passes = 0
        self.past = []  # boards as strings, the present one not among them
        self.beside = [self.points_beside(point) for point in range(size**2)]

    def points_beside(self, point):
        row, column = divmod(point, self.size)
        steps = [(row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)]
        return [r * self.size + c for r, c in steps if 0 <= r < self.size and 0 <= c < self.size]

    @property
    def colour(self):
        return BLACK if self.ply % 2 == 0 else WHITE

    def group(self, board, point):
        """Return all stones connected with that at a point."""
        found, todo = {point}, [point]
        while todo:
            for next_point in self.beside[todo.pop()]:
                if board[next_point] == board[point] and next_point not in found:
                    found.add(next_point)
                    todo.append(next_point)
        return found

    def liberties(self, board, point):
        """Return the empty points beside the group at a point."""
        return {free for stone in self.group(board, point) for free in self.beside[stone] if board[free] == EMPTY}

    def breathes(self, board, point):
        """Return whether the group at a point has a liberty: as `liberties`, but it stops at the first."""
        found, todo = {point}, [point]
        while todo:
            for near in self.beside[todo.pop()]:
                if board[near] == EMPTY:
                    return True
                if board[near] == board[point] and near not in found:
                    found.add(near)
                    todo.append(near)
        return False

    def put(self, point):
        """Return the board after a stone at an empty point, and how many it captured; None for suicide."""
        board, captured = list(self.board), 0
        board[point] = self.colour
        for near in self.beside[point]:
            if board[near] == other(self.colour) and not self.breathes(board, near):
                for stone in self.group(board, near):
                    board[stone] = EMPTY
                    captured += 1
        return (board, captured) if self.breathes(board, point) else None

    def over(self):
        return self.passes >= 2 or self.ply >= self.max_plies

    def options(self):
        """Return the board after each stone that is no suicide, as a string, and how many it captures, by action."""
        found = {}
        for point in range(self.size**2):
            if self.board[point] == EMPTY:
                after = self.put(point)
                if after is not None:
                    found[point] = "".join(after[0]), after[1]
        return found

    def banned(self, options):
        """Return those options that bring an earlier board back."""
        past = set(self.past)
        return {action for action, (board, _) in options.items() if board in past}

    def legal(self):
        """Return the legal actions; the last one is to pass."""
        options = self.options()
        return [*sorted({*options} - self.banned(options)), self.size**2]

    def play(self, action):
        """Make a legal move; return how many stones it captures."""
        captured = 0
        self.past.append("".join(self.board))
        if action == self.size**2:
            self.passes += 1
        else:
            self.board, captured = self.put(action)
            self.passes = 0
        self.ply += 1
        return captured

    def score(self):
        """Return Black's points less White's by Tromp-Taylor: a point counts for the colour that alone it is or reaches."""
        points = {BLACK: 0.0, WHITE: self.komi}
        for point, letter in enumerate(self.board):
            reached = {letter}
            if letter == EMPTY:
                reached = {self.board[edge] for free in self.group(self.board, point) for edge in self.beside[free]} - {EMPTY}
            if len(reached) == 1:
                points[reached.pop()] += 1
        return points[BLACK] - points[WHITE]
