"""Tables that hold parts of the log by another order: facts that were corrected, and facts by the key they fold into.

They hold nothing that the log does not, and are brought up to a cut before anything is folded at it. Doing it twice
adds rows that count once.
"""
