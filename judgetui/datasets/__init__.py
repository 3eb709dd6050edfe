"""Items and judgements in files: JSONL, JSON, CSV and TSV in, JSONL out."""

from judgetui.datasets.items import load_items, read_items
from judgetui.datasets.writing import (
    item_line,
    json_line,
    json_value,
    judgement_line,
    replacing,
    write_items,
    write_judgements,
)

__all__ = [
    "item_line",
    "json_line",
    "json_value",
    "judgement_line",
    "load_items",
    "read_items",
    "replacing",
    "write_items",
    "write_judgements",
]
