"""Serves a WSGI application with Python's own server, in place of gunicorn."""

import importlib
import os
import socketserver
import sys
from wsgiref import simple_server


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True

    def server_bind(self):
        # Without the look-up of the machine's name, which may ask a name server.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]
        self.setup_environ()


class Handler(simple_server.WSGIRequestHandler):
    def address_string(self):
        return self.client_address[0]

    def log_message(self, format, *args):
        """Writes nothing, as gunicorn does by default."""


sys.path.insert(0, os.getcwd())
module, name = sys.argv[1:]
application = getattr(importlib.import_module(module), name)
address = ("127.0.0.1", int(os.environ["PORT"]))
simple_server.make_server(*address, application, Server, Handler).serve_forever()
