"""Before anything imports torch: one thread for each of the processes that the tests run in."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
