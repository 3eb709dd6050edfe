from __future__ import annotations

from rich.cells import cell_len

from judgetui.services.text_plots import bar, distribution_lines, matrix_lines, point_order


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(0, 10) == ""
    assert bar(0.5, 10) == "█" * 5
    assert bar(1, 10) == "█" * 10
    assert bar(0.3125, 4) == "█▎"
    assert (bar(-3, 10), bar(7, 10)) == ("", "█" * 10)


def test_points_stand_by_size_and_words_behind_them() -> None:
    assert point_order(["10", "fail", "9", "-1", "9", "any"]) == ["-1", "9", "10", "any", "fail"]


def test_a_matrix_has_the_judge_down_and_people_across() -> None:
    lines = matrix_lines({"1": {"1": 3, "2": 12}, "2": {"2": 4}}, ["1", "2", "3"])
    assert [line.split() for line in lines] == [
        ["1", "2", "3"],
        ["1", "3", "·", "·"],
        ["2", "12", "4", "·"],
        ["3", "·", "·", "·"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_a_matrix_of_many_values_is_not_drawn() -> None:
    many = {str(number): {str(number): 1} for number in range(40)}
    assert matrix_lines(many) == ["40 different values: too many for a matrix"]


def test_hostile_names_stay_on_their_line() -> None:
    lines = matrix_lines({"[red]\x1b[2Ja\nb": {"x" * 50: 1}})
    assert len(lines) == 3
    assert not any("\x1b" in line or "\n" in line for line in lines)


def test_distributions_tell_counts_and_shares_of_each_side() -> None:
    lines = distribution_lines({"judge": {"1": 1, "2": 3}, "people": {"2": 2}}, 60)
    assert [line.rstrip("▏▎▍▌▋▊▉█").split() for line in lines] == [
        ["1", "judge", "1", "25%"],
        ["people", "0", "0%"],
        ["2", "judge", "3", "75%"],
        ["people", "2", "100%"],
    ]
    assert all(cell_len(line) <= 60 for line in lines)
    assert lines[3].count("█") > lines[2].count("█") > lines[0].count("█")
