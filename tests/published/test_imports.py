"""Every judge that the released files of FastChat, AlpacaEval, Vicuna and G-Eval hold: imported and judged, or
refused with a reason; what is sent compared with an upstream-style fill of the same file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from judgetui.core.events import Judged
from judgetui.core.item import Item, Response
from judgetui.core.lint import lint
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import prompt
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.core.run import RunSettings
from judgetui.core.vote import Status
from judgetui.interchange.reading import Imported
from judgetui.providers.scripted import ScriptedJudge
from judgetui.rubric_files import load_rubric
from judgetui.services.importing import get_reader, read_judges, write_rubrics
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.published.data import published, read_json, read_lines

Messages = list[tuple[str, str]]

HOSTILE: Final = 'Uses {{ task }}, {% raw %}, {x}, "}}" and {\n\n  é 🎉 ${HOME}\\n %s <|im_end|>\n#'
"""An answer in which a template language would find something to do; none of upstream's own placeholders."""


@cache
def questions() -> list[dict[str, Any]]:
    """MT-Bench's questions, with reference answers where there are any."""
    folder = published("fastchat_llm_judge/mt_bench")
    references = {
        line["question_id"]: line["choices"][0]["turns"]
        for line in read_lines(folder / "reference_answer" / "gpt-4.jsonl")
    }
    return [
        {"turns": line["turns"], "reference": references.get(line["question_id"], ["r1", HOSTILE])}
        for line in read_lines(folder / "question.jsonl")
    ][::7]


def sent(rubric: Rubric, item: Item, order: Order | None = None) -> Messages:
    """What judgetui sends."""
    messages = prompt(get_protocol(rubric.protocol), rubric, item, rubric.criteria[0], order)
    return [(message.role, message.content) for message in messages]


async def judged(rubric: Rubric, item: Item, folder: Path) -> None:
    """Judge an item with a rubric's file, by the stand-in judge, in a session."""
    [(_, path)] = write_rubrics([Imported(rubric.name, rubric)], folder / "r.yaml").written
    assert load_rubric(path) == rubric
    assert [finding for finding in lint(rubric) if finding.level == "error"] == []
    with SessionFile.create(folder / "s.db", "s") as session:
        version = await session.write(lambda repos: repos.rubrics.create(rubric))
        runner = Runner(session, lambda judge: ScriptedJudge(judge.removeprefix("scripted:")))
        run = await runner.create(version, ("scripted:1",), [item], RunSettings())
        found = [event.judgement async for event in runner.go(run) if isinstance(event, Judged)]
    (judgement,) = found
    assert judgement.outcome.status is Status.OK, (rubric.name, judgement.votes)


# FastChat


def fastchat_lines() -> list[dict[str, Any]]:
    return list(read_lines(published("fastchat_llm_judge/judge_prompts.jsonl")))


PROTOCOLS: Final = {
    "pair-v2": "mt-bench-pair",
    "pair-v2-multi-turn": "mt-bench-pair-multi-turn",
    "pair-math-v1": "mt-bench-pair-ref",
    "pair-math-v1-multi-turn": "mt-bench-pair-ref-multi-turn",
    "single-v1": "mt-bench-single",
    "single-v1-multi-turn": "mt-bench-single-multi-turn",
    "single-math-v1": "mt-bench-single-ref",
    "single-math-v1-multi-turn": "mt-bench-single-ref-multi-turn",
}


def fastchat_fill(line: dict[str, Any], question: dict[str, Any], answers: list[list[str]]) -> Messages:
    """The messages as fastchat/llm_judge/common.py makes them; extra values are no matter to `str.format`."""
    values = {"question": question["turns"][0], "ref_answer_1": question["reference"][0]}
    values |= {f"question_{n}": text for n, text in enumerate(question["turns"], 1)}
    values |= {f"ref_answer_{n}": text for n, text in enumerate(question["reference"], 1)}
    for side, turns in zip(("_a", "_b") if len(answers) == 2 else ("",), answers, strict=True):
        values[f"answer{side}"] = turns[0]
        values |= {f"answer{side}_{n}": text for n, text in enumerate(turns, 1)}
    return [("system", line["system_prompt"]), ("user", line["prompt_template"].format(**values))]


async def test_all_eight_prompts_of_fastchat(tmp_path: Path) -> None:
    lines = fastchat_lines()
    found = read_judges(published("fastchat_llm_judge"), get_reader("fastchat"))
    assert {each.name: each.rubric and each.rubric.protocol for each in found} == PROTOCOLS
    for imported, line in zip(found, lines, strict=True):
        rubric = imported.rubric
        assert rubric is not None
        turned = "multi-turn" in imported.name
        for number, question in enumerate(questions()):
            answers = [
                [f"{HOSTILE} {number}", f"Second {side}. "]
                for side in "ab"[: 2 - ("single" in imported.name)]
            ]
            fields: dict[str, object] = {
                "question": question["turns"] if turned else question["turns"][0],
                "reference": question["reference"] if turned else question["reference"][0],
            }
            responses: tuple[Response, ...] = tuple(tuple(turns) if turned else turns[0] for turns in answers)
            item = Item(f"q{number}", responses, fields)
            for order in (Order.AB, Order.BA) if len(answers) == 2 else (None,):
                shown = answers[::-1] if order == Order.BA else answers
                assert sent(rubric, item, order) == fastchat_fill(line, question, shown)
        (folder := tmp_path / imported.name).mkdir()
        await judged(rubric, item, folder)


# AlpacaEval


def evaluators() -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Every config of every folder, read here by itself."""
    for path in sorted(published("alpaca_eval/evaluators_configs").glob("*/config*.yaml")):
        for name, config in YAML(typ="safe", pure=True).load(path.read_text()).items():
            yield path, name, config


FAMILIES: Final = {
    ("ranking_parser", None): "alpaca-eval-1",
    ("logprob_parser", None): "alpaca-eval-2",
    ("logprob_parser", -1): "alpaca-eval-2-cot",
    ("lmsys_parser", None): "vicuna",
}


def family(config: dict[str, Any]) -> str:
    """The protocol that a config calls for, or why it is refused, from its keys alone."""
    asked = config["completions_kwargs"]
    parser, kwargs = (
        config.get("fn_completion_parser", "regex_parser"),
        config.get("completion_parser_kwargs", {}),
    )
    if "tools" in asked:
        return "refused: function call"
    if config.get("batch_size", 1) > 1:
        return "refused: at once"
    if parser == "regex_parser":
        first = kwargs["outputs_to_match"][1]
        return {"[[A]]": "mt-bench-pair", ": true": "refused: ': true'"}.get(first, "alpaca-farm")
    return FAMILIES[parser, kwargs.get("log_prob_index")]


def alpaca_fill(path: Path, config: dict[str, Any], values: dict[str, str]) -> Messages:
    """The messages as utils.make_prompts and utils.prompt_to_chatml make them.

    Values are put in one after another as upstream does, into the template's ChatML markers too.
    """
    template = (path.parents[1] / config["prompt_template"]).read_text()
    names = list(Counter(re.findall(r"{([^ \s]+?)}", template)))
    for name in names:
        template = template.replace("{" + name + "}", values[name], 1)
    if "<|im_start|>" not in template:
        openai = config.get("fn_completions") == "openai_completions"
        return [("user", template.strip() if openai else template)]
    parts = [part.split("\n", 1) for part in template.strip().split("<|im_start|>")[1:]]
    return [(role.strip(), text.split("<|im_end|>", 1)[0].strip()) for role, text in parts]


async def test_all_evaluators_of_alpaca_eval(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    folders = sorted({path.parent for path, _, _ in evaluators()})
    found = {
        (folder.name, each.name): each
        for folder in folders
        for each in read_judges(folder, get_reader("alpaca-eval"))
    }
    # Upstream would end a message at the mark inside of an answer; here it stays part of the answer.
    answer = HOSTILE.replace("<|im_end|>", "")
    for path, name, config in evaluators():
        wanted = family(config)
        expected[wanted] += 1
        imported = found.pop((path.parent.name, name))
        rubric = imported.rubric
        if rubric is None:
            reasons[name] = imported.reason
            seen[wanted if wanted.partition(": ")[2] in imported.reason else imported.reason] += 1
            continue
        seen[rubric.protocol] += 1
        assert rubric.order == ("as-given" if config.get("is_randomize_output_order") is False else "seeded")
        assert f"model_name: {config['completions_kwargs']['model_name']}" in rubric.notes
        for number, question in enumerate(questions()):
            item = Item(str(number), (answer, f"b {number}"), {"instruction": question["turns"][0]})
            for order, shown in ((Order.AB, (0, 1)), (Order.BA, (1, 0))):
                values = {"instruction": item.text("instruction")}
                values |= {f"output_{n}": str(item.responses[place]) for n, place in enumerate(shown, 1)}
                assert sent(rubric, item, order) == alpaca_fill(path, config, values), name
        (folder := tmp_path / name).mkdir()
        await judged(rubric, item, folder)
    assert not found
    assert len(folders) == 45  # tatsu-lab/alpaca_eval at cd543a14, as is the number of configs
    assert seen == expected
    assert expected.total() == 57
    assert len(reasons) == sum(count for kind, count in expected.items() if kind.startswith("refused"))


def test_sampling_of_alpaca_eval_is_the_configs() -> None:
    for path, name, config in evaluators():
        (imported,) = read_judges(path, get_reader("alpaca-eval"), name=name)
        if imported.rubric is None:
            continue
        asked, sampling = config["completions_kwargs"], imported.rubric.sampling
        longest = {"max_tokens", "max_tokens_to_sample", "max_new_tokens"} & set(asked)
        assert sampling.max_tokens == asked[longest.pop()]
        assert sampling.top_logprobs == asked.get("top_logprobs")
        assert sampling.top_p == asked.get("top_p")
        assert sampling.temperature == asked.get("temperature", sampling.temperature)


# Vicuna


async def test_the_prompts_of_vicuna_are_one_rubric(tmp_path: Path) -> None:
    folder = published("vicuna_eval")
    (imported,) = read_judges(folder, get_reader("vicuna"))
    rubric = imported.rubric
    assert rubric is not None, imported.reason
    assert (rubric.sampling.temperature, rubric.sampling.max_tokens) == (0.2, 1024)
    prompts = list(read_lines(folder / "prompt.jsonl"))
    reviewers = list(read_lines(folder / "reviewer.jsonl"))
    used: Counter[int] = Counter()
    for question in read_lines(folder / "question.jsonl"):
        chosen = [each for each in reviewers if each["category"] == question["category"]] or reviewers
        entry = prompts[chosen[0]["prompt_id"] - 1]
        used[entry["prompt_id"]] += 1
        item = Item("v", (HOSTILE, "b"), {"question": question["text"]}, category=question["category"])
        filled = entry["prompt_template"].format(
            question=question["text"], answer_1=HOSTILE, answer_2="b", **entry["defaults"]
        )
        assert sent(rubric, item, Order.AB) == [("system", entry["system_prompt"]), ("user", filled)]
    categories = Counter(line["category"] for line in read_lines(folder / "question.jsonl"))
    assert (used[2], used[3]) == (categories["coding"], categories["math"])
    assert used.total() == categories.total() == 80  # the blog's number of questions
    await judged(rubric, item, tmp_path)


async def test_qloras_prompts_in_the_same_format(tmp_path: Path) -> None:
    """Its prompts for scores are Vicuna's unchanged (artidoro/qlora, eval/prompts), the others its own."""
    reader = get_reader("vicuna")
    (own,) = read_judges(published("vicuna_eval"), reader)
    for name, protocol in (
        ("vicuna_prompt_relative", "vicuna"),
        ("vicuna_prompt_threeclass", "guanaco"),
        ("oa_prompt_threeclass", "guanaco"),
    ):
        path = published(f"qlora/prompts/{name}.jsonl")
        (imported,) = read_judges(path, reader)
        rubric = imported.rubric
        assert rubric is not None, imported.reason
        assert rubric.protocol == protocol
        assert own.rubric is not None
        assert (rubric.template == own.rubric.template) is (protocol == "vicuna")
        prompts = list(read_lines(path))
        for category in ("general", "coding", "math", "generic"):
            entry = next((each for each in prompts if each["category"] == category), prompts[0])
            item = Item("v", (HOSTILE, "b"), {"question": "Why?"}, category=category)
            filled = entry["prompt_template"].format(
                question="Why?", answer_1="b", answer_2=HOSTILE, **entry["defaults"]
            )
            assert sent(rubric, item, Order.BA) == [("system", entry["system_prompt"]), ("user", filled)]
        (folder := tmp_path / name).mkdir()
        await judged(rubric, item, folder)


# G-Eval


@pytest.mark.parametrize(
    ("file", "criterion", "high"),
    [("coh", "coherence", 5), ("con", "consistency", 5), ("flu", "fluency", 3), ("rel", "relevance", 5)],
)
async def test_the_prompts_of_g_eval(tmp_path: Path, file: str, criterion: str, high: int) -> None:
    path = published(f"geval/prompts/summeval/{file}_detailed.txt")
    (imported,) = read_judges(path, get_reader("g-eval"))
    rubric = imported.rubric
    assert rubric is not None, imported.reason
    assert [each.name for each in rubric.criteria] == [criterion]
    assert rubric.scale is not None
    assert (rubric.scale.texts[0], rubric.scale.texts[-1]) == ("1", str(high))
    template = path.read_text(encoding="utf-8")
    texts = read_json(published("geval/unieval_topical_chat.json.gz"))[:5]
    for number, text in enumerate([text["source"] for text in texts] + [HOSTILE]):
        item = Item(str(number), (f"{HOSTILE} {number}",), {"source": text})
        filled = template.replace("{{Document}}", text).replace("{{Summary}}", f"{HOSTILE} {number}")
        assert sent(rubric, item) == [("system", filled)]
    await judged(rubric, item, tmp_path)
