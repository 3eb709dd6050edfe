"""The report of a run: one HTML file or the same as Markdown.

`gather` reads a session into `Findings`; `document` makes a tree of blocks of them; `html` and `markdown` write it.
"""
