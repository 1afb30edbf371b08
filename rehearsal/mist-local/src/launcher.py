"""Runs the AWS emulator so that it does not outlive the process that started it.

Standard input is a pipe, and that process holds its other end. When the process ends, the pipe closes. This program
then ends the emulator with its functions, and removes the scratch folder (the first argument).
If this program is killed, the emulator ends itself with its functions.
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
    # Files of the emulator and of its functions are private.
    os.umask(0o077)
    scratch = sys.argv[1]
    alive_reader, alive_writer = os.pipe()
    emulator = os.fork()
    if emulator == 0:
        os.close(alive_writer)
        run_emulator(alive_reader)
    os.close(alive_reader)
    # Both processes set the group, since either may need it first.
    set_group(emulator)
    # A signal to this program has the same effect as the end of its parent.
    stop_reader, stop_writer = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.write(stop_writer, b"."))
    code = watch(emulator, stop_reader)
    shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(code)


def run_emulator(alive):
    """Turns this process into the emulator, in a process group with its functions."""
    set_group(0)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=end_with, args=(alive,), daemon=True).start()
    sys.argv = ["ministack"]
    # The interpreter is isolated, so it does not search the folder of this file.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from ministack.app import main as serve

    import as_on_aws
    import guard

    as_on_aws.apply()
    guard.apply()
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
    """Waits for the end of the emulator, or for a reason to stop it; returns the exit code."""
    while True:
        ready, _, _ = select.select([0, stop], [], [], 0.2)
        # Standard input gets no data, so readable means closed.
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
    # Also if the emulator has ended: its functions may ignore SIGTERM.
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
