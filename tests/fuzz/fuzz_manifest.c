/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input is the text of a manifest. One that is accepted must survive being written. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "common/manifest.h"
#include "tests/fuzz/fuzz.h"

static void assert_plain_name(const char *name)
{
	g_assert_true(*name != '\0' && *name != '.' && strchr(name, '/') == NULL);
}

static void assert_survives(const struct manifest *manifest)
{
	struct manifest again;
	json_t *json = manifest_to_json(manifest);
	g_assert_cmpint(manifest_from_json(&again, json, NULL), ==, 0);
	json_t *rewritten = manifest_to_json(&again);
	g_assert_true(json_equal(json, rewritten));
	json_decref(rewritten);
	json_decref(json);
	manifest_fini(&again);
}

static void look(const struct manifest *manifest)
{
	struct manifest_totals totals;
	manifest_sum(&totals, manifest);
	g_assert_cmpint(totals.duration_us, >=, 0);
	assert_plain_name(manifest->name);
	for (size_t t = 0; t < manifest->track_count; t++) {
		for (size_t p = 0; p < manifest->tracks[t].part_count; p++)
			assert_plain_name(manifest->tracks[t].parts[p].file);
	}
	assert_survives(manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *what = NULL;
	struct manifest manifest;
	json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (json == NULL)
		return 0;
	int err = manifest_from_json(&manifest, json, &what);
	json_decref(json);
	g_assert_true(err == 0 || (err == -EBADMSG && what != NULL));
	if (err == 0)
		look(&manifest);
	manifest_fini(&manifest);
	return 0;
}
