"""What the desktop does for the program: starting it at login, and opening links with it."""
