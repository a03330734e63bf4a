-- What the strictest level of a row's events is called.
['FULL', 'POINTER', 'NONE'][level + 1]
