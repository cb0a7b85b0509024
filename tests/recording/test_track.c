/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a push may cost, and what is left of it when the process is killed. Each
 * test runs its engine in a child, so that this process has but one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/drain.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

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

/* What a child tells its parent. */
struct shared {
	char root[256]; /* of its rig */
	_Atomic uint64_t pushed;
};

static struct shared *shared;

static int wait_for(pid_t child)
{
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return status;
}

/* --- system calls --- */

static void install(struct sock_filter *code, unsigned short len)
{
	struct sock_fprog program = {len, code};
	g_assert_cmpint(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), ==, 0);
	g_assert_cmpint(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), ==, 0);
}

/* From now on this thread may exit; any other system call kills the process with SIGSYS. */
static void forbid_system_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	install(code, G_N_ELEMENTS(code));
}

/* Pushes 110 KB, less than a new ring's memory; then, as a check of the check, makes a call. */
static void push_without_system_calls(bool and_then_make_one)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	struct track *video = recording_track(recording, 1);
	struct track *rtcp = recording_track(recording, 3);
	g_strlcpy(shared->root, rig.root, sizeof shared->root);
	forbid_system_calls();
	bool is_good = true;
	for (uint16_t i = 0; i < 80; i++) {
		uint8_t packet[1212];
		size_t len = rig_rtp(packet, i, i, 1200);
		is_good = is_good && track_push_rtp(video, packet, len) == 0;
		is_good = is_good && track_push_message(rtcp, packet, 60) == 0;
	}
	if (and_then_make_one)
		(void)getppid();
	_exit(is_good ? 0 : 1);
}

static void a_push_makes_no_system_call(void)
{
	if (HAS_SANITIZER) {
		g_test_skip("sanitizers make system calls of their own");
		return;
	}
	for (int makes_one = 0; makes_one <= 1; makes_one++) {
		pid_t child = fork();
		g_assert_cmpint(child, >=, 0);
		if (child == 0)
			push_without_system_calls(makes_one == 1);
		int status = wait_for(child);
		if (makes_one == 0)
			g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		else
			g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		rig_remove(shared->root);
	}
}

/* --- kernels before 5.14 --- */

/* From now on madvise() does not know MADV_POPULATE_WRITE (23). */
static void forget_populate(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 23, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	install(code, G_N_ELEMENTS(code));
}

static void record_on_an_old_kernel(void)
{
	struct rig rig;
	forget_populate();
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	/* Beyond the memory of a new ring. */
	for (uint16_t i = 0; i < 1000; i++) {
		uint8_t packet[1212];
		size_t len = rig_rtp(packet, i, i, 1200);
		g_assert_cmpint(track_push_rtp(recording_track(recording, 0), packet, len), ==, 0);
	}
	rig_stop(&rig, recording);
	g_assert_cmpuint(rig_count_frames(&rig, "call-audio.mjr"), ==, 1000);
	rig_fini(&rig);
	_exit(0);
}

static void records_on_kernels_that_cannot_populate(void)
{
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		record_on_an_old_kernel();
	g_assert_cmpint(wait_for(child), ==, 0);
}

/* --- SIGKILL --- */

static size_t packet_at(uint8_t out[static 1500], uint64_t index)
{
	return rig_rtp(out, (uint16_t)index, (uint32_t)index, 1 + index * 2654435761u % 1400);
}

static void push_until_killed(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.ring_size = RING_SIZE_MIN, .flush_interval_ms = 1});
	g_strlcpy(shared->root, rig.root, sizeof shared->root);
	struct track *audio = recording_track(rig_start(&rig, "call"), 0);
	for (uint64_t i = 0;; i++) {
		uint8_t packet[1500];
		size_t len = packet_at(packet, i);
		while (track_push_rtp(audio, packet, len) < 0)
			g_thread_yield();
		shared->pushed = i + 1;
	}
}

static void open_orphan(struct ring *ring)
{
	g_autofree char *folder = g_build_filename(shared->root, "rings", NULL);
	g_autofree char *path = NULL;
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL)
		if (g_str_has_suffix(file, "-audio.ring"))
			path = g_build_filename(folder, file, NULL);
	g_dir_close(dir);
	g_assert_cmpint(ring_open(ring, path), ==, 0);
}

/* What drain.h promises to whoever comes later, done by hand. */
static void complete_part(struct ring *ring, int fd)
{
	const struct drain_context *context = ring_context(ring);
	uint64_t done = ring_tail(ring) - context->part_position;
	off_t offset = (off_t)(context->header_size + done);
	struct iovec runs[2];
	size_t count = ring_peek(ring, runs);
	if (done == 0)
		g_assert_cmpint(pwrite(fd, context->header, context->header_size, 0), ==,
			context->header_size);
	for (size_t i = 0; i < count; i++) {
		g_assert_cmpint(
			pwrite(fd, runs[i].iov_base, runs[i].iov_len, offset), ==, runs[i].iov_len);
		offset += (off_t)runs[i].iov_len;
	}
}

static uint64_t count_expected_packets(const char *path)
{
	g_autofree char *content = NULL;
	gsize len = 0;
	g_assert_true(g_file_get_contents(path, &content, &len, NULL));
	struct bytes rest = {(const uint8_t *)content, len};
	struct mjr_header header;
	g_assert_cmpint(mjr_header_parse(&header, rest), ==, 0);
	g_assert_true(bytes_skip(&rest, header.size));
	uint64_t count = 0;
	while (rest.len > 0) {
		struct mjr_frame frame;
		uint8_t packet[1500];
		size_t expected = packet_at(packet, count++);
		g_assert_cmpint(mjr_frame_parse(&frame, rest, header.version), ==, 0);
		g_assert_cmpmem(frame.payload.data, frame.payload.len, packet, expected);
		g_assert_true(bytes_skip(&rest, frame.size));
	}
	return count;
}

static void kill_after(uint64_t pushes)
{
	shared->pushed = 0;
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		push_until_killed();
	while (shared->pushed < pushes)
		g_thread_yield();
	kill(child, SIGKILL);
	wait_for(child);

	struct ring ring;
	open_orphan(&ring);
	if (!drain_has_begun(&ring)) {
		/* Not drained once: all that there is must be in the ring. */
		g_assert_cmpuint(ring_tail(&ring), ==, 0);
		g_assert_cmpuint(ring_pending(&ring), >, 0);
	} else {
		g_autofree char *path =
			g_build_filename(shared->root, "recordings", "call-audio.mjr", NULL);
		int fd = g_open(path, O_WRONLY | O_CREAT, 0600);
		complete_part(&ring, fd);
		complete_part(&ring, fd);
		close(fd);
		uint64_t found = count_expected_packets(path);
		uint64_t pushed = shared->pushed;
		g_assert_true(found == pushed || found == pushed + 1);
	}
	ring_close(&ring);
	rig_remove(shared->root);
}

static void a_killed_process_leaves_what_completes_its_files(void)
{
	for (int i = 0; i < 20; i++)
		kill_after((uint64_t)g_test_rand_int_range(1, 4000));
}

/* --- a disk that is really full --- */

enum {
	UNTESTABLE = 77 /* no right to mount */
};

static bool is_told(struct rig *rig, const char *name)
{
	struct manifest manifest;
	g_autofree char *file = g_strconcat(name, ".json", NULL);
	rig_load_manifest(&manifest, rig, file);
	const struct manifest_track *audio = &manifest.tracks[0];
	bool is_good = manifest.state == MANIFEST_FAILED &&
		       strcmp(manifest.reason, "disk_full") == 0 && audio->part_count > 0 &&
		       manifest.interruption_count == 1 &&
		       rig_count_frames(rig, audio->parts[0].file) == audio->parts[0].packets;
	manifest_fini(&manifest);
	return is_good;
}

/* A first packet, so that every recording has a part. */
static void push_and_wait(struct recording *recording)
{
	uint8_t packet[100];
	json_int_t packets = 0;
	track_push_rtp(recording_track(recording, 0), packet, rig_rtp(packet, 0, 0, 80));
	while (packets == 0) {
		json_t *summary = recording_summary(recording);
		packets = json_integer_value(json_object_get(summary, "packets"));
		json_decref(summary);
		g_thread_yield();
	}
}

/* Until its ring is full, which holds more than the disk. */
static void push_all_it_takes(struct recording *recording)
{
	uint8_t packet[1500];
	size_t len = rig_rtp(packet, 0, 0, 1400);
	while (track_push_rtp(recording_track(recording, 0), packet, len) == 0)
		;
}

/* Three recordings fill a disk of their own, mounted at `folder`, and are then stopped. */
static void fill_a_disk(const char *folder)
{
	if (!rig_mount_tmpfs(folder, "size=1m"))
		_exit(UNTESTABLE);
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.folder = folder, .flush_interval_ms = 1});
	g_strlcpy(shared->root, rig.root, sizeof shared->root);
	struct recording *recordings[3];
	for (size_t i = 0; i < G_N_ELEMENTS(recordings); i++) {
		recordings[i] = rig_start(&rig, "call");
		push_and_wait(recordings[i]);
	}
	while (rig_events(&rig, ENGINE_RECORDING_SUSPENDED) < G_N_ELEMENTS(recordings)) {
		for (size_t i = 0; i < G_N_ELEMENTS(recordings); i++)
			push_all_it_takes(recordings[i]);
		g_thread_yield();
	}
	for (size_t i = 0; i < G_N_ELEMENTS(recordings); i++) {
		push_all_it_takes(recordings[i]);
		recording_stop(recordings[i], "stopped");
	}
	rig_wait(&rig, ENGINE_RECORDING_FAILED, G_N_ELEMENTS(recordings));
	bool is_good = true;
	for (size_t i = 0; i < G_N_ELEMENTS(recordings); i++)
		is_good = is_good && is_told(&rig, recording_name(recordings[i]));
	_exit(is_good ? 0 : 1);
}

static void manifests_are_completed_on_a_full_disk(void)
{
	g_autofree char *folder = g_dir_make_tmp("disk-XXXXXX", NULL);
	shared->root[0] = '\0';
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		fill_a_disk(folder);
	int status = wait_for(child);
	if (shared->root[0] != '\0')
		rig_remove(shared->root);
	g_rmdir(folder);
	g_assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == UNTESTABLE)
		g_test_skip("this user may not mount a tmpfs");
	else
		g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(shared != MAP_FAILED);
	g_test_add_func("/track/a_push_makes_no_system_call", a_push_makes_no_system_call);
	g_test_add_func("/track/records_on_kernels_that_cannot_populate",
		records_on_kernels_that_cannot_populate);
	g_test_add_func("/track/a_killed_process_leaves_what_completes_its_files",
		a_killed_process_leaves_what_completes_its_files);
	g_test_add_func("/track/manifests_are_completed_on_a_full_disk",
		manifests_are_completed_on_a_full_disk);
	return g_test_run();
}
