/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The queue of asynchronous requests and the one thread that answers them, in
 * order. Thread: any but the media thread.
 */
#pragma once

struct dispatcher;
struct request;

/* 0 or -errno. */
int dispatcher_create(struct dispatcher **out);

/* Takes the request; it is answered later, by an event. */
void dispatcher_push(struct dispatcher *dispatcher, struct request *request);

/* Finishes the request under way, drops the waiting ones, joins the thread. NULL is fine. */
void dispatcher_destroy(struct dispatcher *dispatcher);
