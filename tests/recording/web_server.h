/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An HTTP server on 127.0.0.1 that answers as it is told, and keeps what it was asked. */
#pragma once

#include <stdint.h>

struct web_server;

enum {
	WEB_SERVER_SILENCE = -1, /* takes the request, and never answers */
	WEB_SERVER_FLOOD = -2,   /* 200, and a body that does not end */
};

/* `answers`: statuses, one per request, ended by 0; then 204 to all. Borrowed. */
struct web_server *web_server_start(const int *answers);

/* The same on a port that another has left. */
struct web_server *web_server_start_at(const int *answers, uint16_t port);
void web_server_stop(struct web_server *server);

uint16_t web_server_port(const struct web_server *server);

/* The n-th request that has come, head and body; waits for it. The caller frees it. */
char *web_server_request(struct web_server *server, unsigned n);

unsigned web_server_count(struct web_server *server);
