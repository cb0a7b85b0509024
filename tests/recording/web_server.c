/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See web_server.h. One connection at a time, but for those that are left in silence. */
#include "tests/recording/web_server.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PATIENCE_S = 20,
};

struct web_server {
	const int *answers;
	int listener, end_fd;
	uint16_t port;
	GThread *thread;
	GArray *silent; /* connections that are left open */

	GMutex lock;
	GCond changed;
	GPtrArray *requests;
};

static size_t body_length(const char *head)
{
	const char *header = strstr(head, "\r\nContent-Length: ");
	g_assert_nonnull(header);
	return (size_t)g_ascii_strtoull(header + strlen("\r\nContent-Length: "), NULL, 10);
}

static char *read_request(int fd)
{
	GString *text = g_string_new(NULL);
	size_t wanted = SIZE_MAX;
	char bytes[4096];
	ssize_t got;
	while (text->len < wanted && (got = recv(fd, bytes, sizeof bytes, 0)) > 0) {
		g_string_append_len(text, bytes, got);
		const char *end = strstr(text->str, "\r\n\r\n");
		if (end != NULL)
			wanted = (size_t)(end + 4 - text->str) + body_length(text->str);
	}
	return g_string_free(text, FALSE);
}

static void answer(struct web_server *server, int fd, int status)
{
	if (status == WEB_SERVER_SILENCE) {
		g_array_append_val(server->silent, fd);
		return;
	}
	g_autofree char *head = g_strdup_printf("HTTP/1.1 %d Word\r\nConnection: close\r\n"
						"Location: http://127.0.0.1:%u/elsewhere\r\n%s\r\n",
		status == WEB_SERVER_FLOOD ? 200 : status, server->port,
		status == WEB_SERVER_FLOOD ? "" : "Content-Length: 0\r\n");
	ssize_t sent = send(fd, head, strlen(head), MSG_NOSIGNAL);
	static const char junk[4096];
	while (status == WEB_SERVER_FLOOD && sent > 0)
		sent = send(fd, junk, sizeof junk, MSG_NOSIGNAL);
	close(fd);
}

static void serve(struct web_server *server, int fd)
{
	char *request = read_request(fd);
	int status = *server->answers != 0 ? *server->answers++ : 204;
	g_mutex_lock(&server->lock);
	g_ptr_array_add(server->requests, request);
	g_cond_broadcast(&server->changed);
	g_mutex_unlock(&server->lock);
	answer(server, fd, status);
}

static void *run(void *data)
{
	struct web_server *server = data;
	struct pollfd fds[] = {{server->listener, POLLIN, 0}, {server->end_fd, POLLIN, 0}};
	while (poll(fds, 2, -1) > 0 && fds[1].revents == 0)
		serve(server, accept(server->listener, NULL, NULL));
	return NULL;
}

struct web_server *web_server_start_at(const int *answers, uint16_t port)
{
	struct web_server *server = g_new0(struct web_server, 1);
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port)};
	socklen_t len = sizeof address;
	int one = 1;
	server->answers = answers;
	server->requests = g_ptr_array_new_with_free_func(g_free);
	server->silent = g_array_new(FALSE, FALSE, sizeof(int));
	server->end_fd = eventfd(0, EFD_CLOEXEC);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, len), ==, 0);
	g_assert_cmpint(listen(server->listener, 16), ==, 0);
	getsockname(server->listener, (struct sockaddr *)&address, &len);
	server->port = ntohs(address.sin_port);
	server->thread = g_thread_new("web-server", run, server);
	return server;
}

struct web_server *web_server_start(const int *answers)
{
	return web_server_start_at(answers, 0);
}

void web_server_stop(struct web_server *server)
{
	static const uint64_t ONE = 1;
	g_assert_cmpint(write(server->end_fd, &ONE, sizeof ONE), ==, sizeof ONE);
	g_thread_join(server->thread);
	for (guint i = 0; i < server->silent->len; i++)
		close(g_array_index(server->silent, int, i));
	close(server->listener);
	close(server->end_fd);
	g_array_unref(server->silent);
	g_ptr_array_unref(server->requests);
	g_free(server);
}

uint16_t web_server_port(const struct web_server *server)
{
	return server->port;
}

char *web_server_request(struct web_server *server, unsigned n)
{
	gint64 end_us = g_get_monotonic_time() + PATIENCE_S * G_TIME_SPAN_SECOND;
	g_mutex_lock(&server->lock);
	while (server->requests->len <= n)
		if (!g_cond_wait_until(&server->changed, &server->lock, end_us))
			g_error("no request %u in %d s", n, PATIENCE_S);
	char *request = g_strdup(server->requests->pdata[n]);
	g_mutex_unlock(&server->lock);
	return request;
}

unsigned web_server_count(struct web_server *server)
{
	g_mutex_lock(&server->lock);
	unsigned count = server->requests->len;
	g_mutex_unlock(&server->lock);
	return count;
}
