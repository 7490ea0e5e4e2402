"""Where and how the environment asks a migrate to stop: ``STOP_AT`` a point, ``STOP_BY`` raise, kill or wait."""

import os
import signal
import sys


def stop(point: str) -> None:
    if os.environ.get("STOP_AT") != point:
        return
    match os.environ["STOP_BY"]:
        case "raise":
            raise RuntimeError("mittendrin")
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            sys.stdout.write("waits\n")
            sys.stdout.flush()
            sys.stdin.readline()
