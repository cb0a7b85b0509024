/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Janus's own recorder, called as its record-and-play plugin calls it. See recorder.h. */
#include "bench/recorder.h"

#include <glib.h>
#include <stdint.h>

#include "tests/double/core.h"
#include "tests/double/gateway.h"

/* janus/record.h cannot be taken in: nothing else of ours has its dependencies. */
struct janus_recorder;
typedef struct janus_recorder *(*create_fn)(
	const char *folder, const char *codec, const char *file);
typedef int (*save_fn)(struct janus_recorder *recorder, char *packet, unsigned len);
typedef int (*close_fn)(struct janus_recorder *recorder);
typedef void (*destroy_fn)(struct janus_recorder *recorder);

struct peer {
	unsigned streams;
	save_fn save;
	close_fn close;
	destroy_fn destroy;
	struct janus_recorder **recorders; /* audio, video; audio, video; … */
};

static void *open_janus(const struct recorder_setup *setup)
{
	static const char *const CODECS[] = {"opus", "vp8"};
	static const char *const KINDS[] = {"audio", "video"};
	gateway_require();
	struct peer *peer = g_new0(struct peer, 1);
	create_fn create;
	*(void **)&create = core_symbol("janus_recorder_create");
	*(void **)&peer->save = core_symbol("janus_recorder_save_frame");
	*(void **)&peer->close = core_symbol("janus_recorder_close");
	*(void **)&peer->destroy = core_symbol("janus_recorder_destroy");
	peer->streams = setup->streams;
	peer->recorders = g_new0(struct janus_recorder *, setup->streams * TRAFFIC_RTCP);
	for (unsigned i = 0; i < setup->streams * TRAFFIC_RTCP; i++) {
		unsigned kind = i % TRAFFIC_RTCP;
		g_autofree char *file = g_strdup_printf("s%u-%s", i / TRAFFIC_RTCP, KINDS[kind]);
		peer->recorders[i] = create(setup->recordings, CODECS[kind], file);
		if (peer->recorders[i] == NULL)
			g_error("Janus cannot record into %s", setup->recordings);
	}
	return peer;
}

static void take(void *self, const struct traffic_packet *packet)
{
	struct peer *peer = self;
	if (packet->kind == TRAFFIC_RTCP)
		return;
	peer->save(peer->recorders[packet->stream * TRAFFIC_RTCP + packet->kind],
		(char *)packet->data, (unsigned)packet->len);
}

static void close_janus(void *self)
{
	struct peer *peer = self;
	for (unsigned i = 0; i < peer->streams * TRAFFIC_RTCP; i++) {
		peer->close(peer->recorders[i]);
		peer->destroy(peer->recorders[i]);
	}
	g_free(peer->recorders);
	g_free(peer);
}

const struct recorder recorder_janus = {
	.name = "janus", .open = open_janus, .take = take, .close = close_janus};
