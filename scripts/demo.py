# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration itself; scripts/demo prepares what it needs and starts it.

One process that owns its children: a gateway, a web server, and one after
another publishers and converters. All of them end with it.
"""

import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import socket
import string
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[1]
STATE = TOP / "build" / "demo"
TREE = STATE / "tree"  # where scripts/demo has built
INSTALLED = STATE / "installed"
RECORDINGS = STATE / "recordings"
LOGS = STATE / "logs"

HOST = "127.0.0.1"
SECONDS = 10  # of the test stream
FORMATS = ("mp4", "webm")  # of the test stream
WEBM_CODECS = {"vp8", "vp9", "av1"}  # without encoding again, and for every browser
START_LIMIT_S = 15
FINISH_LIMIT_S = 30
CONVERT_LIMIT_S = 600
WATCH_S = 1

JANUS_CONFIG = string.Template("""\
general: {
	configs_folder = "$conf"
	plugins_folder = "$plugins"
	transports_folder = "$transports"
	events_folder = "$conf"
	loggers_folder = "$conf"
	debug_level = 4
	debug_colors = false
	debug_timestamps = true
}
media: { rtp_port_range = "20000-29999" }
nat: {
	ignore_mdns = true
	ice_enforce_list = "127.0.0.1"
}
transports: {
	disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,\
libjanus_websockets.so"
}
""")

HTTP_CONFIG = string.Template("""\
general: {
	base_path = "/janus"
	http = true
	port = $port
	ip = "127.0.0.1"
	https = false
}
admin: { admin_http = false }
""")

PLUGIN_CONFIG = string.Template("""\
general: {
	recordings_folder = "$recordings"
	ring_folder = "$rings"
}
""")

NGINX_CONFIG = string.Template("""\
daemon off;
worker_processes 1;
pid $state/nginx.pid;
error_log $logs/nginx.log;
# Recordings are readable by the gateway's group only; both servers run as whoever starts them.
$user
events { worker_connections 256; }
http {
	include /etc/nginx/mime.types;
	access_log off;
	client_body_temp_path $state/nginx/body;
	proxy_temp_path $state/nginx/proxy;
	fastcgi_temp_path $state/nginx/fastcgi;
	uwsgi_temp_path $state/nginx/uwsgi;
	scgi_temp_path $state/nginx/scgi;
	server {
		listen 127.0.0.1:$port;
		root $top/html;
		add_header Cache-Control no-cache;
		location = /vendor/janus.js { alias /usr/share/javascript/janus-gateway/janus.js; }
		location = /vendor/adapter.js { alias /usr/share/javascript/webrtc-adapter/adapter.js; }
		location /recordings/ { alias $recordings/; }
		location /janus {
			proxy_pass http://127.0.0.1:$gateway;
			proxy_http_version 1.1;
			proxy_buffering off;
			proxy_read_timeout 90s;  # a long poll is answered after 30 s at the latest
		}
	}
}
""")


class Failure(Exception):
    """Ends the demonstration; the message says why, for people."""


def say(text):
    print(text, flush=True)


def end_with_parent():
    """In a child: the kernel ends it when we are gone, however that comes."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def fill(path, template, **values):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template.substitute(values))


def tail(path, lines=15):
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.splitlines()[-lines:])


@contextlib.contextmanager
def child(name, command, **options):
    """A server that runs for as long as the block; its output is in LOGS/name.log."""
    log = LOGS / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            preexec_fn=end_with_parent, **options
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(name, command, limit, accepted=(0,)):
    """A program that ends by itself; its standard output. Its input is open, and empty."""
    log = LOGS / f"{name}.log"
    with log.open("wb") as errors, subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        preexec_fn=end_with_parent,
    ) as process:
        watchdog = threading.Timer(limit, process.kill)
        watchdog.start()
        try:
            output = process.stdout.read().decode(errors="replace")
            status = process.wait()
        finally:
            watchdog.cancel()
            process.kill()
    if status not in accepted:
        raise Failure(f"{name} ended with status {status}:\n{output}{tail(log)}")
    return output


def wait_for(what, is_true, limit, process=None):
    """Polls something that has no event to wait for."""
    deadline = time.monotonic() + limit
    while not is_true():
        if process and process.poll() is not None:
            raise Failure(f"{what}: the server ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise Failure(f"{what}: nothing after {limit} s")
        time.sleep(0.1)


def free_port():
    with socket.create_server((HOST, 0)) as server:
        return server.getsockname()[1]


def is_free(port):
    try:
        with socket.create_server((HOST, port)):
            return True
    except OSError:
        return False


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


# --- the two servers ----------------------------------------------------------------------------


def transports_folder():
    found = sorted(pathlib.Path("/usr/lib").glob("*/janus/transports/libjanus_http.so"))
    if not found:
        raise Failure("no HTTP transport of Janus under /usr/lib")
    return found[0].parent


@contextlib.contextmanager
def gateway():
    """A Janus with our plugin alone, on 127.0.0.1 alone; the port of its HTTP interface."""
    conf = STATE / "conf"
    port = free_port()
    fill(conf / "janus.jcfg", JANUS_CONFIG, conf=conf, plugins=INSTALLED / "plugins",
         transports=transports_folder())
    fill(conf / "janus.transport.http.jcfg", HTTP_CONFIG, port=port)
    fill(conf / "janus.plugin.recorder.jcfg", PLUGIN_CONFIG, recordings=RECORDINGS,
         rings=f"/dev/shm/janus-recorder-demo-{os.getuid()}")
    # Without the shim Janus never uses the loopback device for media.
    shim = TREE / "tests" / "e2e" / "loopback_ifaddrs.so"
    environment = dict(os.environ, LD_PRELOAD=str(shim))
    with child("janus", ["janus", "-F", conf], env=environment) as process:
        url = f"http://{HOST}:{port}/janus/info"
        wait_for(f"Janus ({LOGS}/janus.log)", lambda: answers(url), START_LIMIT_S, process)
        with urllib.request.urlopen(url, timeout=5) as answer:
            if "janus.plugin.recorder" not in json.load(answer)["plugins"]:
                raise Failure(f"Janus did not take the plugin:\n{tail(LOGS / 'janus.log')}")
        yield port


@contextlib.contextmanager
def web_server(port, gateway_port):
    """Pages, recordings and gateway on one origin."""
    conf = STATE / "nginx" / "nginx.conf"
    fill(conf, NGINX_CONFIG, top=TOP, state=STATE, logs=LOGS, recordings=RECORDINGS, port=port,
         gateway=gateway_port, user="user root;" if os.geteuid() == 0 else "")
    command = ["nginx", "-p", STATE / "nginx", "-e", LOGS / "nginx.log", "-c", conf]
    with child("nginx-output", command) as process:
        url = f"http://{HOST}:{port}/"
        wait_for(f"nginx ({LOGS}/nginx.log)", lambda: answers(url), START_LIMIT_S, process)
        yield url


# --- recordings ---------------------------------------------------------------------------------


def ended_recordings():
    """Names of the recordings whose files are complete, oldest first."""
    ended = []
    for path in RECORDINGS.glob("*.json"):
        manifest = json.loads(path.read_text())
        if manifest["state"] != "recording":
            ended.append((manifest["created"], path.stem))
    return [name for _, name in sorted(ended)]


def describe(path):
    """One line on a media file, as ffprobe sees it."""
    entries = "format=duration:stream=codec_type,codec_name,width,height,sample_rate"
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_entries", entries, path]
    facts = json.loads(run("ffprobe", command, CONVERT_LIMIT_S))
    streams = []
    for stream in facts["streams"]:
        size = f"{stream['width']}×{stream['height']}" if "width" in stream else ""
        rate = f"{stream['sample_rate']} Hz" if "sample_rate" in stream else ""
        streams.append(f"{stream['codec_type']} {stream['codec_name']} {size}{rate}")
    seconds = float(facts["format"]["duration"])
    kilobytes = path.stat().st_size / 1000
    return f"{path}\n    {', '.join(streams)}; {seconds:.2f} s; {kilobytes:.0f} kB"


def format_of(name):
    """What a recording is converted to, so that its pictures can be copied."""
    manifest = json.loads((RECORDINGS / f"{name}.json").read_text())
    codecs = {track["codec"] for track in manifest["tracks"]}
    return "webm" if codecs & WEBM_CODECS else "mp4"


def convert(name, formats):
    """Makes what is missing of NAME.FORMAT for each; it appears when it is complete."""
    for suffix in formats:
        target = RECORDINGS / f"{name}.{suffix}"
        if target.exists():
            continue
        command = [INSTALLED / "bin" / "mjr", "convert", "--output", target,
                   RECORDINGS / f"{name}.json"]
        # Status 1: done, with losses that the converter describes.
        run("convert", command, CONVERT_LIMIT_S, accepted=(0, 1))
        say(describe(target))


def convert_new(known):
    """Converts what has ended since; a recording that fails is told once."""
    for name in ended_recordings():
        if name not in known:
            known.add(name)
            try:
                convert(name, [format_of(name)])
            except Failure as why:
                say(f"{name}: {why}")


def publish(url):
    """The scripted publisher of the tests: real ICE, DTLS and SRTP, prepared packets."""
    media = STATE / "media"
    request = {"request": "publish", "stream": "%s", "login": "demo", "record": True}
    command = [TREE / "tests" / "publisher" / "publisher", "--server", f"{url}janus",
               "--stream", "test stream", "--seconds", str(SECONDS),
               "--audio", media / "opus.mjr", "--video", media / "h264.mjr",
               "--request", json.dumps(request)]
    run("publisher", command, SECONDS + START_LIMIT_S)


def record_test_stream(url):
    """Publishes to our own gateway through the web server, and waits for the files."""
    before = set(ended_recordings())
    say(f"recording a test stream of {SECONDS} s …")
    publish(url)
    new = []

    def has_ended():
        new[:] = [name for name in ended_recordings() if name not in before]
        return bool(new)

    wait_for("the recording", has_ended, FINISH_LIMIT_S)
    name = new[0]
    say(run("info", [INSTALLED / "bin" / "mjr", "info", RECORDINGS / f"{name}.json"], 60).rstrip())
    convert(name, FORMATS)
    return name


# --- the whole ----------------------------------------------------------------------------------


def demonstrate(port, once):
    for folder in (RECORDINGS, LOGS):
        folder.mkdir(parents=True, exist_ok=True)
    if not is_free(port):
        raise Failure(f"port {port} is in use: choose another one with --port")
    with gateway() as gateway_port, web_server(port, gateway_port) as url:
        known = {record_test_stream(url)}
        if once:
            return
        convert_new(known)
        say(f"\nOpen {url} in a browser on this machine and record. Ctrl-C ends.")
        while True:
            time.sleep(WATCH_S)
            convert_new(known)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--port", type=int, default=8300, help="of the web page [8300]")
    parser.add_argument("--once", action="store_true", help="end after the test recording")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # Also where the caller has set SIGINT to be ignored, as shells do for background jobs.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        demonstrate(arguments.port, arguments.once)
    except Failure as why:
        sys.exit(f"scripts/demo: {why}")
    except KeyboardInterrupt:
        say(f"\nended; everything is in {STATE}")
        sys.exit(130 if arguments.once else 0)


if __name__ == "__main__":
    main()
