"""What the supervisor of a run is started as: `python -I -S supervise.py …` (see `supervisor`).

Python compiles the file that it is started with each time anew, which takes longer than all that the supervisor does; a
module it keeps compiled. With -I and -S only the standard library is on the path.
"""

from __future__ import annotations

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from coro_cli.running.supervisor import main

if __name__ == "__main__":
    main(sys.argv[1:])
