/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the gateway's media thread pays for a packet: one bounded copy a recording.
 *
 * The thread that plays it may make no system call but the two that are
 * documented (recording/ring.h, recording/track.h), which are counted; anything
 * else ends the process. Allocation, locks and those two are counted by standing
 * in for libc's. Each case runs in a child, since a filter never comes off.
 */
#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <janus/plugins/plugin.h>

#include "common/bytes.h"
#include "tests/plugins/scene.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

enum {
	ADVICE_REMOVE = 9,
	ADVICE_POPULATE_WRITE = 23,
	RING_SIZE = 4 << 20,
	WAKE_STEP = RING_SIZE / 4,
	COMMIT_STEP = 64 << 10,
	FRAME_OVERHEAD = 10 + 8, /* of a frame's header, and of a message's time */
	VIDEO_SIZE = 1200,
	OTHER_SIZE = 100,
	BATCH = 100, /* times four packets: less than a new ring's memory of each kind */
	BATCHES = 60,
	BURST = 30000,
};

/* What the watched thread did. */
struct bill {
	uint64_t allocations;
	uint64_t locks;
	uint64_t yields;
	uint64_t writes;
	uint64_t madvises;
};

static struct bill bill;
static _Thread_local bool is_watched;

#if !HAS_SANITIZER

/* --- standing in for libc --- */

#define STAND_IN __attribute__((visibility("default")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

static void charge(uint64_t *item)
{
	*item += is_watched;
}

STAND_IN void *malloc(size_t size)
{
	charge(&bill.allocations);
	return __libc_malloc(size);
}

STAND_IN void *calloc(size_t count, size_t size)
{
	charge(&bill.allocations);
	return __libc_calloc(count, size);
}

STAND_IN void *realloc(void *memory, size_t size)
{
	charge(&bill.allocations);
	return __libc_realloc(memory, size);
}

STAND_IN void free(void *memory)
{
	charge(&bill.allocations);
	__libc_free(memory);
}

STAND_IN int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	charge(&bill.locks);
	static int (*real)(pthread_mutex_t *);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	return real(mutex);
}

STAND_IN int sched_yield(void)
{
	charge(&bill.yields);
	return (int)syscall(SYS_sched_yield);
}

STAND_IN ssize_t write(int fd, const void *bytes, size_t len)
{
	charge(&bill.writes);
	return syscall(SYS_write, fd, bytes, len);
}

STAND_IN int madvise(void *start, size_t len, int advice)
{
	charge(&bill.madvises);
	return (int)syscall(SYS_madvise, start, len, advice);
}

#endif

/* --- the media thread --- */

enum act {
	ACT_PACED,    /* the writer keeps up */
	ACT_BURST,    /* it cannot */
	ACT_CALL,     /* as a check of the check: a forbidden system call */
	ACT_ALLOCATE, /* the same: an allocation and a lock */
};

struct stage {
	enum act act;
	struct gateway_handle *handle;
	_Atomic unsigned sent;    /* batches */
	_Atomic unsigned allowed; /* batches */
	atomic_bool is_over;
};

/* Allows write() of eight bytes, as to an eventfd; memory for rings; and the thread's end. */
static void forbid_system_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 8, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sizeof(uint64_t), 5, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ADVICE_POPULATE_WRITE, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ADVICE_REMOVE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {G_N_ELEMENTS(code), code};
	g_assert_cmpint(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), ==, 0);
	g_assert_cmpint(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), ==, 0);
}

/* One packet of each kind. */
static void send_four(struct gateway_handle *handle, uint16_t seq)
{
	static char payload[VIDEO_SIZE] = {0x10, 0x01};
	uint8_t packet[SCENE_PACKET_MAX];
	janus_plugin *plugin = gateway_plugin();
	janus_plugin_session *session = gateway_session(handle);
	for (int kind = SCENE_AUDIO; kind <= SCENE_VIDEO; kind++) {
		size_t size = kind == SCENE_AUDIO ? OTHER_SIZE : VIDEO_SIZE;
		size_t len = scene_rtp(packet, seq, seq, 7, true, payload, size - 12);
		janus_plugin_rtp rtp = {
			.mindex = kind, .buffer = (char *)packet, .length = (uint16_t)len};
		plugin->incoming_rtp(session, &rtp);
	}
	janus_plugin_rtcp rtcp = {
		.mindex = SCENE_VIDEO, .buffer = (char *)packet, .length = OTHER_SIZE};
	plugin->incoming_rtcp(session, &rtcp);
	janus_plugin_data data = {.buffer = (char *)packet, .length = OTHER_SIZE};
	plugin->incoming_data(session, &data);
}

static void send_paced(struct stage *stage)
{
	uint16_t seq = 0;
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		for (unsigned i = 0; i < BATCH; i++)
			send_four(stage->handle, seq++);
		atomic_store(&stage->sent, batch + 1);
		while (atomic_load(&stage->allowed) == batch)
			;
	}
}

static void misbehave(enum act act)
{
	if (act == ACT_CALL)
		(void)getppid();
	/* The first malloc() of a thread would make system calls. */
	void *volatile nothing = NULL;
	free(nothing);
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void *play(void *data)
{
	struct stage *stage = data;
	forbid_system_calls();
	is_watched = true;
	if (stage->act == ACT_PACED)
		send_paced(stage);
	else if (stage->act == ACT_BURST)
		for (unsigned i = 0; i < BURST; i++)
			send_four(stage->handle, (uint16_t)i);
	else
		misbehave(stage->act);
	is_watched = false;
	/* Not by returning: the end of a thread in libc is more than one system call. */
	syscall(SYS_exit, 0);
	return NULL;
}

/* --- the scene around it --- */

static json_int_t packets_of(const struct scene *scene, const char *name)
{
	json_t *body = json_pack("{s:s, s:s}", "request", "recording", "name", name);
	json_t *result = scene_result(gateway_request(scene->handle, body));
	const json_t *recording = json_object_get(result, "recording");
	json_int_t packets = 0;
	size_t i, j;
	json_t *track, *part;
	json_array_foreach(json_object_get(recording, "tracks"), i, track)
	{
		json_array_foreach(json_object_get(track, "parts"), j, part)
		{
			packets += json_integer_value(json_object_get(part, "packets"));
		}
	}
	json_decref(result);
	return packets;
}

/* Lets a batch through when the one before it is in the files of all. */
static void pace(struct stage *stage, const struct scene *scene, GPtrArray *names)
{
	for (unsigned batch = 1; batch <= BATCHES; batch++) {
		while (atomic_load(&stage->sent) < batch)
			g_thread_yield();
		for (guint i = 0; i < names->len; i++)
			while (packets_of(scene, names->pdata[i]) < 4 * BATCH * batch)
				g_usleep(1000);
		atomic_store(&stage->allowed, batch);
	}
}

static GPtrArray *start_recordings(struct scene *scene, unsigned count)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	for (unsigned i = 0; i < count; i++) {
		json_t *body = scene_json("{\"request\": \"start_recording\", \"parallel\": true}");
		json_t *result = scene_result(gateway_request(scene->handle, body));
		g_ptr_array_add(names, scene_recording(result));
		json_decref(result);
	}
	return names;
}

static void check_bill(enum act act, unsigned recordings)
{
	if (act == ACT_ALLOCATE) {
		g_assert_cmpuint(bill.allocations, ==, 1);
		g_assert_cmpuint(bill.locks, ==, 1);
		return;
	}
	g_assert_cmpuint(bill.allocations, ==, 0);
	g_assert_cmpuint(bill.locks, ==, 0);
	g_assert_cmpuint(bill.yields, ==, 0);
	uint64_t rounds = act == ACT_BURST ? BURST : 0;
	uint64_t bytes = rounds * (VIDEO_SIZE + 3 * OTHER_SIZE + 4 * FRAME_OVERHEAD);
	/* Twice when the writer is on its way already, and once a track for the rest. */
	g_assert_cmpuint(bill.writes, <=, recordings * (bytes / WAKE_STEP * 2 + 4 * (rounds > 0)));
	/* Memory is taken, and later given back. */
	g_assert_cmpuint(
		bill.madvises, <=, recordings * (bytes / COMMIT_STEP * 2 + 4 * (rounds > 0)));
	if (act == ACT_BURST)
		g_assert_cmpuint(bill.writes, >, 0);
	g_test_message("%u recordings: %" G_GUINT64_FORMAT " wake-ups, %" G_GUINT64_FORMAT
		       " calls for memory in %.1f MiB each",
		recordings, bill.writes, bill.madvises, (double)bytes / (1 << 20));
}

static void play_act(enum act act, unsigned recordings)
{
	struct gateway *gateway = gateway_start("record_streams = false\nflush_interval = 10");
	struct stage stage = {.act = act};
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	g_autoptr(GPtrArray) names = start_recordings(&scene, recordings);
	stage.handle = scene.handle;
	pthread_t thread;
	g_assert_cmpint(pthread_create(&thread, NULL, play, &stage), ==, 0);
	if (act == ACT_PACED)
		pace(&stage, &scene, names);
	g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
	check_bill(act, recordings);
	gateway_stop(gateway);
	scene_fini(&scene);
}

static int status_of(enum act act, unsigned recordings)
{
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		play_act(act, recordings);
		_exit(0);
	}
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return status;
}

static const struct {
	const char *name;
	enum act act;
	unsigned recordings;
} rows[] = {
	{"/a packet costs one copy", ACT_PACED, 1},
	{"/a packet costs one copy for each of eight recordings", ACT_PACED, 8},
	{"/a burst costs few wake-ups", ACT_BURST, 1},
	{"/a burst costs few wake-ups for each of eight recordings", ACT_BURST, 8},
	{"/an allocation would be seen", ACT_ALLOCATE, 0},
};

static void passes(const void *data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	g_assert_cmpint(status_of(rows[i].act, rows[i].recordings), ==, 0);
}

static void a_system_call_would_be_seen(void)
{
	int status = status_of(ACT_CALL, 0);
	g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (HAS_SANITIZER) {
		g_print("1..0 # SKIP sanitizers allocate and make system calls of their own\n");
		return 0;
	}
	gateway_require();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_test_add_data_func(rows[i].name, GSIZE_TO_POINTER(i), passes);
	g_test_add_func("/a system call would be seen", a_system_call_would_be_seen);
	return g_test_run();
}
