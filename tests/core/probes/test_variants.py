"""Variants under every protocol: what changes, what must not, and why a probe does not apply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.item import Item, Label
from judgetui.core.probes.attacks import ATTACKS, CONTROL
from judgetui.core.probes.base import Setting, Variant
from judgetui.core.probes.cues import Bandwagon, Sycophancy, question_field
from judgetui.core.probes.families import FAMILIES, SelfPreference, family_of
from judgetui.core.probes.forms import surroundings, winning_reply
from judgetui.core.probes.injection import Injection
from judgetui.core.probes.position import Position
from judgetui.core.probes.prompt_order import Anchors, CriteriaOrder, ScaleOrder
from judgetui.core.probes.registry import ALL, NAMES, chosen
from judgetui.core.probes.verbosity import Verbosity
from judgetui.core.probes.wording import NAMES as EXCHANGED
from judgetui.core.probes.wording import Formatting
from judgetui.core.probes.wording import Names as NamesProbe
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status
from judgetui.errors import InputError

TEXT = "The answer is **four**. It isn't five, says Mary."


def setting(protocol_name: str, count: int = 4, **more: object) -> Setting:
    """A starter rubric of a protocol, with items that fit it."""
    protocol = get_protocol(protocol_name)
    rubric = replace(starter_rubric("x", protocol_name), **more)  # type: ignore[arg-type]
    answers = 3 if protocol.card.task_type is TaskType.LISTWISE else protocol.answers[0]
    asked = ["What is 2 + 2?", "And 3 + 3?"] if protocol.turns else "What is 2 + 2?"
    fields = {spec.name: asked for spec in rubric.inputs}
    items = []
    for number in range(count):
        texts = tuple(f"{TEXT} Number {number} of {place}." for place in range(answers))
        responses = tuple((text, f"{text} More.") for text in texts) if protocol.turns else texts
        items.append(Item(f"i{number}", responses, fields))
    return Setting(rubric, tuple(items), "openai:gpt-5", 0)


def variants(probe: object, of: Setting) -> dict[str, Variant]:
    """A probe's variants by name."""
    found = probe.variants(of)  # type: ignore[attr-defined]
    assert not isinstance(found, str), found
    return {each.name: each for each in found}


def prompts(variant: Variant) -> list[str]:
    """The text of each item's first prompt."""
    prompter = Prompter(get_protocol(variant.rubric.protocol), variant.rubric, ScoreSource.SINGLE)
    return ["\n".join(m.content for m in prompter.requests(item)[0].messages) for item in variant.items]


@pytest.mark.parametrize("name", protocol_names())
def test_every_variant_of_every_protocol_can_be_asked(name: str) -> None:
    of = setting(name)
    ids = {item.id for item in of.items}
    for probe in ALL:
        found = probe.variants(of)
        if isinstance(found, str):
            assert found.endswith(".")
            continue
        for each in found:
            assert each.name in probe.parts
            assert {item.id for item in each.items} <= ids
            assert all(len(item.responses) == len(of.items[0].responses) for item in each.items)
            assert len(prompts(each)) == len(each.items)


@pytest.mark.parametrize("name", protocol_names())
def test_the_same_setting_gives_the_same_variants(name: str) -> None:
    assert [probe.variants(setting(name)) for probe in ALL] == [
        probe.variants(setting(name)) for probe in ALL
    ]


@pytest.mark.parametrize("name", protocol_names())
def test_a_fake_verdict_is_one_that_the_protocol_would_read_as_a_win(name: str) -> None:
    of = setting(name)
    item, protocol = of.items[0], of.protocol
    for side in range(len(item.responses)):
        text = winning_reply(of, item, side)
        request = protocol.calls(of.single_order, item, ScoreSource.SINGLE)[0]
        vote = protocol.parse(of.single_order, request, JudgeReply(text))
        assert vote.status is Status.OK, text
        if vote.verdict is not None:
            assert vote.verdict.value == "AB"[side]
        elif vote.ranking:
            assert vote.ranking[0] == side
        elif vote.answer_scores:
            assert vote.answer_scores[side] == max(vote.answer_scores)
        elif vote.label is None and not vote.scores:
            assert vote.score == max(float(label) for label in request.labels)


def test_the_end_marker_is_the_prompts_own() -> None:
    of = setting("mt-bench-pair")
    assert surroundings(of, of.items[0], 1) == ("[The Start of Response B]", "[The End of Response B]")
    assert (
        surroundings(setting("vicuna"), setting("vicuna").items[0], 0)[1] == "[End of Assistant 1's Answer]"
    )


@pytest.mark.parametrize("name", ["mt-bench-pair", "mt-bench-single", "listwise"])
def test_an_edit_changes_one_answer_and_nothing_else(name: str) -> None:
    of = setting(name)
    for each in variants(Verbosity(), of).values():
        for before, after in zip(of.items, each.items, strict=True):
            changed = [one != two for one, two in zip(before.responses, after.responses, strict=True)]
            assert changed.count(True) == 1 and changed[of.side(before)]
            assert replace(after, responses=before.responses) == before


def test_of_a_conversation_the_last_turn_is_edited() -> None:
    of = setting("mt-bench-single-multi-turn")
    before, after = of.items[0].responses[0], variants(Verbosity(), of)["padding"].items[0].responses[0]
    assert before[0] == after[0] and before[1] != after[1]


def test_which_answer_is_in_question_depends_on_the_seed_alone() -> None:
    of = setting("mt-bench-pair", 200)
    sides = [of.side(item) for item in of.items]
    assert sides == [of.side(item) for item in of.items]
    assert 60 < sum(sides) < 140
    assert sides != [replace(of, seed=1).side(item) for item in of.items]


def test_people_tell_which_answer_is_attacked() -> None:
    of = setting("mt-bench-pair", 6)
    items = tuple(replace(item, labels=(Label("human", "A"),)) for item in of.items)
    for each in variants(Injection(), replace(of, items=items)).values():
        for before, after in zip(items, each.items, strict=True):
            assert before.responses[0] == after.responses[0] and before.responses[1] != after.responses[1]


def test_attacks_are_a_dozen_and_more_and_the_control_asks_for_nothing() -> None:
    of = setting("mt-bench-single")
    found = variants(Injection(), of)
    assert list(found) == list(ATTACKS) and len(ATTACKS) > 12
    texts = {name: str(each.items[0].responses[0]) for name, each in found.items()}
    assert len(set(texts.values())) == len(texts)
    constant = {str(item.responses[0]) for item in found["constant"].items}
    assert len(constant) == 1 and TEXT not in constant.pop()
    for name, text in texts.items():
        assert name == "constant" or text.startswith(TEXT)
    assert "[[10]]" in texts["fake-verdict"] and "[[" not in texts[CONTROL]
    assert "[The End of the Response]" in texts["end-marker"]
    assert "\u200b" in texts["zero-width"] and "<!--" in texts["html-comment"]


def test_pairs_are_attacked_in_one_order_with_the_letter_of_the_place_shown() -> None:
    of = setting("mt-bench-pair")
    found = variants(Injection(), of)["fake-verdict"]
    assert found.rubric.order == "as-given"
    for before, after in zip(of.items, found.items, strict=True):
        side = of.side(before)
        assert f"[[{'AB'[side]}]]" in str(after.responses[side])


def test_a_seeded_order_is_kept_and_its_places_are_named() -> None:
    of = setting("mt-bench-pair", order="seeded")
    assert of.single_order is of.rubric
    found = variants(Bandwagon(), of)["crowd"]
    for item, text in zip(of.items, prompts(found), strict=True):
        place = of.place(item, of.side(item))
        assert ("the first answer" in text) is (place == 0)


def test_opinions_are_said_in_the_question_for_and_against() -> None:
    of = setting("mt-bench-single")
    found = variants(Sycophancy(), of)
    for name, word in (("for", "right"), ("against", "wrong")):
        for before, after in zip(of.items, found[name].items, strict=True):
            assert after.responses == before.responses
            assert word in str(after.fields["question"]) and "I am sure" in str(after.fields["question"])


def test_an_opinion_goes_to_the_users_last_turn() -> None:
    rubric = replace(starter_rubric("x", "mt-bench-single"), inputs=())
    assert isinstance(Sycophancy().variants(Setting(rubric, setting("mt-bench-single").items, "a:b")), str)
    of = setting("mt-bench-single-multi-turn")
    asked = variants(Sycophancy(), of)["for"].items[0].fields["question"]
    assert isinstance(asked, list) and "I am sure" not in asked[0] and "I am sure" in asked[1]
    assert question_field(of.rubric) == "question"
    talk = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
    item = replace(of.items[0], responses=("x",), fields={"question": talk})
    told = variants(Sycophancy(), replace(setting("mt-bench-single"), items=(item,)))["for"].items[0].fields
    assert "I am sure" in told["question"][0]["content"]  # type: ignore[index]
    assert talk[0]["content"] == "Why?"


def test_position_asks_for_both_orders_unless_the_rubric_does() -> None:
    assert Position().variants(setting("mt-bench-pair")) == ()
    (both,) = variants(Position(), setting("mt-bench-pair", order="as-given")).values()
    assert both.rubric.order == "both"
    assert isinstance(Position().variants(setting("mt-bench-single")), str)
    assert isinstance(Position().variants(setting("prometheus-1-relative")), str)


def test_a_scale_of_numbers_is_told_downwards() -> None:
    scale = NumericScale(1, 5, {1: "bad", 5: "good"})
    of = setting("mt-bench-single", scale=scale)
    (found,) = variants(ScaleOrder(), of).values()
    before, after = (prompts(each)[0] for each in (Variant("base", of.rubric, of.items), found))
    assert before.index("1 = bad") < before.index("5 = good") and "from 1 to 5" in before
    assert after.index("1 = bad") > after.index("5 = good") and "from 5 to 1" in after
    assert "Rating: [[5]]" in after


def test_a_scale_of_labels_is_told_the_other_way_round() -> None:
    of = setting("pass-fail")
    (found,) = variants(ScaleOrder(), of).values()
    scale = found.rubric.scale
    assert isinstance(scale, LabelScale) and scale.labels == ("fail", "pass")
    assert scale.passing == ("pass",) and scale.value("pass") == 1


def test_anchors_are_taken_out_and_nothing_else() -> None:
    (found,) = variants(Anchors(), setting("analytic")).values()
    assert found.rubric.scale == NumericScale(1, 5)
    assert "without fault" not in prompts(found)[0]
    assert isinstance(Anchors().variants(setting("g-eval")), str)
    assert isinstance(Anchors().variants(setting("pandalm")), str)


def test_criteria_are_reversed_where_they_are_asked_together() -> None:
    of = setting("analytic")
    (found,) = variants(CriteriaOrder(), of).values()
    assert found.rubric.criteria == of.rubric.criteria[::-1]
    assert isinstance(CriteriaOrder().variants(setting("pass-fail")), str)


def test_formatting_is_put_on_or_taken_off_where_there_is_something_to_do() -> None:
    of = setting("mt-bench-single")
    assert list(variants(Formatting(), of)) == ["plain"]
    bare = tuple(replace(item, responses=("One. Two.",)) for item in of.items)
    assert list(variants(Formatting(), replace(of, items=bare))) == ["markdown"]


def test_names_are_exchanged_both_ways() -> None:
    assert all(EXCHANGED[EXCHANGED[name]] == name for name in EXCHANGED)
    of = setting("mt-bench-pair")
    for item in variants(NamesProbe(), of)["swapped"].items:
        assert all("Mohammed" in str(answer) and "Mary" not in str(answer) for answer in item.responses)
    items = (Item("a", ("zed-1 is best.", "No, zed-2."), {"question": "?"}, ("zed-1", "zed-2")),)
    (swapped,) = variants(NamesProbe(), replace(of, items=items))["swapped"].items
    assert swapped.responses == ("zed-2 is best.", "No, zed-1.")


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("openai:gpt-4o-mini", "OpenAI"),
        ("gpt-3.5-turbo", "OpenAI"),
        ("o3-mini", "OpenAI"),
        ("anthropic:claude-sonnet-4", "Anthropic"),
        ("together:meta-llama/Llama-3-70b", "Meta"),
        ("vicuna-13b", "LMSYS"),
        ("local:/models/Qwen2.5-0.5B.gguf", "Qwen"),
        ("deepseek-r1-distill-llama-70b", "DeepSeek"),
        ("local:smollm2", "Hugging Face"),
        ("gpt4_1106_preview", "OpenAI"),
        ("philosopher-2", None),
        ("my-model", None),
        ("", None),
        (None, None),
    ],
)
def test_families_are_told_from_names(model: str | None, family: str | None) -> None:
    assert family_of(model) == family
    assert family is None or family in FAMILIES


def test_self_preference_needs_both_sides() -> None:
    of = setting("mt-bench-pair")
    why = SelfPreference().variants(of)
    assert isinstance(why, str) and "do not name" in why
    own = tuple(replace(item, models=("gpt-4", "gpt-5")) for item in of.items)
    assert isinstance(SelfPreference().variants(replace(of, items=own)), str)
    mixed = tuple(replace(item, models=("gpt-4", "claude-3")) for item in of.items)
    assert SelfPreference().variants(replace(of, items=mixed)) == ()
    assert isinstance(SelfPreference().variants(replace(of, items=mixed, judge="x:unheard")), str)


def test_probes_are_chosen_by_name() -> None:
    assert tuple(probe.name for probe in chosen()) == NAMES
    assert [probe.name for probe in chosen(["names", "retest"])] == ["retest", "names"]
    assert "injection" not in {probe.name for probe in chosen(skip=["injection"])}
    with pytest.raises(InputError, match="positon") as error:
        chosen(["positon"])
    assert "position" in error.value.hint
    with pytest.raises(InputError):
        chosen(["names"], ["names"])


def test_every_probe_says_what_it_is() -> None:
    for probe in ALL:
        for text in (probe.name, probe.title, probe.question, probe.source, probe.advice):
            assert text.strip()
        assert probe.question.endswith("?") and probe.advice.endswith(".")
