"""The account key of this computer: made once, never replaced, kept in the system keyring where there is one."""
