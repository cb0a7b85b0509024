/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A writer: one thread that flushes its recordings to disk, ends them, and
 * tells the engine's owner.
 *
 * It wakes once per interval for all of them, or when woken, for those that
 * asked. Ends are taken one at a time, so that the others' flushes wait for no
 * more than one.
 */
#pragma once

struct writer;
struct recording;

/* Starts the thread. 0 or -errno. */
int writer_create(struct writer **out, unsigned interval_ms);

/* Stops its recordings (reason "shutdown"), waits until they have ended, joins. NULL is fine. */
void writer_destroy(struct writer *writer);

/* The writer takes a reference of its own, until the recording has ended. Thread: any. */
void writer_add(struct writer *writer, struct recording *recording);

/* Has the writer look for what is urgent. One write() to an eventfd. Thread: any. */
void writer_wake(struct writer *writer);
