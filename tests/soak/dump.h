/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An .mjr file taken to pieces by the letter of the format, with nothing of the code
 * that is being tested.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump_frame {
	uint32_t ms;
	size_t len;
	const uint8_t *bytes; /* borrowed from the dump; without the time before a message */
};

struct dump {
	char *bytes;
	size_t size;
	GArray *frames;   /* struct dump_frame: those before the damage */
	const char *torn; /* what is wrong with it, static; or NULL */
};

/* Never fails: a file that cannot be read is torn, too. */
void dump_init(struct dump *dump, const char *path, bool is_rtp);
void dump_fini(struct dump *dump);
