"""AlpacaEval's evaluator configs: how an evaluator's replies are read and how its model is asked.

Keys are those of SinglePairwiseAnnotator (tatsu-lab/alpaca_eval, annotators/base.py and pairwise_evaluator.py);
what its parsers read is in completion_parsers.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from judgetui.core.reading import type_name
from judgetui.core.rubric import Sampling
from judgetui.core.scale import LabelScale
from judgetui.interchange.pieces import Refusal
from judgetui.interchange.reading import left_out, number_in, whole_in

_YES: Final = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
"""Words that YAML 1.1, which upstream reads, takes for true and false."""

_LONGEST: Final = ("max_tokens", "max_tokens_to_sample", "max_new_tokens")
_CALLS: Final = ("tools", "tool_choice", "functions", "function_call")


_OUTPUT: Final = re.compile(r"(?:\(\?:\^\|\\n\)|\\n)?(?: \??)?(?P<word>Output )?\\\((?P<letter>[ab])\\\)")
"""The patterns of AlpacaFarm's families: `Output (a)` or `(a)`, after what may come before it."""

_FARM: Final = r"(?:^|\n) ?Output \(a\)"
"""Most of its annotators' pattern, which is the protocol's."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """What upstream's function for asking a model does where a config says nothing.

    Args:
        temperature: None where it leaves it to the model.
        max_tokens: likewise.
        strips: whether it takes white space off both ends of a prompt.
    """

    temperature: float | None
    max_tokens: int | None = None
    strips: bool = False


DECODERS: Final[Mapping[str, Decoder]] = {
    "openai_completions": Decoder(0.7, 2048, strips=True),
    "anthropic_completions": Decoder(0.7, 1000),
    "bedrock_anthropic_completions": Decoder(0.7, 2048),
    "cohere_completions": Decoder(0.7, 1000),
    "huggingface_api_completions": Decoder(0.0),
    "huggingface_local_completions": Decoder(0.0),
}
"""decoders/*.py; those of Hugging Face take the likeliest token."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How a reply is read.

    Args:
        logprobs: alternatives of a token that are asked for; None where the text is read.
    """

    protocol: str
    scale: LabelScale | None = None
    logprobs: int | None = None


@dataclass(slots=True)
class Config:
    """A config whose keys are taken one by one; what nobody took has no place in a rubric.

    Args:
        notes: what was noticed on the way.
        taken: dotted paths of the values that were asked for.
    """

    data: Mapping[str, object]
    notes: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def take(self, *path: str) -> object:
        """A value, None when absent."""
        self.taken.add(".".join(path))
        found: object = self.data
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def flag(self, key: str, default: bool) -> bool:
        """True or false, in the words of YAML 1.1 too."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        if str(value).lower() in _YES:
            return _YES[str(value).lower()]
        raise Refusal(f"its `{key}` is {type_name(value)}, not true or false.")

    def section(self, key: str) -> Mapping[str, object]:
        """A mapping, empty when absent; its keys are taken one by one."""
        value = self.data.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise Refusal(f"its `{key}` is {type_name(value)}, not a mapping.")
        return {str(name): part for name, part in value.items()}

    @property
    def decoder_name(self) -> str:
        """The function that asks the model."""
        return str(self.data.get("fn_completions", "openai_completions"))

    @property
    def decoder(self) -> Decoder:
        """What it does; one that is not known leaves everything to the model."""
        return DECODERS.get(self.decoder_name, Decoder(None))

    def rest(self) -> list[str]:
        """A note for every value that was not taken."""
        found: list[str] = []
        for key, value in self.data.items():
            if key in self.taken:
                continue
            if not isinstance(value, Mapping):
                found += left_out(key, value)
                continue
            for name, part in value.items():
                if f"{key}.{name}" not in self.taken:
                    found += left_out(f"{key}.{name}", part)
        return found

    def judged(self) -> Judged:
        """The protocol that reads what this evaluator's parser reads.

        Raises:
            Refusal: if there is none.
        """
        calls = [key for key in _CALLS if key in self.section("completions_kwargs")]
        if calls:
            raise Refusal(
                f"its verdict is the argument of a function call (`completions_kwargs.{calls[0]}`), which no "
                "protocol here asks for."
            )
        batch = whole_in(self.take("batch_size"), "batch_size", 1, 10**6) or 1
        if batch > 1:
            raise Refusal(f"its prompt holds {batch} pairs at once (`batch_size`); a rubric's holds one.")
        parser = self.take("fn_completion_parser") or "regex_parser"
        match parser:
            case "ranking_parser":
                return self._ranking()
            case "logprob_parser":
                return self._logprobs()
            case "lmsys_parser":
                self.notes.append("upstream makes a preference of the two scores: 1, 2 or a tie")
                return Judged("vicuna")
            case "regex_parser":
                return Judged(self._patterns())
        raise Refusal(f"its replies are read by {parser!r}, for which there is no protocol here.")

    def _ranking(self) -> Judged:
        for key in ("model_1_name", "model_2_name"):
            given = self.take("completion_parser_kwargs", key)
            if given not in (None, key.removesuffix("_name")):
                raise Refusal(
                    f"its ranking names a model {given!r}; alpaca-eval-1 reads model_1 and model_2."
                )
        return Judged("alpaca-eval-1")

    def _logprobs(self) -> Judged:
        kwargs = "completion_parser_kwargs"
        first = self.take(kwargs, "numerator_token")
        both = self.take(kwargs, "denominator_tokens")
        if not isinstance(first, str) or not isinstance(both, Sequence) or isinstance(both, str):
            raise Refusal(
                "its `numerator_token` and `denominator_tokens` are not a text and a list of texts."
            )
        others = [token for token in both if token != first]
        if len(both) != 2 or len(others) != 1 or not isinstance(others[0], str):
            raise Refusal(f"it weighs the tokens {', '.join(map(str, both))}; a pair has two.")
        if self.take(kwargs, "is_binarize") is True:
            self.notes.append(
                "is_binarize: upstream keeps the more probable identifier alone, judgetui its probability too"
            )
        key = self.take("completion_key")
        if key not in (None, "completions_all"):
            raise Refusal(f"its `completion_key` is {key!r}; token probabilities are in completions_all.")
        index = self.take(kwargs, "log_prob_index")
        if index not in (None, 0, -1):
            raise Refusal(
                f"it reads token {index} of the reply (`log_prob_index`), not the first or the last."
            )
        self.take("completions_kwargs", "logprobs")
        top = whole_in(self.take("completions_kwargs", "top_logprobs"), "top_logprobs", 1, 20)
        scale = None if (first, others[0]) == ("m", "M") else LabelScale((first, others[0]))
        return Judged("alpaca-eval-2-cot" if index == -1 else "alpaca-eval-2", scale, top)

    def _patterns(self) -> str:
        patterns = self.take("completion_parser_kwargs", "outputs_to_match")
        if not isinstance(patterns, Mapping) or {str(key) for key in patterns} != {"1", "2"}:
            raise Refusal("its `outputs_to_match` has not a pattern each for 1 and 2.")
        one, two = ({str(key): str(part) for key, part in patterns.items()}[key] for key in "12")
        if (one, two) == ("[[A]]", "[[B]]"):
            self.notes += [
                "mt-bench-pair reads [[C]] too, a tie, which this prompt does not offer",
                "upstream takes [[A]] for a pattern: one of `[` and `A`, then `]`",
            ]
            return "mt-bench-pair"
        letters = [_OUTPUT.fullmatch(pattern) for pattern in (one, two)]
        first, second = letters
        if first and second and first["word"] == second["word"] and (first[0], second[0]):
            if (first["letter"], second["letter"]) == ("a", "b"):
                if one != _FARM:
                    self.notes.append(
                        f"upstream looks for {one!r}, alpaca-farm's faithful parser for {_FARM!r}; the repaired "
                        "one reads both"
                    )
                return "alpaca-farm"
            raise Refusal(f"its pattern for the first output, {one!r}, is not the one for (a).")
        raise Refusal(
            f"its replies are matched with {one!r} and {two!r}; of patterns only those for Output (a) and (b), "
            "(a) and (b), and [[A]] and [[B]] have a protocol here."
        )

    def sampling(self, top_logprobs: int | None) -> Sampling:
        """Temperature, longest reply and top_p, with the decoder's own where the config has none.

        Raises:
            Refusal: for what no provider takes.
        """
        name, decoder = self.decoder_name, self.decoder
        given = {key: self.take("completions_kwargs", key) for key in (*_LONGEST, "temperature", "top_p")}
        longest = [whole_in(given[key], key, 1, 1_000_000) for key in _LONGEST if given[key] is not None]
        temperature = number_in(given["temperature"], "temperature", 0, 2)
        for what, value, default in (
            ("temperature", temperature, decoder.temperature),
            ("max_tokens", longest[0] if longest else None, decoder.max_tokens),
        ):
            if value is None and default is not None:
                self.notes.append(f"{what} is not in the config: {default:g} is the default of {name}")
        return Sampling(
            temperature=decoder.temperature if temperature is None else temperature,
            max_tokens=longest[0] if longest else decoder.max_tokens,
            top_logprobs=top_logprobs,
            top_p=number_in(given["top_p"], "top_p", 0.001, 1),
        )
