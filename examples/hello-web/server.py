"""A site of one page that reports its version in a header and as JSON."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# The label of the release: mist compares it with the version in each answer.
VERSION = Path(__file__).with_name("VERSION").read_text(encoding="utf-8").strip()

PAGE = f"<!doctype html>\n<title>hello-web</title>\n<h1>Hello from {VERSION}.</h1>\n"

PAGES = {
    "/": ("text/html; charset=utf-8", PAGE),
    "/version": ("application/json", json.dumps({"version": VERSION}) + "\n"),
}


class Site(BaseHTTPRequestHandler):
    """The pages of the site."""

    # Load balancers keep their connections to an instance open.
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802, the name is that of the base class.
        """Answer with the page, or with 404 if there is none."""
        path = self.path.partition("?")[0]
        status = 200 if path in PAGES else 404
        kind, text = PAGES.get(path, ("text/plain; charset=utf-8", "not found\n"))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Version", VERSION)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET


def main():
    """Serve on `$PORT`, which Elastic Beanstalk sets; 8000 is its default for Python."""
    port = int(os.environ.get("PORT", "8000"))
    ThreadingHTTPServer(("127.0.0.1", port), Site).serve_forever()


if __name__ == "__main__":
    main()
