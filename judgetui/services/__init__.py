"""What the two front ends do, without a screen or a command line in sight. The only place that joins siblings."""
