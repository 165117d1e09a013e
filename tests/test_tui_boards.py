"""Drawings of boards: what stands on them is what the game draws, every cell can be pointed at, sides differ in shape."""

import re

import numpy as np
import pytest
from tui_tools import SPECS

from arena.tui.boards.canvas import ON, Canvas, Ink, disc, ring
from arena.tui.boards.choose import drawing_for, drawings
from arena.tui.boards.faces import EMPTY, face_of
from arena.tui.graph import graph
from arena.tui.play import Theme
from arena.tui.readings import scene_of
from arena.tui.strength import LEVELS
from arena.tui.theme import COLOUR_BLIND, DEFAULT, MONOCHROME, PALETTES
from games import find
from games.position import Position
from games.rules import ONGOING


def random_position(game, random, plies):
    position = Position(game)
    for _ in range(plies):
        if position.outcome() != ONGOING:
            break
        position.play(int(random.choice(position.legal_actions())))
    return position


def drawn(game, position):
    """Return the pieces that the game's own drawing shows, row by row, without coordinates and marks."""
    piece = "[KQRBNPkqrbnp.]" if game.name == "chess" else "[XO.+]"
    rows = []
    for line in game.draw(position.state).split("\n"):
        found = re.fullmatch(rf"\s*\d*\s*({piece}(?: +{piece})*)\s*\d*\s*", line.replace("(", " ").replace(")", " "))
        if found:
            rows.append(found[1].replace(" ", "").replace("+", "."))
    return rows


@pytest.mark.parametrize("spec", SPECS)
def test_what_stands_on_the_board_is_what_the_game_draws(spec, random):
    game = find(spec)
    face = face_of(game)
    for plies in (0, 1, 2, 5, 9, 20, 40):
        position = random_position(game, random, plies)
        assert face.letters(position.state) == drawn(game, position)
        assert (len(face.letters(position.state)), len(face.letters(position.state)[0])) == (face.rows, face.columns)


@pytest.mark.parametrize("spec", SPECS)
def test_a_move_stands_where_its_cell_is(spec, random):
    """After a move its last cell holds a piece of who made it, and before it did not; its name is that of the cell."""
    game = find(spec)
    face = face_of(game)
    for _ in range(4):
        position = Position(game)
        for _ in range(30):
            if position.outcome() != ONGOING:
                break
            action = int(random.choice(position.legal_actions()))
            cells, before, mover = face.cells(position.state, action), face.letters(position.state), position.to_play
            name = game.move_name(position.state, action)
            position.play(action)
            after = face.letters(position.state)
            if not cells:
                assert name == "pass"
                assert after == before
                continue
            row, column = cells[-1]
            letter = after[row][column]
            assert letter.isupper() == (mover == 0) if game.name == "chess" else letter == "XO"[mover]
            assert before[row][column] != letter or game.name == "chess"
            if face.style not in ("chess", "frame") and name != "swap":
                assert name.lower() == f"{face.column_names[column]}{face.row_names[row]}".lower()
            assert scene_of(face, position).last == cells


@pytest.mark.parametrize("spec", SPECS)
def test_every_cell_can_be_pointed_at_and_what_is_there_is_drawn_there(spec, random):
    """At every size: changing what stands on a cell changes only characters that belong to it or to its neighbours' edges."""
    game = find(spec)
    face = face_of(game)
    for drawing in drawings(face):
        cells = {(row, column) for row in range(face.rows) for column in range(face.columns)}
        for turned in (False, True) if face.clicks == 2 else (False,):
            places = {}
            for y in range(-1, drawing.height + 2):
                for x in range(-1, drawing.width + 3):
                    cell = drawing.cell_at(x, y, turned)
                    if cell is not None:
                        places.setdefault(cell, []).append((x, y))
            assert set(places) == cells
            scene = scene_of(face, Position(game))._replace(turned=turned, targets=frozenset(), last=())
            plain = drawing.paint(scene, DEFAULT)
            assert (plain.width, plain.height) == (drawing.width, drawing.height)
            for cell in [sorted(cells)[int(i)] for i in random.integers(0, len(cells), 2)]:
                letters = [list(row) for row in scene.letters]
                letters[cell[0]][cell[1]] = "Q" if face.clicks == 2 else "X"
                changed = drawing.paint(scene._replace(letters=["".join(row) for row in letters]), DEFAULT)
                differ = [(x, y) for y in range(drawing.height) for x in range(drawing.width)
                          if changed._character(x, y) != plain._character(x, y)]  # fmt: skip
                owners = {drawing.cell_at(x, y, turned) for x, y in differ} - {None}
                near = {(cell[0] + row, cell[1] + column) for row in (-1, 0, 1) for column in (-1, 0, 1)}
                assert owners <= near
                assert cell in owners or scene.letters[cell[0]][cell[1]] == letters[cell[0]][cell[1]]


@pytest.mark.parametrize("spec", SPECS)
def test_boards_fit_into_80_by_24(spec):
    face = face_of(find(spec))
    smallest = drawings(face)[-1]
    assert smallest.width <= 80 - 24
    assert smallest.height <= 20
    sizes = [(drawing.width, drawing.height) for drawing in drawings(face)]
    assert sizes == sorted(sizes, reverse=True)
    for width, height in ((20, 5), (46, 20), (60, 30), (200, 80)):
        drawing = drawing_for(face, width, height)
        assert drawing.width <= width or (drawing.width, drawing.height) == sizes[-1]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("palette", [COLOUR_BLIND, MONOCHROME], ids=lambda palette: palette.name)
def test_whoever_sees_one_colour_on_both_sides_can_tell_them_apart(spec, palette):
    """With the colour of the first player for both, a piece that changes sides looks different."""
    face = face_of(find(spec))
    colours = palette.boards[face.style]
    palette = palette._replace(boards={face.style: colours._replace(second=colours.first)})
    scene = scene_of(face, Position(find(spec)))._replace(targets=frozenset(), last=())
    rows = [list(row) for row in scene.letters]
    for drawing in drawings(face):
        pictures = []
        for letter in ("Q", "q") if face.clicks == 2 else ("X", "O"):
            rows[0][1] = letter
            canvas = drawing.paint(scene._replace(letters=["".join(row) for row in rows]), palette)
            pictures.append([canvas._character(x, y) for y in range(canvas.height) for x in range(canvas.width)])
        assert pictures[0] != pictures[1]


@pytest.mark.parametrize("spec", SPECS)
def test_the_monochrome_picture_has_no_colours_and_shows_all_marks(spec):
    face = face_of(find(spec))
    scene = scene_of(face, Position(find(spec)))._replace(targets=frozenset())
    cells = [(row, column) for row in range(face.rows) for column in range(face.columns)]
    at = next((row, column) for row, column in cells if scene.letters[row][column] == EMPTY)
    for drawing in drawings(face):
        plain = drawing.paint(scene, MONOCHROME)
        marks = {"cursor": at, "last": (at,), "hint": (at,), "heat": {at: 0.5}}
        if face.clicks == 2:
            marks |= {"picked": at, "check": at, "targets": frozenset({at})}
            scene = scene._replace(letters=["Q" * 8] * 8)
            plain = drawing.paint(scene, MONOCHROME)
            del marks["heat"]  # the panel tells it
        for name, value in marks.items():
            if name == "last":
                rows = [list(row) for row in scene.letters]
                rows[at[0]][at[1]] = "Q" if face.clicks == 2 else "X"
                base = scene._replace(letters=["".join(row) for row in rows])
                assert drawing.paint(base, MONOCHROME).lines() != drawing.paint(base._replace(last=value), MONOCHROME).lines()
            else:
                assert drawing.paint(scene._replace(**{name: value}), MONOCHROME).lines() != plain.lines(), name
        for y in range(plain.height):
            for segment in plain.segments(y):
                colours = {segment.style.color, segment.style.bgcolor} - {None}
                assert all(colour.is_default for colour in colours)


def test_themes_and_levels_have_one_list():
    assert set(PALETTES) == set(Theme.__args__)
    strengths = list(LEVELS.values())
    assert [strength.simulations for strength in strengths] == sorted(strength.simulations for strength in strengths)
    assert [strength.temperature for strength in strengths] == sorted((s.temperature for s in strengths), reverse=True)


def test_a_canvas_shows_each_quarter_that_two_colours_allow(random):
    """Read back: for every character with at most two colours, each quarter has the colour it was given."""
    bits = {character: place for place, character in enumerate(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")}
    for _ in range(200):
        canvas = Canvas(1, 1, "#000000")
        quarters = [str(colour) for colour in random.choice(["#000000", "#ffffff"], 4)]
        for place, colour in enumerate(quarters):
            canvas.fill(place % 2, place // 2, 1, 1, colour)
        (segment,) = canvas.segments(0)
        fore, back = segment.style.color.name, segment.style.bgcolor.name
        seen = [fore if bits[segment.text] >> place & 1 else back for place in range(4)]
        assert seen == quarters


def test_text_above_a_part_in_the_colour_of_text_is_reversed():
    canvas = Canvas(2, 1, None)
    canvas.fill(0, 0, 2, 2, ON)
    canvas.write(0, 0, "ab", Ink(ON))
    one, other = canvas.segments(0)
    assert (one.text, one.style.reverse, other.text, other.style.reverse) == ("a", True, "b", False)


def test_a_ring_is_a_disc_with_a_hole():
    for width, height in ((10, 4), (14, 6), (18, 8)):
        full, hollow = (np.array([list(row) for row in mask(width, height)]) == "#" for mask in (disc, ring))
        assert (full | hollow == full).all()
        assert 0 < hollow.sum() < full.sum()
        rows = full[height == 4 :]  # of four, the first stays free
        assert (rows == rows[::-1]).all()
        assert (full == full[:, ::-1]).all()


def test_the_graph_is_high_where_the_first_player_is_better():
    assert graph({}, 10, 5, 2) == ["     ", "     "]
    assert graph({0: 1.0, 1: 1.0}, 1, 3, 2)[1].strip() == ""
    assert graph({0: -1.0, 1: -1.0}, 1, 3, 2)[0].strip() == ""
    for plies in (1, 3, 10, 57, 500):
        lines = graph({ply: np.sin(ply / 5) for ply in range(plies + 1)}, plies, 30, 4)
        assert [len(line) for line in lines] == [30] * 4
        assert all(character == " " or 0x2800 <= ord(character) < 0x2900 for line in lines for character in line)
    assert "⠁" in graph({0: 1.0}, 400, 10, 1)[0]


def test_letters_of_free_cells_are_points():
    for spec in SPECS:
        game = find(spec)
        letters = "".join(face_of(game).letters(Position(game).state))
        assert set(letters) <= set("XO" + EMPTY) if game.name != "chess" else letters.count(EMPTY) == 32


def test_a_game_of_ones_own_has_no_face():
    from own_game import ThreeLoses

    assert face_of(ThreeLoses()) is None
