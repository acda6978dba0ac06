"""Children in a process group of their own: Ctrl-C in a terminal goes to a whole group, and a child must hear of the
end from its starter, who lets it save first.
"""

import subprocess
import sys
from typing import Any


def own_group() -> dict[str, Any]:
    """Arguments for starting a child outside this process's group."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
