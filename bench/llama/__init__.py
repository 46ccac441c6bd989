"""What the Llama engine costs, against llama.cpp's own bench: ``python -m bench.llama``."""
