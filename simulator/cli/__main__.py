"""``python -m simulator.cli``.

Source:
    Ours.
"""

from simulator.cli import main

if __name__ == "__main__":
    main()
