"""`python -m lightwork`: the command line."""

from lightwork.cli.main import main

if __name__ == "__main__":
    main()
