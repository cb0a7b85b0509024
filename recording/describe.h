/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a manifest says of a recording before its first packet. Thread: any. */
#pragma once

#include <stdint.h>

#include "common/manifest.h"
#include "recording/recording.h"

/* 0; -EINVAL: no track, too many, or one without a codec; -EOVERFLOW: no header can hold it. */
int describe_check(const struct recording_spec *spec);

/* All but the name; the rtcp track is added last. */
void describe_recording(struct manifest *manifest, const struct recording_spec *spec,
	const char *engine_id, int64_t now_us);
