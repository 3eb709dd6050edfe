"""`local:NAME` and `local:PATH.gguf`: llama.cpp on this machine, in a helper process of judgetui's own."""

from judgetui.providers.local.judge import LocalJudge

__all__ = ["LocalJudge"]
