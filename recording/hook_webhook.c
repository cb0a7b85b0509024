/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See hook_webhook.h. Each attempt has a connection of its own, and curl never
 * waits: its sockets and its timer are in an epoll that the runner polls.
 *
 * No global initialisation: curl_easy_init() does it, and since libcurl 7.84 any
 * threads may be the first at once.
 */
#include "recording/hook_webhook.h"

#include <curl/curl.h>
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/hook_job.h"

enum {
	ANSWER_MAX = 64 << 10, /* bytes of an answer that are waited for; nobody reads them */
	EVENTS_MAX = 8,        /* of one step */
};

struct post {
	const struct hook_call *call; /* borrowed */
	int poll_fd;                  /* epoll: curl's sockets, and the timer */
	int timer_fd;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	char *body;
	size_t received;
	bool is_cancelled;
	char error[CURL_ERROR_SIZE];
};

bool hook_webhook_parse_events(unsigned *out, const char *text)
{
	g_auto(GStrv) known = g_strsplit(HOOK_WEBHOOK_EVENTS, ",", -1);
	g_auto(GStrv) names = g_strsplit(text, ",", -1);
	unsigned events = 0;
	for (char **name = names; *name != NULL; name++) {
		if (!g_strv_contains((const char *const *)known, g_strstrip(*name)))
			return false;
		for (enum engine_event_kind kind = 0; kind < ENGINE_EVENTS; kind++)
			if (strcmp(engine_event_name(kind), *name) == 0)
				events |= HOOK_ON(kind);
	}
	*out = events;
	return events != 0;
}

/* --- what curl wants to be woken for --- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *ctx2)
{
	const struct post *post = ctx;
	struct epoll_event event = {.data.fd = fd};
	(void)easy;
	(void)ctx2;
	if (what == CURL_POLL_REMOVE) {
		(void)epoll_ctl(post->poll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		event.events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(post->poll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	return epoll_ctl(post->poll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -1;
}

/* -1: not at all. */
static void set_timer(const struct post *post, long ms)
{
	struct itimerspec timer = {0};
	if (ms > 0)
		timer.it_value = (struct timespec){ms / 1000, ms % 1000 * 1000000};
	else if (ms == 0)
		timer.it_value.tv_nsec = 1;
	(void)timerfd_settime(post->timer_fd, 0, &timer, NULL);
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
	(void)multi;
	set_timer(ctx, ms);
	return 0;
}

/* What an answer says beside its status is of no use; too much of it ends the transfer. */
static size_t on_answer(char *bytes, size_t size, size_t count, void *ctx)
{
	struct post *post = ctx;
	(void)bytes;
	post->received += size * count;
	return post->received <= ANSWER_MAX ? size * count : 0;
}

/* --- a request --- */

G_GNUC_PRINTF(2, 3)
static void add_header(struct post *post, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *line = g_strdup_vprintf(format, args);
	va_end(args);
	post->headers = curl_slist_append(post->headers, line);
}

static void add_signature(struct post *post, const char *timestamp)
{
	const struct hook_webhook_options *options = post->call->hook->options;
	if (options->secret == NULL)
		return;
	g_autofree char *text = g_strconcat(timestamp, ".", post->body, NULL);
	g_autofree char *digest = g_compute_hmac_for_string(G_CHECKSUM_SHA256,
		(const guchar *)options->secret, strlen(options->secret), text, -1);
	add_header(post, "Recorder-Signature: sha256=%s", digest);
}

static void add_headers(struct post *post)
{
	const struct hook_call *call = post->call;
	/* Names of files may have characters that a header may not. */
	g_autofree char *key = g_uri_escape_string(call->job->key, ":", FALSE);
	g_autofree char *timestamp = g_strdup_printf(
		"%" G_GINT64_FORMAT, clock_real_us(call->engine->params.clock) / 1000000);
	add_header(post, "Content-Type: application/json");
	add_header(post, "Expect:"); /* nothing is gained by asking first */
	add_header(post, "Idempotency-Key: %s", key);
	add_header(post, "Recorder-Event: %s", hook_job_text(call->job, NULL, "event"));
	add_header(post, "Recorder-Attempt: %u", call->attempt);
	add_header(post, "Recorder-Timestamp: %s", timestamp);
	add_signature(post, timestamp);
}

static void describe_request(struct post *post)
{
	const struct hook_webhook_options *options = post->call->hook->options;
	CURL *easy = post->easy;
	curl_easy_setopt(easy, CURLOPT_URL, post->call->hook->target);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "janus-recorder");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, post->headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->body);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(post->body));
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, post);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, post->error);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Or else an end in the middle of a look-up of the name waits for its own end. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static int open_watches(struct post *post)
{
	post->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	post->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (post->poll_fd < 0 || post->timer_fd < 0)
		return -errno;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = post->timer_fd};
	return epoll_ctl(post->poll_fd, EPOLL_CTL_ADD, post->timer_fd, &event) < 0 ? -errno : 0;
}

static int begin(struct post *post)
{
	post->easy = curl_easy_init();
	post->multi = curl_multi_init();
	if (post->easy == NULL || post->multi == NULL)
		return -ENOMEM;
	curl_multi_setopt(post->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(post->multi, CURLMOPT_SOCKETDATA, post);
	curl_multi_setopt(post->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(post->multi, CURLMOPT_TIMERDATA, post);
	add_headers(post);
	describe_request(post);
	return curl_multi_add_handle(post->multi, post->easy) == CURLM_OK ? 0 : -ENOMEM;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void destroy(void *run)
{
	struct post *post = run;
	if (post->multi != NULL && post->easy != NULL)
		curl_multi_remove_handle(post->multi, post->easy);
	curl_easy_cleanup(post->easy);
	curl_multi_cleanup(post->multi);
	curl_slist_free_all(post->headers);
	free(post->body);
	close_if_open(post->poll_fd);
	close_if_open(post->timer_fd);
	g_free(post);
}

static int start(void **run, const struct hook_call *call)
{
	struct post *post = g_new0(struct post, 1);
	post->call = call;
	post->body = hook_job_payload(call->job);
	int err = open_watches(post);
	if (err == 0)
		err = begin(post);
	if (err < 0)
		destroy(post);
	else
		*run = post;
	return err;
}

/* --- its life --- */

static int fd(const void *run)
{
	const struct post *post = run;
	return post->poll_fd;
}

static void act(struct post *post, const struct epoll_event *event)
{
	int running, what = 0;
	if (event->data.fd == post->timer_fd) {
		uint64_t ticks;
		(void)!read(post->timer_fd, &ticks, sizeof ticks);
		curl_multi_socket_action(post->multi, CURL_SOCKET_TIMEOUT, 0, &running);
		return;
	}
	if (event->events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (event->events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (event->events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(post->multi, event->data.fd, what, &running);
}

static void conclude(const struct post *post, CURLcode code, struct hook_result *out)
{
	const struct hook_job *job = post->call->job;
	bool is_answered = code == CURLE_OK || post->received > ANSWER_MAX;
	long status = 0;
	if (is_answered) {
		curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
		out->detail = g_strdup_printf("HTTP status %ld", status);
	} else {
		/* Says which host it was, which clients need not know. */
		engine_log(post->call->engine, ENGINE_LOG_INFO, "hook %s for %s: %s", job->hook,
			job->key, post->error);
		out->detail = g_strdup(curl_easy_strerror(code));
	}
	out->is_ok = status >= 200 && status < 300;
	out->code = (int)status;
}

static bool step(void *run, struct hook_result *out)
{
	struct post *post = run;
	struct epoll_event events[EVENTS_MAX];
	int left, count = epoll_wait(post->poll_fd, events, EVENTS_MAX, 0);
	if (post->is_cancelled) {
		out->detail = g_strdup("cancelled");
		return true;
	}
	for (int i = 0; i < count; i++)
		act(post, &events[i]);
	const CURLMsg *message = curl_multi_info_read(post->multi, &left);
	if (message == NULL || message->msg != CURLMSG_DONE)
		return false;
	conclude(post, message->data.result, out);
	return true;
}

static void cancel(void *run)
{
	struct post *post = run;
	post->is_cancelled = true;
	set_timer(post, 0);
}

const struct hook_action hook_webhook = {
	.name = "webhook",
	.is_apart = true,
	.start = start,
	.fd = fd,
	.step = step,
	.cancel = cancel,
	.destroy = destroy,
};
