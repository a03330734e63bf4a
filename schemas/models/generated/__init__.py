"""Models generated from the registered schemas by `lianzhi schemas generate`; never edited by hand."""
