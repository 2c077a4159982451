"""What detection costs, here and in other tools: see `run.py`."""
