/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One thing that a hook has to do about one event, and its text in the journal.
 *
 * The text says which hook, never which program: what may be run is in the
 * configuration alone. Thread: any but the media thread.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#define HOOK_JOB_SUFFIX ".job"

enum {
	HOOK_JOB_SIZE_MAX = 1 << 20 /* of the text */
};

/* Owns what it points at. */
struct hook_job {
	uint64_t order;  /* grows: jobs of a recording are run in this order; unique */
	char *hook;      /* its name */
	char *recording; /* UUID */
	char *key;       /* of the event, the same for every attempt and after every restart */
	json_t *event;   /* what the hook is told; see docs/hooks.md */
	char *output; /* absolute path of what an earlier job has made of the recording, or NULL */
	unsigned attempts; /* that have failed */
};

/* NULL is fine. */
void hook_job_free(struct hook_job *job);

/* The name of its file in the journal: it sorts by order. The caller frees it. */
char *hook_job_file(const struct hook_job *job);

/* For the journal; the caller frees it with free(). Never NULL. */
char *hook_job_to_text(const struct hook_job *job);

/*
 * From the journal, or from whoever has written there. 0 and a new job; or -EBADMSG with *what (may
 * be NULL) set to a sentence, which the caller frees.
 */
int hook_job_from_text(struct hook_job **out, const char *text, size_t len, char **what);

/* What the event is about: what was made of the recording, else its part, else its manifest. An
 * absolute path, which the caller frees. */
char *hook_job_path(const struct hook_job *job);

/* The event as a hook is told it, in one line; the caller frees it with free(). */
char *hook_job_payload(const struct hook_job *job);

/* A text of the event, or NULL: "stream"; of the object in it: "recording", "id". */
const char *hook_job_text(const struct hook_job *job, const char *parent, const char *member);
