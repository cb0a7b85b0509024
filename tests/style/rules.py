# SPDX-License-Identifier: GPL-3.0-or-later
"""The house rules as data: every limit, every allowed edge, every exception.

The checks beside this file hold no opinion of their own. An exception needs
its reason on the same line.
"""

# --- layers: who may include whom ---------------------------------------------------------------
#
# folder: (project folders it may include, outside headers it may include)
# The longest matching folder decides. A folder stands for itself and not for the folders below it,
# unless it ends with "/**".

BASE = {"libc", "glib", "jansson"}
POST = {"postprocessing/core", "postprocessing/depay", "postprocessing/media"}

LAYERS = {
    "common": ({"common"}, BASE),
    "recording": ({"common", "recording"}, BASE | {"curl"}),
    "plugins": ({"common", "recording", "plugins"}, BASE | {"janus"}),
    "postprocessing/core": ({"common", "postprocessing/core"}, BASE),
    "postprocessing/depay": ({"common", "postprocessing/core", "postprocessing/depay"}, BASE),
    "postprocessing/media": ({"common"} | POST, BASE | {"libav"}),
    "postprocessing": ({"common", "postprocessing"} | POST, BASE),
    "tests/common": ({"common", "tests/common"}, BASE),
    "tests/recording": ({"common", "recording", "tests/common", "tests/recording"}, BASE),
    "tests/double": ({"common", "recording", "plugins", "tests/double"}, BASE | {"janus"}),
    "tests/plugins": (
        {"common", "recording", "plugins", "tests/double", "tests/plugins"},
        BASE | {"janus"},
    ),
    "tests/postprocessing": (
        {"common", "postprocessing", "tests/postprocessing"} | POST,
        BASE | {"libav"},
    ),
    "tests/fuzz": (
        {"common", "recording", "plugins", "postprocessing", "tests/fuzz", "tests/common"} | POST,
        BASE | {"libav", "janus"},
    ),
    "tests/e2e": ({"tests/e2e"}, BASE),
    "tests/soak": (
        {"common", "recording", "tests/double", "tests/plugins", "tests/soak"},
        BASE | {"janus"},
    ),
    "tests/tsan": ({"tests/tsan"}, BASE),
    "tests/publisher": ({"tests/publisher"}, BASE),
    "bench": (
        {"common", "recording", "bench", "tests/double"} | POST,
        BASE | {"janus", "libav"},
    ),
}

# Outside headers by kind; the first pattern that matches the text between < and > decides.
# A header that none matches is a new dependency: name it here and in docs/dependencies.md.
HEADERS = (
    ("janus", r"(janus|plugins|events|loggers|transports)/.*"),
    (
        "janus",
        r"(apierror|auth|config|debug|ip-utils|log|mutex|options|record|refcount|rtcp|rtp|rtpfwd"
        r"|rtpsrtp|sctp|sdp-utils|text2pcap|utils|version)\.h",
    ),
    ("libav", r"lib(avcodec|avformat|avfilter|avutil|avdevice|swresample|swscale)/.*"),
    ("glib", r"(glib|gmodule|gio/.*|glib/.*)\.h"),
    ("jansson", r"jansson\.h"),
    ("curl", r"curl/curl\.h"),
    ("libc", r"(arpa|linux|net|netinet|sys|sanitizer)/.*\.h"),
    (
        "libc",
        r"(assert|byteswap|complex|ctype|dirent|dlfcn|elf|endian|errno|fcntl|float|fnmatch|ftw"
        r"|getopt|glob|ifaddrs|inttypes|libgen|limits|link|locale|malloc|math|memory|netdb|poll"
        r"|pthread|pwd|regex|sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool"
        r"|stddef|stdint|stdio|stdlib|string|strings|syslog|termios|time|unistd|wchar|wctype)\.h",
    ),
)

# --- symbols ------------------------------------------------------------------------------------

# What the plugin may export to a process that it shares with others.
PLUGIN_EXPORTS = {"create"}

# The Janus core exports names of this prefix, and loads plugins with RTLD_GLOBAL.
FORBIDDEN_PREFIX = "janus_recorder"

# Global symbols that need not begin with the name of their file.
SYMBOL_EXCEPTIONS = {
    "plugins/janus_recorder.c": {"create"},  # the name that Janus looks up
    "postprocessing/main.c": {"main"},  # the name that libc looks up
    "postprocessing/media/formats.c": {"media_codec_find"},  # the other half of its table
}

# Objects with static storage that are written after start; all else is const or in a struct.
STATE_EXCEPTIONS = {
    "plugins/log.c": {"janus_log_prefix"},  # a table in the gateway's debug.h
    # libav has one log callback per process, and gives it no context.
    "postprocessing/media/fault.c": {"captured"},
    # Janus gives its callbacks no context, and wants a table that is not const.
    "plugins/janus_recorder.c": {"plugin", "table"},
    "postprocessing/media/fault.c": {"captured"},  # libav has one log callback per process
}

# --- shape --------------------------------------------------------------------------------------

COLUMNS_MAX = 100
TAB = 8  # columns that a tab takes in C
TAB_ELSEWHERE = 4
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
NESTING_MAX = 4

# "file: function" that may be longer: a table written as code, or nothing but a switch.
LONG_FUNCTIONS = {}

# --- words --------------------------------------------------------------------------------------

# (pattern, paths, why): text that may stand nowhere in these files.
SHIPPED_C = r"(common|recording|plugins|postprocessing)/.*\.[ch]"
ANY = r".*"
WORDS = (
    (r"\b(TODO|FIXME|XXX|HACK)\b", ANY, "finish it, or do not begin it"),
    (r"(^|[^\w.])/(home|root|work|mnt|Users)/\w", ANY, "a path of somebody's own machine"),
    (r"\b(issue|ticket|task) ?#?\d+|\(#\d+\)", ANY, "the text must stand without a tracker"),
    (r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|alloca)\(", SHIPPED_C, "unbounded"),
    (r"\b(system|popen)\(", SHIPPED_C, "no shell: spawn with an argument vector"),
    (r"\b(sleep|usleep|g_usleep)\(", SHIPPED_C, "wait for the event, with a time limit"),
)

# Files that quote the words above on purpose.
WORDS_EXCEPTIONS = {"tests/style/rules.py", "tests/style/test_words.py"}

# Files whose first lines carry the licence: by name.
LICENSED = r".*\.(c|h|py|sh|mk|m4|ac|am|js|mjs|css|html|go|[1-8]|jcfg\.sample)|scripts/.*|\.ci/.*"
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
