"""Unit tests of natural persons."""
