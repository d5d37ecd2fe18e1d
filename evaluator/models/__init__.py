"""The only room that imports torch and its family: load, batch, run.

`weights`, `runtime` and `manifest` know names, files and hashes without torch; everything else here is imported
by an evaluator's `open()` and by nothing before that.
"""

import os

# Before torch is imported anywhere: the tiles of AMX sum a row's products in an order that depends on the rows beside
# it, so that a bf16 score would depend on its batch (by up to 0.007). Without them it does not.
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16")
