# SPDX-License-Identifier: GPL-3.0-or-later
"""A Janus of one's own on 127.0.0.1, with our plugin, from its configuration to its last word.

    with Janus(folder, {"admin_key": "secret"}) as janus:
        janus.admin("streams")

Leaving the block stops Janus and fails when it crashed, complained fatally, or a sanitizer did.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

SOURCE = pathlib.Path(os.environ.get("G_TEST_SRCDIR", pathlib.Path(__file__).parents[2])).resolve()
BUILD = pathlib.Path(os.environ.get("G_TEST_BUILDDIR", SOURCE / "build")).resolve()
PREFIX = pathlib.Path(os.environ.get("JANUS_LIBDIR", "/usr/lib/x86_64-linux-gnu/janus"))
PROGRAM = os.environ.get("JANUS", "/usr/bin/janus")

HTTP, WEBSOCKET, ADMIN, ADMIN_WEBSOCKET, EVENTS = 18642, 18643, 17642, 17643, 18644
ADMIN_SECRET = "e2e-admin"
PACKAGE = "janus.plugin.recorder"
START_TIMEOUT = STOP_TIMEOUT = 20
FINISH_TIMEOUT = 10

FATAL = re.compile(r"\[FATAL\]|AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|"
                   r"Segmentation fault|assertion .* failed|GLib-CRITICAL|double free|corrupt")


class JanusError(AssertionError):
    pass


def setting(value):
    """A value as Janus's configuration wants it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else json.dumps(value)


def category(name, settings):
    lines = "".join(f"\t{key} = {setting(value)}\n" for key, value in settings.items())
    return f"{name}: {{\n{lines}}}\n"


class Janus:
    """The plugin records into FOLDER/recordings and keeps its rings in FOLDER/rings."""

    def __init__(self, folder, recorder=None, plugins=("recordplay",), events=False, core=None):
        self.folder = pathlib.Path(folder)
        self.recordings = self.folder / "recordings"
        self.log_path = self.folder / "janus.log"
        self.http = f"http://127.0.0.1:{HTTP}/janus"
        self.websocket = f"ws://127.0.0.1:{WEBSOCKET}"
        self.admin_url = f"http://127.0.0.1:{ADMIN}/admin"
        self.process = None
        self.core = core or {}
        self.recorder = {"recordings_folder": str(self.recordings),
                         "ring_folder": str(self.folder / "rings"), **(recorder or {})}
        self.plugins = plugins
        self.events = events
        self.plugin = find_plugin()

    # --- configuration ---

    def write_configuration(self):
        conf = self.folder / "conf"
        for folder in (conf, self.folder / "plugins", self.recordings):
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.configuration().items():
            (conf / f"janus.{name}jcfg").write_text(text)
        wanted = [PREFIX / "plugins" / f"libjanus_{name}.so" for name in self.plugins]
        for path in wanted + ([self.plugin] if self.plugin else []):
            link = self.folder / "plugins" / path.name
            if not link.exists():
                link.symlink_to(path)
        return conf

    def configuration(self):
        local = {"http": True, "port": HTTP, "ip": "127.0.0.1", "https": False}
        admin = {"admin_http": True, "admin_port": ADMIN, "admin_ip": "127.0.0.1"}
        ws = {"ws": True, "ws_port": WEBSOCKET, "ws_ip": "127.0.0.1"}
        ws_admin = {"admin_ws": True, "admin_ws_port": ADMIN_WEBSOCKET,
                    "admin_ws_ip": "127.0.0.1"}
        return {
            "": self.core_configuration(),
            "transport.http.": category("general", local) + category("admin", admin),
            "transport.websockets.": category("general", ws) + category("admin", ws_admin),
            "eventhandler.sampleevh.": category("general", {
                "enabled": self.events, "events": "plugins",
                "backend": f"http://127.0.0.1:{EVENTS}/"}),
            "plugin.recordplay.": category("general", {"path": str(self.recordings)}),
            "plugin.recorder.": category("general", self.recorder),
        }

    def core_configuration(self):
        general = {
            "configs_folder": str(self.folder / "conf"),
            "plugins_folder": str(self.folder / "plugins"),
            "transports_folder": str(PREFIX / "transports"),
            "events_folder": str(PREFIX / "events"),
            "loggers_folder": str(PREFIX / "loggers"),
            "debug_level": 4, "debug_colors": False, "debug_timestamps": True,
            "admin_secret": ADMIN_SECRET, "session_timeout": 60, **self.core,
        }
        unwanted = [f"libjanus_{name}.so" for name in ("rabbitmq", "mqtt", "nanomsg", "pfunix")]
        handlers = ("gelf", "mqtt", "nanomsg", "rabbitmq", "ws")
        others = [f"libjanus_{name}evh.so" for name in handlers]
        return (category("general", general)
                + category("media", {"rtp_port_range": "20000-29999"})
                + category("nat", {"ice_enforce_list": "127.0.0.1", "ignore_mdns": True})
                + category("transports", {"disable": ",".join(unwanted)})
                + category("loggers", {"disable": "libjanus_jsonlog.so"})
                + category("events", {"broadcast": self.events, "disable": ",".join(others)}))

    # --- life ---

    def start(self):
        conf = self.write_configuration()
        preload = [str(BUILD / "tests/e2e/loopback_ifaddrs.so")]
        environment = {**os.environ, **sanitizers(self.plugin, preload)}
        environment["LD_PRELOAD"] = " ".join(preload)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "-F", str(conf)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if self.process.poll() is not None:
                raise JanusError(f"Janus ended at once: {self.last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise JanusError(f"Janus does not answer: {self.last_words()}")
            time.sleep(0.02)
        self.check_log()

    def answers(self):
        try:
            with urllib.request.urlopen(self.http + "/info", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        """An orderly end, and a look at the log."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise JanusError(f"Janus does not end: {self.last_words()}") from None
        self.check_log()
        if status != 0:
            raise JanusError(f"Janus ended with status {status}: {self.last_words()}")

    def kill(self):
        """What a crash does."""
        self.process.kill()
        self.process.wait()

    def is_alive(self):
        return self.process.poll() is None and self.answers()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, failure, *_):
        if failure and self.process.poll() is None:
            self.kill()
        elif self.process.returncode is None:
            self.stop()

    # --- log ---

    def log(self):
        return self.log_path.read_text(errors="replace")

    def last_words(self):
        return "\n" + "\n".join(self.log().splitlines()[-15:])

    def check_log(self):
        log = self.log()
        if "syntax error" in log:
            raise JanusError("a configuration has a syntax error: Janus ran with its defaults")
        for line in log.splitlines():
            if FATAL.search(line):
                raise JanusError(line)

    # --- requests ---

    def post(self, url, message):
        body = json.dumps({"transaction": "e2e", **message}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def core_request(self, verb, path=""):
        """A request of the Admin API to the core itself."""
        reply = self.post(f"{self.admin_url}/{path}",
                          {"janus": verb, "admin_secret": ADMIN_SECRET})
        if reply["janus"] != "success":
            raise JanusError(f"{verb}: {reply}")
        return reply

    def admin(self, request, **members):
        """A request to our plugin the REST way; returns its "recorder" object."""
        reply = self.post(self.admin_url, {
            "janus": "message_plugin", "admin_secret": ADMIN_SECRET, "plugin": PACKAGE,
            "request": {"request": request, **members}})
        if reply["janus"] != "success":
            raise JanusError(f"{request}: {reply}")
        return reply["response"]

    def ask(self, request, **members):
        """The same for a request that must succeed; returns its "result"."""
        data = self.admin(request, **members)
        if "result" not in data:
            raise JanusError(f"{request}: {data}")
        return data["result"]

    def await_finished(self, count, timeout=None):
        """Waits until this many recordings have ended, whoever made them."""
        def ended():
            states = [r["state"] for r in self.ask("recordings")["recordings"]]
            return len(states) - states.count("recording")
        self.await_count("ended recordings", ended, count, timeout)

    def await_streams(self, count, timeout=None):
        self.await_count("streams", lambda: len(self.ask("streams")["streams"]), count, timeout)

    @staticmethod
    def await_count(what, measure, count, timeout=None):
        """Asks again and again: nothing tells a bystander of other clients' streams."""
        deadline = time.monotonic() + (timeout or FINISH_TIMEOUT)
        while (found := measure()) != count:
            if time.monotonic() > deadline:
                raise JanusError(f"{found} {what}, not {count}")
            time.sleep(0.05)


def find_plugin():
    """The plugin of this build, or None."""
    for name in ("libjanus_recorder.so", "janus_recorder.so"):
        path = BUILD / ".libs" / name
        if path.exists():
            return path
    return None


def sanitizers(plugin, preload):
    """A plugin built with gcc's sanitizers wants their libraries loaded first."""
    if not plugin:
        return {}
    linked = subprocess.run(["ldd", plugin], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"=> (\S*/lib(?:asan|tsan|ubsan)\.so\S*)", linked)
    preload[:0] = found
    if not found:
        return {}
    return {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
            "UBSAN_OPTIONS": "print_stacktrace=1"}
