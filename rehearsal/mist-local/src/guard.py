"""Lets programs on this machine call the AWS emulator and its functions, and no web page.

The rules are those of `guard.rs`: a loopback host, no origin except the server itself, and no request from another site.
"""

import functools
import http.server
import ipaddress
import sys

from as_on_aws import known

FORBIDDEN = 403
POLICY_VIOLATION = 1008


def apply():
    guard_endpoint()
    guard_runtime_api()


def guard_endpoint():
    """Guards the endpoint of all services, also against WebSockets, which need no permission of the server."""
    emulator = sys.modules["ministack.app"]
    original = known(emulator, "app", "scope receive send")

    async def app(scope, receive, send):
        reason = None
        if scope["type"] in ("http", "websocket"):
            reason = refusal([(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]])
        if reason is None:
            await original(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(reason)).encode())]
            await send({"type": "http.response.start", "status": FORBIDDEN, "headers": headers})
            await send({"type": "http.response.body", "body": reason})
        else:
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})

    emulator.app = app


def guard_runtime_api():
    """Guards the servers from which the functions get their events."""
    handler = http.server.BaseHTTPRequestHandler
    original = known(handler, "parse_request", "self")

    @functools.wraps(original)
    def parse_request(self):
        if not original(self):
            return False
        reason = refusal([(name.lower(), value) for name, value in self.headers.items()])
        if reason is None:
            return True
        self.send_error(FORBIDDEN)
        return False

    handler.parse_request = parse_request


def refusal(headers):
    """The reason to refuse a request, in bytes; `None` if it may pass."""
    hosts, origins, sites = (
        [value for found, value in headers if found == name] for name in ("host", "origin", "sec-fetch-site")
    )
    if not hosts or not all(map(is_local, hosts)):
        return b"the local cloud does not serve this host\n"
    if any(origin.lower() != f"http://{hosts[0]}".lower() for origin in origins):
        return b"the local cloud accepts no request of another web page\n"
    if any(site not in ("same-origin", "none") for site in sites):
        return b"the local cloud accepts no request of another web page\n"
    return None


def is_local(host):
    """Whether a host, with or without a port, is this machine."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        name = name.removesuffix(".").lower()
        return name == "localhost" or name.endswith(".localhost")
