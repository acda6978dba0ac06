"""`python -m lightwork`: the window or the command line."""

from lightwork.cli.entry import main

if __name__ == "__main__":
    main()
