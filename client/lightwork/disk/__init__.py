"""Writing files so that neither a crash nor a full disk leaves half of one."""
