"""A FHIR server that takes its time: every search finds nothing after a wait, as long as the server is asked for it."""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_NOTHING = b'{"resourceType":"Bundle","type":"searchset","total":0}'


def main(port: int, wait: float) -> None:
    """Serve for good."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            """Wait, then find nothing."""
            time.sleep(wait)
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(_NOTHING)))
            self.end_headers()
            self.wfile.write(_NOTHING)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
