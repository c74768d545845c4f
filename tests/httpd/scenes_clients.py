# SPDX-License-Identifier: Apache-2.0
"""Clients that stop reading: of HTTP/1.1, of TLS, of HTTP/2."""

import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

import h2.connection
import h2.events

import clients
from harness import reserve_port
from scene import Scene


class SlowDownload(Scene):
    """A worker blocks in its write."""
    request = "GET /packed HTTP/1.1"

    def begin(self, server):
        self.client = clients.slow_download(server)


class StoppedReader(Scene):
    """The MPM's listener waits for the socket."""
    phase = "connections"
    request = "GET /file HTTP/1.1"

    def begin(self, server):
        self.client = clients.stopped_reader(server)


class Certificate:
    """For a name, signed by itself, in a directory that is removed with it."""

    def __init__(self, name="slotwatch.test"):
        self.directory = Path(tempfile.mkdtemp(prefix="slotwatch-test-tls."))
        self.file = self.directory / "certificate.pem"
        self.key = self.directory / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-subj", f"/CN={name}",
             "-addext", f"subjectAltName=DNS:{name}",
             "-addext", "basicConstraints=critical,CA:FALSE",
             "-days", "2", "-keyout", self.key, "-out", self.file],
            check=True, capture_output=True)

    def close(self):
        shutil.rmtree(self.directory)


class TlsClient(clients.Client):
    def __init__(self, listener, certificate):
        super().__init__(listener, b"")
        context = ssl.create_default_context(cafile=certificate.file)
        self.socket = context.wrap_socket(self.socket, server_hostname="slotwatch.test")
        self.socket.sendall(clients.request_line("/file"))


VHOST = """
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
  ServerName slotwatch.test
  SSLEngine On
  SSLCertificateFile "{certificate.file}"
  SSLCertificateKeyFile "{certificate.key}"
</VirtualHost>
"""


class TlsReader(Scene):
    """What mod_ssl encrypts is more than the MPM's listener would queue: a worker blocks."""
    request = "GET /file HTTP/1.1"
    modules = ("ssl",)
    complaints = (
        r"AH01873: Init: Session Cache is not configured",
        # A Debian that is not quite up to date.
        r"AH01882: Init: this version of mod_ssl was compiled against a newer library")

    def __init__(self):
        super().__init__()
        self.certificate = Certificate()
        self.port_holder = reserve_port()
        self.port = self.port_holder.getsockname()[1]
        self.conf = VHOST.format(port=self.port, certificate=self.certificate)

    def begin(self, server):
        self.client = TlsClient(self, self.certificate)
        assert self.client.read(12) == b"HTTP/1.1 200"

    def close(self):
        super().close()
        self.port_holder.close()
        self.certificate.close()


class H2Client(clients.Client):
    """Takes what the first window of flow control allows, and never opens it again."""

    def __init__(self, server, target="/file", headers=()):
        self.h2 = h2.connection.H2Connection()
        self.h2.initiate_connection()
        super().__init__(server, self.h2.data_to_send())
        self.h2.send_headers(1, [(":method", "GET"), (":path", target), (":scheme", "http"),
                                 (":authority", "slotwatch.test"), *headers], end_stream=True)
        self.socket.sendall(self.h2.data_to_send())

    def read_events(self):
        """@return what came, as events; None once the server has closed"""
        received = self.socket.recv(65536)
        if not received:
            return None
        events = self.h2.receive_data(received)
        self.socket.sendall(self.h2.data_to_send())
        return events

    def read_until(self, kind):
        while not any(isinstance(event, kind) for event in self.read_events()):
            pass


class Http2Reader(Scene):
    """A worker waits for the window, a thread of mod_http2's answers: the scoreboard knows of no
    request."""
    phase = "connections"
    request = "GET /file HTTP/2.0"
    modules = ("http2",)
    conf = "Protocols h2c http/1.1\nProtocolsHonorOrder On\n"

    def begin(self, server):
        self.client = H2Client(server)
        self.client.read_until(h2.events.DataReceived)
