"""The backend of ResQConnect."""

import os

# The matrices here are small: a second thread would only wait for a core that serves somebody else (measured on two
# cores: 17 ms a question with one thread, 90 with two). Read by numpy as it is first imported, so it is said here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
