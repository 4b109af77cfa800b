"""The garbage collector, told what will stay."""

import gc


def keep_loaded() -> None:
    """Leave what the process has loaded so far out of the collector's rounds; to be called once, when it is ready.

    Its full rounds otherwise walk through all code, schemas and knowledge again and again: pauses of 50 to 100 ms,
    which one in twenty of the dearer calls met (measured, `make bench BENCH=lists`).
    """
    gc.collect()
    gc.freeze()
