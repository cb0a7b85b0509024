# SPDX-License-Identifier: GPL-3.0-or-later
"""Offers that no browser made, for clients that send no media."""

SESSION = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
           "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
           "a=setup:actpass\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n")


def media(kind="audio", codec="opus/48000/2", mid=0, direction="sendonly", extra=""):
    return (f"m={kind} 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n"
            f"a=rtcp-mux\r\na={direction}\r\na=rtpmap:111 {codec}\r\n{extra}")


def offer(*parts):
    return {"type": "offer", "sdp": SESSION + "".join(parts)}


OPUS = offer(media())
