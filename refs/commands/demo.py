"""The command that shows the main job: demo."""

from __future__ import annotations


def demo() -> None:
    """Run the main job on samples, without a network.

    \b
    Example:
      refs demo
    """
    from refs.actions.demo import run

    run()
