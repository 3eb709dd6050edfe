"""Items in files: JSONL, JSON, CSV, TSV and Parquet in, JSONL out; judgements out."""

from judgetui.datasets.items import each_item, load_items, read_items
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
    "each_item",
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
