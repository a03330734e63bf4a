"""Natural persons: tokens that match across regions, and identifying fields that only a region's vault can open.

`protect.PersonProtector` is the door that publishers use; behind it stand the tokeniser process with its client, the
vault of per-person keys, and sealing. Nothing here may put a name or a number into a log, an error or a `repr`.
"""
