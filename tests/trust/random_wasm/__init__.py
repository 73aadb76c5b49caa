"""Random modules in the binary format, right in every byte or wrong in a few on purpose.

The specification is their only source: nothing here asks ``chain``.
"""
