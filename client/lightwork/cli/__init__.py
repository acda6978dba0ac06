"""The command line: the same door as the window's."""
