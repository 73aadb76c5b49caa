"""The Python side of the deposit manager script: its bytes, its rules, its book.

``data`` is what block data and state look like, ``ledger`` does to a trie what the script does
to its root.

Source:
    PROTOCOL 10; the script is ``scenarios/scripts/deposit_manager.rs``.
"""
