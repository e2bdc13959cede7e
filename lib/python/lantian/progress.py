# SPDX-License-Identifier: GPL-3.0-or-later
"""Long calls: they report how far they are, and ctrl-C ends them."""

import signal
import threading

from . import bindings


class Progress:
    """The progress callback of one call.

        with Progress(report) as progress:
            make(..., options(..., progress=progress.callback))

    @param report None or False: nothing is shown; True: a bar of tqdm, where it is installed; else a function that is
    given the share done, 0 to 1, and ends the call (CancelledError) by returning anything that is true.

    It is always set, whether or not something is shown: only where Python runs now and then can ctrl-C come through.
    What the function raises, and what ctrl-C does (KeyboardInterrupt, unless the program set a handler of its own),
    ends the call and is raised again after it.
    """

    def __init__(self, report=None):
        if report not in (None, True, False) and not callable(report):
            raise TypeError(f"progress is True, False or a function, not {type(report).__name__}")
        self._bar = _bar() if report is True else None
        self._report = self._show if self._bar is not None else report if callable(report) else None
        self._raised = self._handler = None
        self.callback = bindings.ltn_progress(self._step)

    def _step(self, _data, done):
        try:
            if self._report is not None and self._report(done):
                return 1
        except BaseException as error:  # to be raised again, whatever it is: C knows no exceptions
            self._raised = error
        return int(self._raised is not None)

    def _interrupted(self, number, frame):
        """In place of the handler of ctrl-C: Python runs that as it enters _step(), outside its `try`."""
        try:
            self._handler(number, frame)
        except BaseException as error:
            self._raised = error

    def __enter__(self):
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._handler = handler
            signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_):
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
        if self._bar is not None:
            self._bar.close()
        raised, self._raised = self._raised, None
        # Without a reference to itself the callback goes at once, and not when the collector comes by.
        self.callback = None
        if raised is not None:
            raise raised from None

    def _show(self, done):
        self._bar.update(done - self._bar.n)


def _bar():
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining}")
