#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the sample hooks as the plugin would, with names that nobody would choose."""
import http.server
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse

SOURCE = pathlib.Path(os.environ.get("G_TEST_SRCDIR", pathlib.Path(__file__).parents[2])).resolve()
HOOKS = SOURCE / "conf/hooks"
PATIENCE_S = 60
LONG = "é" * 125  # 250 bytes; with its suffix as many as a name may have
STREAMS = ("front door", "-rf", "../../etc", "; touch owned", "$(touch owned)", "a\nb", "é" * 300,
           ".hidden", "")


def run(hook, stream, path, **variables):
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run([HOOKS / hook, stream, path], cwd="/", env=environment, text=True,
                          capture_output=True, timeout=PATIENCE_S, check=False)


def write(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(f"content of {name}")


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def copies_what_was_converted(folder):
    """copy.sh: one file, whatever the stream is called, as often as it is run"""
    write(folder / "made", LONG + ".mp4")
    for number, stream in enumerate(STREAMS):
        root = folder / f"root{number}"
        for _ in range(2):
            done = run("copy.sh", stream, folder / "made" / f"{LONG}.mp4", WEB_ROOT=str(root))
            assert done.returncode == 0, done
        copied, = files_below(root)
        assert pathlib.Path(copied).name == f"{LONG}.mp4", copied
        assert len(pathlib.Path(copied).parts) == 2, copied
        assert (root / copied).read_text() == f"content of {LONG}.mp4"
        assert (root / copied).stat().st_mode & 0o777 == 0o644
    assert files_below(folder / "made") == [f"{LONG}.mp4"], "more than was asked for"


def copies_a_recording(folder):
    """copy.sh: a manifest and all its files, or nothing that looks whole"""
    names = ["a b-audio.mjr", "$(id)-video.mjr"]
    write(folder / "made", "a b.json", *names)
    variables = {"WEB_ROOT": str(folder / "root"), "RECORDER_FOLDER": str(folder / "made")}
    done = run("copy.sh", "s", folder / "made/a b.json", RECORDER_FILES="\n".join(names),
               **variables)
    assert done.returncode == 0, done
    assert files_below(folder / "root/s") == sorted([*names, "a b.json"]), done
    done = run("copy.sh", "t", folder / "made/a b.json", RECORDER_FILES="a b-audio.mjr\ngone",
               **variables)
    assert done.returncode != 0, done
    assert files_below(folder / "root/t") == ["a b-audio.mjr"], "something half is left"
    done = run("copy.sh", "u", folder / "made/a b.json", **variables)
    assert done.returncode != 0 and "too many files" in done.stderr, done


def converts(folder):
    """convert.sh: calls mjr, takes losses for success, and errors for failures"""
    write(folder / "made", "-a b.json")
    mjr = folder / "mjr"
    mjr.write_text('#!/bin/sh\nprintf "%s|" "$@"\nexit "$(cat "${0%mjr}status")"\n')
    mjr.chmod(0o755)
    for status, expected in ((0, 0), (1, 0), (3, 3), (4, 4)):
        (folder / "status").write_text(str(status))
        done = run("convert.sh", "s", folder / "made/-a b.json", MJR=str(mjr), FORMAT="webm")
        assert done.returncode == expected, done
        assert f"-o|{folder}/made/-a b.webm|{folder}/made/-a b.json|" in done.stdout, done
    done = run("convert.sh", "s", folder / "made/x.mp4", MJR="/bin/false")
    assert done.returncode == 0, done


class Store(http.server.ThreadingHTTPServer):
    """Keeps what is PUT, by name; or refuses it."""

    def __init__(self):
        store = self
        self.kept, self.refuses = {}, False

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name = urllib.parse.unquote(self.path.rpartition("/")[2])
                if not store.refuses:
                    store.kept[name] = body.decode()
                self.send_response(507 if store.refuses else 201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def uploads(folder):
    """upload.sh: a manifest after its files, names as they are, a refusal as a failure"""
    names = ["a b-audio.mjr", "#100%?-video.mjr", LONG + ".mjr"]
    write(folder / "made", "a b.json", *names)
    with Store() as store:
        variables = {"UPLOAD_URL": f"http://127.0.0.1:{store.server_port}/recordings/",
                     "RECORDER_FOLDER": str(folder / "made"), "RECORDER_FILES": "\n".join(names)}
        done = run("upload.sh", "s", folder / "made/a b.json", **variables)
        assert done.returncode == 0, done
        assert list(store.kept) == [*names, "a b.json"], store.kept
        assert all(body == f"content of {name}" for name, body in store.kept.items()), store.kept
        store.refuses = True
        done = run("upload.sh", "s", folder / "made/a b.json", **variables)
        assert done.returncode != 0 and "507" in done.stderr, done
        store.shutdown()


def main(*tests):
    print(f"1..{len(tests)}", flush=True)
    failures = 0
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix="sample-hooks-") as folder:
            try:
                test(pathlib.Path(folder))
                verdict = "ok"
            except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired) as error:
                verdict = "not ok"
                print("#", str(error).replace("\n", "\n# "))
        failures += verdict != "ok"
        print(f"{verdict} {number} - {test.__doc__}", flush=True)
    sys.exit(failures > 0)


main(copies_what_was_converted, copies_a_recording, converts, uploads)
