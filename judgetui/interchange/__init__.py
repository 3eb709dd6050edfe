"""Rubrics for other tools: one module a target, the rules of each template language in `engines`."""

from judgetui.interchange.base import ExportContext, ExportFile, Target
from judgetui.interchange.registry import Exported, export, get_target, targets

__all__ = ["ExportContext", "ExportFile", "Exported", "Target", "export", "get_target", "targets"]
