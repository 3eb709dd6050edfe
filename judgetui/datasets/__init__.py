"""Items and judgements in files: JSONL, JSON, CSV and TSV in, JSONL out."""

from judgetui.datasets.items import load_items, read_items
from judgetui.datasets.writing import item_line, judgement_line, write_items, write_judgements

__all__ = ["item_line", "judgement_line", "load_items", "read_items", "write_items", "write_judgements"]
