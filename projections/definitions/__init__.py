"""What the projections are: a folder each, with its table, its fold, the keys that new rows touch, and its view."""
