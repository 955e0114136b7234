"""Speed, measured: `python -m bench`. Each figure stands beside a baseline of the same run."""
