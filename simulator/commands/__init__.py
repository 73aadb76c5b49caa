"""What the commands do: plain values in, data out; nothing here prints results.

Source:
    Ours.
"""
