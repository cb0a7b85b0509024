/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets, names and files that are right, as bytes. The unit tests read them;
 * tests/fuzz/seeds.c writes them out as the fuzzers' first inputs.
 */
#pragma once

#include <stddef.h>

struct vector {
	const char *name;
	const char *bytes;
	size_t len;
};

#define VECTOR(name, bytes)                    \
	{                                      \
		name, bytes, sizeof(bytes) - 1 \
	}

/* Sequence number 0x1234, timestamp 0x00010203, SSRC 0xcafebabe, all of them. */
#define RTP_FIXED(flags, type) flags type "\x12\x34\x00\x01\x02\x03\xca\xfe\xba\xbe"

static const struct vector vectors_rtp[] = {
	VECTOR("opus", RTP_FIXED("\x80", "\x6f") "\xf8\xff\xfe"),
	VECTOR("header-only", RTP_FIXED("\x80", "\x00")),
	VECTOR("two-csrcs", RTP_FIXED("\x82", "\x80") "\1\2\3\4\5\6\7\x08payload"),
	VECTOR("one-byte-extensions",
		RTP_FIXED("\x90", "\xef") "\xbe\xde\x00\x03"
					  "\x10v"            /* 1: "v" */
					  "\x00\x00"         /* padding */
					  "\x32\xaa\xbb\xcc" /* 3: three bytes */
					  "\x40\x0b"         /* 4: one byte */
					  "\x00\x00"
					  "payload"),
	VECTOR("one-byte-stop",
		RTP_FIXED("\x90", "\xef") "\xbe\xde\x00\x02"
					  "\x20\x55\xf0\x00" /* 2, then the reserved 15 */
					  "\x30\x66\x00\x00" /* 3 must not be found */
					  "payload"),
	VECTOR("two-byte-extensions", RTP_FIXED("\x90", "\xef") "\x10\x00\x00\x02"
								"\x05\x00" /* 5: empty */
								"\x00"     /* padding */
								"\x0f\x03"
								"abc" /* 15: "abc" */
								"payload"),
	VECTOR("padding", RTP_FIXED("\xa0", "\x60") "data\x00\x00\x00\x04"),
	VECTOR("padding-only", RTP_FIXED("\xa0", "\x60") "\x00\x00\x03"),
	VECTOR("everything", RTP_FIXED("\xb1", "\xe0") "\1\2\3\4"
						       "\xbe\xde\x00\x01\x10"
						       "0\x00\x00"
						       "data\x00\x02"),
	VECTOR("vp8-key",
		RTP_FIXED("\x80",
			"\xe0") "\x90\x80\x81\x23\x10\x02\x00\x9d\x01\x2a\x80\x02\xe0\x01\x00"),
	VECTOR("vp9-key", RTP_FIXED("\x80", "\xe0") "\xac\x81\x23\x00\x00\x82\x49\x83"),
	VECTOR("h264-stap", RTP_FIXED("\x80", "\xe0") "\x78\x00\x04\x67\x42\xc0\x1f\x00\x04\x68\xce"
						      "\x3c\x80\x00\x02\x65\x88"),
	VECTOR("h265-fu", RTP_FIXED("\x80", "\xe0") "\x62\x01\x93\xaf\x00"),
	VECTOR("av1-key", RTP_FIXED("\x80", "\xe0") "\x28\x0a\x0b\x00\x00\x00\x24"),
};

static const struct vector vectors_rtcp[] = {
	/* NTP 0xe9000000.80000000, RTP 0x00abcdef, 10 packets, 1600 octets; then SDES and PLI. */
	VECTOR("compound", "\x80\xc8\x00\x06"
			   "\xca\xfe\xba\xbe"
			   "\xe9\x00\x00\x00\x80\x00\x00\x00"
			   "\x00\xab\xcd\xef"
			   "\x00\x00\x00\x0a"
			   "\x00\x00\x06\x40"
			   "\x81\xca\x00\x03"
			   "\xca\xfe\xba\xbe"
			   "\x01\x04name\x00\x00"
			   "\x81\xce\x00\x02"
			   "\x00\x00\x00\x01"
			   "\xca\xfe\xba\xbe"),
	VECTOR("sr-with-report-block", "\x81\xc8\x00\x0c"
				       "\xca\xfe\xba\xbe"
				       "\x83\xaa\x7e\x80\x00\x00\x00\x00"
				       "\x00\x00\x00\x01"
				       "\x00\x00\x00\x02"
				       "\x00\x00\x00\x03"
				       "\x00\x00\x00\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"
				       "\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18"),
	VECTOR("rr-and-bye", "\x80\xc9\x00\x01\xca\xfe\xba\xbe"
			     "\x81\xcb\x00\x01\xca\xfe\xba\xbe"),
	VECTOR("no-body", "\x80\xff\x00\x00"),
};

static const struct vector vectors_template[] = {
	VECTOR("default", "stream-{mediaSessionId}-{login}"),
	VECTOR("all", "{streamName}{startTime}{sessionId}{mediaSessionId}{login}{audioCodec}"
		      "{videoCodec}"),
	VECTOR("misspelt", "a-{stremName}"),
	VECTOR("lone-brace", "a}b{"),
	VECTOR("unicode", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xa5{login}"),
	VECTOR("hostile", "../../-\x01\xff\xed\xa0\x80/{streamName}"),
};

static const struct vector vectors_mjr[] = {
	VECTOR("2015-audio", "MEETECHO\x00\x05"
			     "audio"
			     "MEETECHO\x00\x0d\x80\x6f\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01x"),
	VECTOR("version-1", "MJR00001\x00\x2a{\"t\":\"v\",\"c\":\"vp8\",\"s\":1000,\"u\":2000}     "
			    "MEETECHO\x00\x0c\x80\x60\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"),
	VECTOR("version-2",
		"MJR00002\x00\x57{\"t\": \"a\", \"c\": \"opus\", \"x\": {\"1\": \"urn:x\"}, "
		"\"s\": 1000, \"u\": 2000, \"or\": 63, \"e\": true}"
		"MEET\x00\x00\x00\x00\x00\x0c\x80\x6f\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"
		"MEET\x00\x00\x00\x14\x00\x0c\x80\x6f\x00\x02\x00\x00\x03\xc0\x00\x00\x00\x01"),
	VECTOR("torn", "MJR00002\x00\x2d{\"t\": \"d\", \"c\": \"text\", \"s\": 1000, \"u\": 2000}"
		       "MEET\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x00\x00\x00\x07\xd0hi"
		       "MEET\x00\x00\x00\x14\x00\xff\x80"),
};
