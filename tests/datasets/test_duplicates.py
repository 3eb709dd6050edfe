"""Near-duplicates: all that comparing every pair finds, and nothing else."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from judgetui.core.item import Item
from judgetui.datasets.duplicates import CLOSE, Near, groups_of, near_duplicates, plain_text

WORDS = [a + b + c for a in "bdgklmn" for b in "aeiou" for c in "prstz"]


def texts(count: int, seed: int = 0) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.randint(20, 60))) for _ in range(count)]


def item(number: int, text: str, question: str = "Why?") -> Item:
    return Item(str(number), (text,), {"question": question})


def test_the_same_text_is_found_whatever_its_case_space_and_punctuation() -> None:
    items = [item(0, "It is four."), item(1, "Something else altogether"), item(2, "it  is\nFOUR!")]
    assert near_duplicates(items).pairs == (Near(0, 2, 100.0),)


def test_copies_with_a_few_changed_words_are_found() -> None:
    chance = random.Random(1)
    originals = texts(300)
    copies = []
    for text in originals[:60]:
        words = text.split()
        words[chance.randrange(len(words))] = "changed"
        copies.append(" ".join(words))
    items = [item(number, text) for number, text in enumerate(originals + copies)]
    found = near_duplicates(items)
    plain = [plain_text(each) for each in items]
    all_pairs = {
        (a, b) for a, b in combinations(range(len(items)), 2) if fuzz.ratio(plain[a], plain[b]) >= CLOSE
    }
    assert {(near.first, near.second) for near in found.pairs} == all_pairs
    assert len(all_pairs) >= 50
    assert found.crowded == 0
    for near in found.pairs:
        assert near.score == fuzz.ratio(plain[near.first], plain[near.second])


def test_short_texts_and_scripts_without_spaces_are_compared() -> None:
    items = [
        item(0, "Paris", ""),
        item(1, "paris.", ""),
        item(2, "这是一个关于人工智能的问题和答案", ""),
        item(3, "这是一个关于人工智能的问题与答案", ""),
        item(4, "", ""),
        item(5, "", ""),
    ]
    assert [(near.first, near.second) for near in near_duplicates(items).pairs] == [(0, 1), (2, 3)]


def test_items_of_one_template_are_compared_with_their_neighbours_and_said_to_be_crowded() -> None:
    items = [item(number, "The same words in each of these answers, over and over") for number in range(2)]
    assert near_duplicates(items).crowded == 0
    words = ["red", "rad", "rid", "rod", "rud", "ryd", "rxd"]
    alike = [f"{'the very same words again ' * 8}{words[n % 7]}{'!' * n}" for n in range(70)]
    found = near_duplicates([Item(str(number), (text,)) for number, text in enumerate(alike)])
    assert len(groups_of(found.pairs)) == 1
    many = [Item(str(number), (f"the same words {'and ' * number}",)) for number in range(1, 60)]
    assert near_duplicates(many).crowded > 0


def test_items_that_differ_in_a_number_are_not_the_same() -> None:
    items = [Item(str(n), (f"It is {2 * n}.",), {"question": f"What is {n} + {n}?"}) for n in range(100, 140)]
    assert near_duplicates(items).pairs == ()


def test_questions_can_be_compared_alone() -> None:
    items = [item(0, "Yes, by all means, it is.", "Is it true?"), item(1, "Never ever.", "Is it true?")]
    assert near_duplicates(items).pairs == ()
    assert near_duplicates(items, questions_only=True).pairs == (Near(0, 1, 100.0),)


def test_groups_are_tied_by_chains() -> None:
    assert groups_of([Near(0, 3, 95.0), Near(3, 5, 91.0), Near(1, 2, 100.0)]) == [[0, 3, 5], [1, 2]]
    assert groups_of([]) == []


@given(st.lists(st.text(max_size=30), max_size=12))
def test_any_texts_can_be_compared(given_texts: list[str]) -> None:
    items = [Item(str(number), (text,), {"question": text[::-1]}) for number, text in enumerate(given_texts)]
    for near in near_duplicates(items).pairs:
        assert near.first < near.second
        assert CLOSE <= near.score <= 100
