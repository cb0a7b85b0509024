/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What publishers notice when the disk stands still for five seconds: the file
 * system that holds the recordings is frozen (FIFREEZE), so that every write to
 * it waits. The longest call that takes a packet, and the packets that were lost.
 *
 * As in the gateway, every stream has a thread that reads its packets from a
 * socket and hands them on; a thread that is kept waiting leaves them to the
 * socket's buffer, of the system's default size, until that is full.
 *
 * Usage: stall FOLDER: one of a file system of its own. Needs CAP_SYS_ADMIN.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/figures.h"
#include "bench/run.h"

enum {
	STREAMS = 20,
	VIDEO_BPS = 2500000,
	BEFORE_MS = 2000,
	STALL_MS = 5000,
	AFTER_MS = 3000,
	LONG_NS = 1000000,
	NS_PER_MS = 1000000,
};

struct stream {
	const struct recorder *recorder;
	void *self;
	unsigned number;
	int in, out;
	pthread_t thread;
	uint64_t taken, long_calls;
	int64_t longest_ns;
};

struct stall_result {
	double longest_us, long_calls, sent, lost, is_realtime;
};

static enum traffic_kind kind_of(const uint8_t *packet)
{
	unsigned type = packet[1];
	if (type >= 200 && type <= 207) /* RFC 5761 §4 */
		return TRAFFIC_RTCP;
	return (type & 0x7f) == 111 ? TRAFFIC_AUDIO : TRAFFIC_VIDEO;
}

static void *receive(void *data)
{
	struct stream *stream = data;
	uint8_t bytes[TRAFFIC_PACKET_MAX];
	ssize_t len;
	while ((len = recv(stream->in, bytes, sizeof bytes, 0)) > 0) {
		struct traffic_packet packet = {stream->number, kind_of(bytes), bytes, (size_t)len};
		int64_t before = figures_now_ns();
		stream->recorder->take(stream->self, &packet);
		int64_t ns = figures_now_ns() - before;
		stream->longest_ns = MAX(stream->longest_ns, ns);
		stream->long_calls += ns >= LONG_NS;
		stream->taken += packet.kind != TRAFFIC_RTCP;
	}
	return NULL;
}

static void open_sockets(struct stream *stream)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	stream->in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	stream->out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(stream->in, (struct sockaddr *)&address, len) < 0 ||
		getsockname(stream->in, (struct sockaddr *)&address, &len) < 0 ||
		connect(stream->out, (struct sockaddr *)&address, len) < 0)
		g_error("no sockets on 127.0.0.1");
}

/* A thread that need not wait for its turn stands for a core that is idle. */
static bool start(struct stream *stream)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &(struct sched_param){.sched_priority = 1});
	bool is_realtime = pthread_create(&stream->thread, &attributes, receive, stream) == 0;
	pthread_attr_destroy(&attributes);
	if (!is_realtime && pthread_create(&stream->thread, NULL, receive, stream) != 0)
		g_error("no threads");
	return is_realtime;
}

struct sender {
	struct stream *streams;
	uint64_t sent;
};

static void send_packet(const struct traffic_packet *packet, void *ctx)
{
	struct sender *sender = ctx;
	sender->sent += packet->kind != TRAFFIC_RTCP;
	if (send(sender->streams[packet->stream].out, packet->data, packet->len, 0) < 0)
		g_error("the loopback device takes no more");
}

/* Freezes the file system, and thaws it whatever happens in between. */
static void *freeze(void *data)
{
	int fd = *(const int *)data;
	if (ioctl(fd, FIFREEZE, 0) < 0)
		g_error("cannot freeze the folder's file system");
	g_usleep(STALL_MS * 1000);
	if (ioctl(fd, FITHAW, 0) < 0)
		g_error("cannot thaw the folder's file system");
	return NULL;
}

static void play(struct sender *sender, struct traffic *traffic, int folder_fd)
{
	int64_t start_ns = figures_now_ns();
	pthread_t freezer;
	for (unsigned ms = 0; ms < BEFORE_MS + STALL_MS + AFTER_MS; ms++) {
		if (ms == BEFORE_MS && pthread_create(&freezer, NULL, freeze, &folder_fd) != 0)
			g_error("no threads");
		run_sleep_until(start_ns + (int64_t)ms * NS_PER_MS);
		traffic_tick(traffic, ms, send_packet, sender);
	}
	pthread_join(freezer, NULL);
}

static void collect(struct stall_result *out, struct stream *stream)
{
	pthread_join(stream->thread, NULL);
	out->longest_us = MAX(out->longest_us, (double)stream->longest_ns / 1e3);
	out->long_calls += (double)stream->long_calls;
	close(stream->in);
	close(stream->out);
}

static void perform(void *result, const struct recorder *recorder,
	const struct recorder_setup *folders, const struct run_setup *setup)
{
	struct stall_result *out = result;
	struct stream streams[STREAMS];
	struct traffic *traffic = traffic_create(STREAMS, VIDEO_BPS);
	void *self = recorder->open(folders);
	out->is_realtime = true;
	for (unsigned i = 0; i < STREAMS; i++) {
		streams[i] = (struct stream){.recorder = recorder, .self = self, .number = i};
		open_sockets(&streams[i]);
		if (!start(&streams[i]))
			out->is_realtime = false;
	}
	int folder_fd = open(setup->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sender sender = {.streams = streams};
	play(&sender, traffic, folder_fd);
	close(folder_fd);
	/* Once they are empty, the sockets say that they have ended. */
	for (unsigned i = 0; i < STREAMS; i++)
		shutdown(streams[i].in, SHUT_RD);
	for (unsigned i = 0; i < STREAMS; i++)
		collect(out, &streams[i]);
	recorder->close(self);
	traffic_destroy(traffic);
	out->sent = (double)sender.sent;
	out->lost = (double)(sender.sent - figures_media_frames(folders->recordings));
}

static void print(const struct stall_result *result, const char *name)
{
	printf(" %s_longest_us=%.0f %s_calls_over_1ms=%.0f %s_sent=%.0f %s_lost=%.0f", name,
		result->longest_us, name, result->long_calls, name, result->sent, name,
		result->lost);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: stall FOLDER\n");
		return EXIT_FAILURE;
	}
	struct run_setup setup = {.streams = STREAMS, .folder = argv[1], .ring_folder = "/dev/shm"};
	struct stall_result plugin = {0}, janus = {0};
	run_apart(&plugin, sizeof plugin, perform, &recorder_plugin, &setup);
	run_apart(&janus, sizeof janus, perform, &recorder_janus, &setup);
	printf("bench=stall streams=%d stall_ms=%d realtime=%s", STREAMS, STALL_MS,
		plugin.is_realtime ? "yes" : "no");
	print(&plugin, recorder_plugin.name);
	print(&janus, recorder_janus.name);
	printf("\n");
	return EXIT_SUCCESS;
}
