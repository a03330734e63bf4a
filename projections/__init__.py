"""Lianzhi."""
