"""`python -m cartback` is the `cartback` command."""

from cartback.cli import main

if __name__ == "__main__":
    main()
