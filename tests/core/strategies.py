"""Rubrics of every kind, with any text in them."""

from __future__ import annotations

from hypothesis import strategies as st

from judgetui.core.rubric import Criterion, Example, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale, Scale

# Each of these is read as something else than text, or loses something, when YAML is written without care.
AWKWARD = (
    *(
        "  leading",
        "trailing  ",
        ": ",
        "a: b",
        "#",
        "a # b",
        "---",
        "...",
        "- x",
        "? x",
        "[1, 2]",
        "{x}",
        "|",
        ">",
    ),
    *(
        "null",
        "~",
        "true",
        "no",
        "1",
        "1.5",
        "0x1f",
        "1e3",
        "2001-01-01",
        "12:30:45",
        "=",
        "<<",
        "!tag",
        "&a",
        "*a",
    ),
    *(
        "%YAML 1.1",
        "@",
        "`x`",
        '"',
        "'",
        "\\",
        "\\n",
        "\t",
        "a\tb",
        "\n",
        "a\n\n\nb",
        "a\n  b",
        "a \nb",
        "\na",
        "a\n",
    ),
    *("\r", "a\r\nb", "\x85", "\u2028", "\u2029", "\ufeff", "\x00", "\x07", "\x7f", "\x9f", "\U0010ffff"),
    *(
        "é",
        "日本",
        "🎉",
        "{{ x }}",
        "{% raw %}",
        "{% endraw %}",
        "{",
        "```",
        "\n```\n",
        "**b**",
        "| a |",
        "<b>",
    ),
)


def texts(blank: bool = True) -> st.SearchStrategy[str]:
    """Text of any kind; `blank=False` leaves out what is white space alone."""
    found = st.one_of(
        st.text(max_size=40), st.sampled_from(AWKWARD), st.lists(st.sampled_from(AWKWARD)).map("".join)
    )
    return found if blank else found.filter(lambda text: bool(text.strip()))


def scales() -> st.SearchStrategy[Scale | None]:
    """Scales of both kinds, or none."""
    numeric = st.builds(
        lambda low, size, notes: NumericScale(
            low, low + size, dict(zip(range(low, low + size + 1), notes, strict=False))
        ),
        st.integers(-10, 10),
        st.integers(1, 20),
        st.lists(texts(), max_size=5),
    )
    names = st.lists(texts(blank=False).map(str.strip), min_size=2, max_size=4, unique_by=str.casefold)
    labels = names.map(
        lambda found: LabelScale(tuple(found), (found[0],), dict.fromkeys(found, 0.5), {found[1]: "x"})
    )
    return st.one_of(st.none(), numeric, labels)


def rubrics() -> st.SearchStrategy[Rubric]:
    """Rubrics that can be written to a file and run."""
    criteria = st.lists(
        st.builds(
            Criterion, texts(blank=False), texts(), st.floats(0, 100).map(lambda weight: round(weight, 3))
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda criterion: criterion.name.casefold(),
    )
    inputs = st.lists(
        st.builds(InputField, st.sampled_from(["question", "context", "source", "größe"]), st.booleans()),
        max_size=3,
        unique_by=lambda spec: spec.name,
    )
    examples = st.lists(
        st.builds(Example, st.dictionaries(texts(), texts(), max_size=2), texts(), texts()), max_size=2
    )
    content = texts().map(lambda text: f"{{% raw %}}{text.replace('{', '(')}{{% endraw %}}")
    messages = st.builds(TemplateMessage, st.sampled_from(["system", "user"]), content)
    sampling = st.builds(
        Sampling,
        n=st.none() | st.integers(1, 20),
        temperature=st.none() | st.floats(0, 2).map(lambda value: round(value, 3)),
        max_tokens=st.none() | st.integers(1, 5000),
        top_logprobs=st.none() | st.integers(0, 20),
    )
    return st.builds(
        Rubric,
        name=texts(blank=False),
        protocol=st.sampled_from(["g-eval", "mt-bench-single", "mt-bench-pair"]),
        task=texts(),
        criteria=criteria.map(tuple),
        title=texts(),
        scale=scales(),
        inputs=inputs.map(tuple),
        steps=st.lists(texts(blank=False), max_size=4).map(tuple),
        examples=examples.map(tuple),
        template=st.none() | st.lists(messages, min_size=1, max_size=2).map(tuple),
        sampling=sampling,
        order=st.sampled_from(["both", "seeded", "as-given"]),
        notes=texts(),
    )
