/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Faults, and the log of libav. libav logs from any of its threads and has one
 * callback per process, so the captured line is the one piece of shared state
 * here; it is guarded by its lock.
 */
#include "postprocessing/media/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/error.h>
#include <libavutil/log.h>

static struct {
	GMutex lock;
	char line[FAULT_TEXT_SIZE / 2];
} captured;

static void capture_line(void *object, int level, const char *format, va_list args)
{
	if (level > AV_LOG_ERROR)
		return;
	char line[sizeof captured.line];
	int print_prefix = 1;
	av_log_format_line2(object, level, format, args, line, sizeof line, &print_prefix);
	g_strchomp(line);
	if (line[0] == '\0')
		return;
	g_mutex_lock(&captured.lock);
	memcpy(captured.line, line, sizeof captured.line);
	g_mutex_unlock(&captured.lock);
}

static void take_line(char out[static sizeof captured.line])
{
	g_mutex_lock(&captured.lock);
	memcpy(out, captured.line, sizeof captured.line);
	captured.line[0] = '\0';
	g_mutex_unlock(&captured.lock);
}

void fault_capture_log(void)
{
	av_log_set_callback(capture_line);
}

int fault_set(struct fault *fault, enum fault_kind kind, int err, const char *format, ...)
{
	fault->kind = kind;
	va_list args;
	va_start(args, format);
	vsnprintf(fault->text, sizeof fault->text, format, args);
	va_end(args);
	return err;
}

/* libav's own error codes lie far below any errno. */
static int errno_of(int err)
{
	return err < -4095 ? -EIO : err;
}

int fault_set_av(struct fault *fault, enum fault_kind kind, int err, const char *step)
{
	char line[sizeof captured.line];
	take_line(line);
	char reason[AV_ERROR_MAX_STRING_SIZE] = "";
	av_strerror(err, reason, sizeof reason);
	if (line[0] == '\0')
		return fault_set(fault, kind, errno_of(err), "%s: %s", step, reason);
	return fault_set(fault, kind, errno_of(err), "%s: %s (%s)", step, reason, line);
}
