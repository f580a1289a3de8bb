"""The reference of the HTTP row: one empty endpoint of FastAPI, served exactly as our API process is served."""

import socket
import sys

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.post("/empty")
async def empty() -> dict[str, str]:
    """Nothing is asked, checked, read or written."""
    return {}


def main(fd: int, cert_file: str, key_file: str) -> None:
    """Serve on an inherited listening socket until SIGTERM; the settings are those of `backend.processes.serve_api`."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        lifespan="on",
        backlog=2048,
        ssl_certfile=cert_file,
        ssl_keyfile=key_file,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
