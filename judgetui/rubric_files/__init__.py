"""Rubrics as YAML files, with lines and comments kept; the only place that knows ruamel.yaml."""

from judgetui.rubric_files.yaml_files import dump_rubric, load_rubric, parse_rubric, placed_in, write_rubric

__all__ = ["dump_rubric", "load_rubric", "parse_rubric", "placed_in", "write_rubric"]
