"""Runs the AWS emulator so that it cannot outlive the process that wanted it.

Standard input is a pipe whose other end that process holds. However it ends, the pipe closes, and this program then
ends the emulator together with the functions that it runs, and removes its scratch folder (the first argument).
The emulator in turn ends with its functions when this program is killed.
"""

import os
import select
import shutil
import signal
import sys
import threading
import time

GRACE_SECONDS = 1.0


def main():
    scratch = sys.argv[1]
    alive_reader, alive_writer = os.pipe()
    emulator = os.fork()
    if emulator == 0:
        os.close(alive_writer)
        run_emulator(alive_reader)
    os.close(alive_reader)
    # Both sides set the group, since either may be the first to need it.
    set_group(emulator)
    # A signal to this program means the same as the end of its parent.
    stop_reader, stop_writer = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.write(stop_writer, b"."))
    code = watch(emulator, stop_reader)
    shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(code)


def run_emulator(alive):
    """Becomes the emulator, in a group of its own that its functions belong to."""
    set_group(0)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=end_with, args=(alive,), daemon=True).start()
    sys.argv = ["ministack"]
    # The interpreter is isolated, and so does not look beside this file by itself.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from ministack.app import main as serve

    import as_on_aws

    as_on_aws.apply()
    serve()
    sys.exit(0)


def end_with(alive):
    os.read(alive, 1)
    os.killpg(0, signal.SIGKILL)


def set_group(pid):
    try:
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):
        pass


def watch(emulator, stop):
    """Waits for the emulator's end or for a reason to end it; gives the exit code."""
    while True:
        ready, _, _ = select.select([0, stop], [], [], 0.2)
        # Nothing is ever written to standard input, so readable means closed.
        if ready:
            end_group(emulator)
            return 0
        done, status = os.waitpid(emulator, os.WNOHANG)
        if done:
            kill_group(emulator, signal.SIGKILL)
            return os.waitstatus_to_exitcode(status) & 0xFF


def end_group(emulator):
    kill_group(emulator, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    ended = False
    while not ended and time.monotonic() < deadline:
        ended = os.waitpid(emulator, os.WNOHANG)[0] != 0
        time.sleep(0.01)
    # Also when the emulator itself has ended: its functions may ignore a polite request.
    kill_group(emulator, signal.SIGKILL)
    if not ended:
        os.waitpid(emulator, 0)


def kill_group(group, number):
    try:
        os.killpg(group, number)
    except (PermissionError, ProcessLookupError):
        pass


if __name__ == "__main__":
    main()
