"""Servers on free ports of the loopback interface: nginx, and what runs behind it."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from benchlib.process import ENVIRONMENT, fail, run


@dataclass
class Requests:
    """What was asked of a server: how often in all, how often for refs, and the bytes both ways, headers included."""

    count: int = 0
    for_refs: int = 0
    wire: int = 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """nginx with one location, and what else has to run behind it; in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder, self.processes = folder, []
        self.marks, self.read = 0, 0
        folder.mkdir()

    def serve(self, location: str):
        port = free_port()
        configuration = self.folder / "nginx.conf"
        configuration.write_text(f"""
            {"user root root;" if os.geteuid() == 0 else ""}
            daemon off;
            worker_processes 1;
            pid {self.folder}/nginx.pid;
            error_log stderr warn;
            events {{ worker_connections 512; }}
            http {{
                map $request_body $command {{ default -; "~command=ls-refs" ls-refs; }}
                log_format requests "$request_length $bytes_sent $command $request_uri";
                access_log {self.folder}/access.log requests;
                client_body_temp_path {self.folder}/body;
                proxy_temp_path {self.folder}/proxy;
                fastcgi_temp_path {self.folder}/fastcgi;
                uwsgi_temp_path {self.folder}/uwsgi;
                scgi_temp_path {self.folder}/scgi;
                server {{
                    listen 127.0.0.1:{port} backlog=512;
                    location = /mark {{ return 204; }}
                    location / {{ {location} }}
                }}
            }}
            """)
        self.url = f"http://127.0.0.1:{port}"
        self.start("nginx", "-p", self.folder, "-c", configuration, "-e", "stderr")
        self.wait_until(lambda: self.answers(port))

    def start(self, *argv):
        process = subprocess.Popen(
            [str(word) for word in argv], env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, start_new_session=True)
        self.processes.append(process)

    def wait_until(self, is_so):
        for _ in range(200):
            if is_so():
                return
            if any(process.poll() is not None for process in self.processes):
                break
            time.sleep(0.05)
        self.stop()
        fail("a server did not start: " + " ".join(process.stderr.read().decode() for process in self.processes))

    @staticmethod
    def answers(port) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            return False

    def requests(self) -> Requests:
        """What was asked since the last call."""
        # A request is logged when it is over, a moment after its answer: the one that is asked for now comes after it.
        self.marks += 1
        mark = f"/mark?{self.marks}"
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.url + mark).close()
        log = self.folder / "access.log"
        self.wait_until(lambda: log.read_text().endswith(f"{mark}\n"))
        result = Requests()
        lines = log.read_text().splitlines()
        for line in lines[self.read:-1]:
            received, sent, command, _ = line.split(" ", 3)
            result.count += 1
            result.for_refs += command == "ls-refs"
            result.wire += int(received) + int(sent)
        self.read = len(lines)
        return result

    def stop(self):
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        for process in self.processes:
            process.wait()


@contextlib.contextmanager
def serving(folder: Path, location: str):
    """nginx with this location; the server."""
    server = Server(folder)
    try:
        server.serve(location)
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def serving_files(folder: Path, root: Path, bytes_a_second: int):
    """The files below a folder, no faster than that a connection; the URL they are at."""
    # nginx sends a chunk and then rests for as long as the chunk may take. It does not make up for waking late, which
    # on a busy machine is a few hundredths of the time with small chunks: no smaller than its default, then.
    location = f"""
        root {root};
        sendfile on;
        sendfile_max_chunk 2m;
        limit_rate {bytes_a_second};
        """
    with serving(folder, location) as server:
        yield server.url


@contextlib.contextmanager
def serving_repositories(folder: Path, root: Path):
    """The git repositories below a folder, by `git http-backend`; the server."""
    server = Server(folder)
    try:
        socket_path = folder / "git.sock"
        server.start("fcgiwrap", "-f", "-c", "8", "-s", f"unix:{socket_path}")
        server.wait_until(socket_path.exists)
        backend = run(["git", "--exec-path"]) + "/git-http-backend"
        server.serve(f"""
            fastcgi_pass unix:{socket_path};
            fastcgi_buffering off;
            fastcgi_param SCRIPT_FILENAME {backend};
            fastcgi_param GIT_PROJECT_ROOT {root};
            fastcgi_param GIT_HTTP_EXPORT_ALL 1;
            fastcgi_param GIT_CONFIG_NOSYSTEM 1;
            fastcgi_param HOME {ENVIRONMENT["HOME"]};
            fastcgi_param PATH_INFO $uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            """)
        yield server
    finally:
        server.stop()
