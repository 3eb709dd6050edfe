"""Providers: each turns a `JudgeRequest` into one endpoint's format and its answer into a `JudgeReply`."""
