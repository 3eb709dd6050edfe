"""What the benchmarks are made of; each file beside this folder is one that can be run."""
