"""A node as a process of its own, to be started and lost: it greets, sends one snapshot, and ends on Quit."""

import os
import socket

from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork.protocol import control
from lightwork.settings.places import places


def main() -> None:
    token = control.new_token()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)  # a test that went wrong leaves nothing running
        control.write_door(places().door, control.Door(server.getsockname()[1], token, os.getpid()))
        while True:
            connection, _ = server.accept()
            connection.settimeout(60)
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    message = control.decode_from_client(line)
                    if isinstance(message, control.Hello) and message.token == token:
                        welcome = control.Welcome(version=control.VERSION, program="tiny", process=os.getpid())
                        status = NodeStatus(phase=Phase.WAITING, process=os.getpid())
                        connection.sendall(control.encode(welcome) + control.encode(control.Snapshot(status=status)))
                    if isinstance(message, control.Quit):
                        return


if __name__ == "__main__":
    main()
