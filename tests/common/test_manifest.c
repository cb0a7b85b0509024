/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A manifest survives the way to disk and back, and agrees with its schema. */
#include "common/manifest.h"

#include <errno.h>
#include <glib.h>

#include "tests/common/sample.h"
#include "tests/common/support.h"

static void assert_same_json(const struct manifest *a, const struct manifest *b)
{
	json_t *json_a = manifest_to_json(a), *json_b = manifest_to_json(b);
	char *text_a = json_dumps(json_a, JSON_INDENT(2)),
	     *text_b = json_dumps(json_b, JSON_INDENT(2));
	g_assert_cmpstr(text_a, ==, text_b);
	free(text_a);
	free(text_b);
	json_decref(json_a);
	json_decref(json_b);
}

static void assert_same_track(const struct manifest_track *a, const struct manifest_track *b)
{
	g_assert_cmpstr(a->label, ==, b->label);
	g_assert_cmpstr(a->mid, ==, b->mid);
	g_assert_cmpint(a->mindex, ==, b->mindex);
	g_assert_cmpint(a->kind, ==, b->kind);
	g_assert_true(a->info.codec == b->info.codec);
	g_assert_cmpstr(a->info.fmtp, ==, b->info.fmtp);
	g_assert_cmpstr(a->info.description, ==, b->info.description);
	for (size_t id = 0; id <= MJR_EXTMAP_MAX; id++)
		g_assert_cmpstr(a->info.extmap[id], ==, b->info.extmap[id]);
	g_assert_cmpint(a->info.created_us, ==, b->info.created_us);
	g_assert_cmpint(a->info.first_frame_us, ==, b->info.first_frame_us);
	g_assert_cmpuint(a->info.red_payload_type, ==, b->info.red_payload_type);
	g_assert_cmpint(a->info.is_encrypted, ==, b->info.is_encrypted);
	g_assert_cmpuint(a->ssrc, ==, b->ssrc);
	g_assert_cmpmem(&a->quality, sizeof a->quality, &b->quality, sizeof b->quality);
	g_assert_cmpuint(a->gaps_omitted, ==, b->gaps_omitted);
	g_assert_cmpuint(a->gap_count, ==, b->gap_count);
	for (size_t i = 0; i < a->gap_count; i++) {
		const struct manifest_gap *p = &a->gaps[i], *q = &b->gaps[i];
		g_assert_cmpstr(p->reason, ==, q->reason);
		g_assert_cmpint(p->from_us, ==, q->from_us);
		g_assert_cmpint(p->to_us, ==, q->to_us);
		g_assert_cmpuint(p->first_seq, ==, q->first_seq);
		g_assert_cmpuint(p->last_seq, ==, q->last_seq);
		g_assert_cmpuint(p->packets, ==, q->packets);
	}
	g_assert_cmpuint(a->part_count, ==, b->part_count);
	for (size_t i = 0; i < a->part_count; i++) {
		const struct manifest_part *p = &a->parts[i], *q = &b->parts[i];
		g_assert_cmpstr(p->file, ==, q->file);
		g_assert_cmpuint(p->number, ==, q->number);
		g_assert_cmpuint(p->packets, ==, q->packets);
		g_assert_cmpuint(p->bytes, ==, q->bytes);
		g_assert_cmpint(p->start_us, ==, q->start_us);
		g_assert_cmpint(p->end_us, ==, q->end_us);
		g_assert_cmpuint(p->first_seq, ==, q->first_seq);
		g_assert_cmpuint(p->last_seq, ==, q->last_seq);
		g_assert_cmpuint(p->first_timestamp, ==, q->first_timestamp);
		g_assert_cmpuint(p->last_timestamp, ==, q->last_timestamp);
		g_assert_cmpint(p->is_doubtful, ==, q->is_doubtful);
		g_assert_cmpint(p->starts_with_keyframe, ==, q->starts_with_keyframe);
		g_assert_cmpint(p->is_gapless, ==, q->is_gapless);
		g_assert_cmpuint(p->lost_before, ==, q->lost_before);
	}
}

static void assert_same(const struct manifest *a, const struct manifest *b)
{
	g_assert_cmpstr(a->id, ==, b->id);
	g_assert_cmpstr(a->name, ==, b->name);
	g_assert_cmpstr(a->stream, ==, b->stream);
	g_assert_cmpstr(a->media_session_id, ==, b->media_session_id);
	g_assert_cmpstr(a->login, ==, b->login);
	g_assert_cmpstr(a->engine, ==, b->engine);
	g_assert_true(a->metadata == b->metadata || json_equal(a->metadata, b->metadata));
	g_assert_cmpint(a->state, ==, b->state);
	g_assert_cmpstr(a->reason, ==, b->reason);
	g_assert_cmpint(a->created_us, ==, b->created_us);
	g_assert_cmpint(a->ended_us, ==, b->ended_us);
	g_assert_cmpuint(a->rotation.duration_us, ==, b->rotation.duration_us);
	g_assert_cmpuint(a->rotation.bytes, ==, b->rotation.bytes);
	g_assert_cmpint(a->rotation.is_aligned, ==, b->rotation.is_aligned);
	g_assert_cmpuint(a->track_count, ==, b->track_count);
	for (size_t i = 0; i < a->track_count; i++)
		assert_same_track(&a->tracks[i], &b->tracks[i]);
	g_assert_cmpuint(a->pause_count, ==, b->pause_count);
	for (size_t i = 0; i < a->pause_count; i++) {
		g_assert_cmpint(a->pauses[i].from_us, ==, b->pauses[i].from_us);
		g_assert_cmpint(a->pauses[i].to_us, ==, b->pauses[i].to_us);
	}
	g_assert_cmpuint(a->interruption_count, ==, b->interruption_count);
	for (size_t i = 0; i < a->interruption_count; i++) {
		g_assert_cmpstr(a->interruptions[i].reason, ==, b->interruptions[i].reason);
		g_assert_cmpint(a->interruptions[i].from_us, ==, b->interruptions[i].from_us);
		g_assert_cmpint(a->interruptions[i].to_us, ==, b->interruptions[i].to_us);
	}
	assert_same_json(a, b);
}

typedef void (*sample_fn)(struct manifest *out);

static void survives(sample_fn sample)
{
	g_autofree char *folder = support_folder();
	struct manifest manifest, back;
	sample(&manifest);
	g_autofree char *file = g_strconcat(manifest.name, MANIFEST_SUFFIX, NULL);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	char *what = NULL;
	g_assert_cmpint(manifest_save(&manifest, folder), ==, 0);
	g_assert_cmpint(manifest_load(&back, path, &what), ==, 0);
	g_assert_null(what);
	assert_same(&back, &manifest);
	manifest_fini(&back);
	manifest_fini(&back);
	manifest_fini(&manifest);
	g_assert_cmpuint(support_remove(folder), ==, 1);
}

static void every_member_survives(void)
{
	survives(sample_full);
}

static void absent_members_stay_absent(void)
{
	survives(sample_minimal);
}

static void text_that_is_not_utf8_can_be_saved(void)
{
	struct manifest manifest, back;
	sample_minimal(&manifest);
	manifest.login = g_strdup("\xff");
	json_t *json = manifest_to_json(&manifest);
	g_assert_cmpint(manifest_from_json(&back, json, NULL), ==, 0);
	g_assert_cmpstr(back.login, ==, "\xef\xbf\xbd");
	json_decref(json);
	manifest_fini(&back);
	manifest_fini(&manifest);
}

/* Sets the member at a dotted path ("tracks.1.parts.0.file"); NULL removes it. */
static void change(json_t *json, const char *path, json_t *value)
{
	g_auto(GStrv) steps = g_strsplit(path, ".", -1);
	size_t last = g_strv_length(steps) - 1;
	for (size_t i = 0; i < last; i++) {
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(steps[i]))
					   : json_object_get(json, steps[i]);
	}
	if (value == NULL)
		g_assert_cmpint(json_object_del(json, steps[last]), ==, 0);
	else
		g_assert_cmpint(json_object_set_new(json, steps[last], value), ==, 0);
}

static const struct refusal {
	const char *path;
	const char *value; /* JSON; NULL: the member is taken away */
	const char *what;
} refusals[] = {
	{"version", "2", "version is not 1"},
	{"version", "\"1\"", "version is not 1"},
	{"version", NULL, "version is not 1"},
	{"state", "\"done\"", "state is not recording, complete, recovered or failed"},
	{"id", NULL, "id is not a string"},
	{"id", "7", "id is not a string"},
	{"login", "null", "login is not a string"},
	{"metadata", "[]", "metadata is not an object"},
	{"name", "\"../camera\"", "name is not the name of a file"},
	{"name", "\"\"", "name is not the name of a file"},
	{"created_us", "-1", "created_us is not a whole number from 0 to 253402300799999999"},
	{"ended_us", "9223372036854775807",
		"ended_us is not a whole number from 0 to 253402300799999999"},
	{"ended_us", "1.5", "ended_us is not a whole number from 0 to 253402300799999999"},
	{"rotation", "7", "rotation is not an object"},
	{"rotation.bytes", "-1",
		"rotation.bytes is not a whole number from 0 to 9223372036854775807"},
	{"rotation.duration_us", "3162240000000001",
		"rotation.duration_us is more than 3162240000000000"},
	{"pauses", "{}", "pauses is not a list"},
	{"pauses.1.from_us", NULL,
		"pauses[1].from_us is not a whole number from 0 to "
		"253402300799999999"},
	{"pauses.0.to_us", "0", "pauses[1] follows one that has not ended"},
	{"interruptions", "{}", "interruptions is not a list"},
	{"interruptions.1.reason", NULL, "interruptions[1].reason is not a string"},
	{"interruptions.0.to_us", "-1",
		"interruptions[0].to_us is not a whole number from 0 to 253402300799999999"},
	{"tracks.1.gaps", "{}", "tracks[1].gaps is not a list"},
	{"tracks.1.gaps.0.packets", "-1",
		"tracks[1].gaps[0].packets is not a whole number from 0 to 9223372036854775807"},
	{"tracks", NULL, "tracks is not a list"},
	{"tracks", "{}", "tracks is not a list"},
	{"tracks.1.label", NULL, "tracks[1].label is not a string"},
	{"tracks.1.kind", "\"audio\"", "tracks[1].codec is not one of this kind"},
	{"tracks.1.kind", "\"film\"", "tracks[1].kind is not audio, video or data"},
	{"tracks.1.codec", "\"mp3\"", "tracks[1].codec is not one of this kind"},
	{"tracks.1.codec", "null", "tracks[1].codec is not one of this kind"},
	{"tracks.1.mindex", "-2", "tracks[1].mindex is not a whole number from -1 to 2147483647"},
	{"tracks.1.ssrc", "4294967296",
		"tracks[1].ssrc is not a whole number from 0 to 4294967295"},
	{"tracks.1.is_encrypted", "1", "tracks[1].is_encrypted is not true or false"},
	{"tracks.1.red_payload_type", "256",
		"tracks[1].red_payload_type is not a whole number from 0 to 255"},
	{"tracks.1.quality", NULL,
		"tracks[1].received is not a whole number from 0 to 9223372036854775807"},
	{"tracks.1.quality.lost", "-1",
		"tracks[1].lost is not a whole number from 0 to 9223372036854775807"},
	{"tracks.1.parts", "7", "tracks[1].parts is not a list"},
	{"tracks.1.parts.4.file", "\"/etc/passwd\"",
		"tracks[1].parts[4].file is not the name of a file"},
	{"tracks.1.parts.4.file", "\"..\"", "tracks[1].parts[4].file is not the name of a file"},
	{"tracks.1.parts.4.file", "\"a/../b\"",
		"tracks[1].parts[4].file is not the name of a file"},
	{"tracks.1.parts.4.file", "\"a\\nb\"", "tracks[1].parts[4].file is not the name of a file"},
	{"tracks.1.parts.0.is_doubtful", "1",
		"tracks[1].parts[0].is_doubtful is not true or false"},
	{"tracks.1.parts.0.packets", "-1",
		"tracks[1].parts[0].packets is not a whole number from 0 to 9223372036854775807"},
	{"tracks.1.parts.0.first_seq", "65536",
		"tracks[1].parts[0].first_seq is not a whole number from 0 to 65535"},
};

static void refuses(gconstpointer data)
{
	const struct refusal *row = data;
	struct manifest manifest, back, zeros = {0};
	g_autofree char *what = NULL;
	sample_full(&manifest);
	json_t *json = manifest_to_json(&manifest);
	change(json, row->path, row->value ? json_loads(row->value, JSON_DECODE_ANY, NULL) : NULL);
	g_assert_cmpint(manifest_from_json(&back, json, &what), ==, -EBADMSG);
	g_assert_cmpstr(what, ==, row->what);
	g_assert_cmpmem(&back, sizeof back, &zeros, sizeof zeros);
	g_assert_cmpint(manifest_from_json(&back, json, NULL), ==, -EBADMSG);
	json_decref(json);
	manifest_fini(&manifest);
}

static void unknown_members_are_passed_over(void)
{
	struct manifest manifest, back;
	sample_full(&manifest);
	json_t *json = manifest_to_json(&manifest);
	change(json, "new", json_true());
	change(json, "tracks.1.parts.0.sha256", json_string("…"));
	change(json, "tracks.1.extmap.99", json_string("urn:x"));
	g_assert_cmpint(manifest_from_json(&back, json, NULL), ==, 0);
	assert_same(&back, &manifest);
	json_decref(json);
	manifest_fini(&back);
	manifest_fini(&manifest);
}

/* Repeats the last element of a list until it has `count`. */
static void repeat(json_t *list, size_t count)
{
	while (json_array_size(list) < count)
		json_array_append(list, json_array_get(list, json_array_size(list) - 1));
}

static void lists_are_bounded(void)
{
	struct manifest manifest, back;
	sample_minimal(&manifest);
	sample_video(&manifest);
	json_t *json = manifest_to_json(&manifest);
	json_t *tracks = json_object_get(json, "tracks");
	repeat(tracks, MANIFEST_TRACKS_MAX);
	g_assert_cmpint(manifest_from_json(&back, json, NULL), ==, 0);
	g_assert_cmpuint(back.track_count, ==, MANIFEST_TRACKS_MAX);
	manifest_fini(&back);
	repeat(tracks, MANIFEST_TRACKS_MAX + 1);
	g_assert_cmpint(manifest_from_json(&back, json, NULL), ==, -EBADMSG);
	json_decref(json);

	/* The limit is one for all tracks: two lists of just over half of it pass it. */
	json = manifest_to_json(&manifest);
	tracks = json_object_get(json, "tracks");
	repeat(json_object_get(json_array_get(tracks, 1), "parts"), MANIFEST_PARTS_MAX / 2 + 1);
	repeat(tracks, 3);
	g_autofree char *what = NULL;
	g_assert_cmpint(manifest_from_json(&back, json, &what), ==, -EBADMSG);
	g_assert_cmpstr(what, ==, "tracks[2].parts: more than 1000000 in all");
	json_decref(json);
	manifest_fini(&manifest);
}

static void refuses_files_that_are_no_manifest(void)
{
	static const char *const files[] = {
		"", "{", "[]", "null", "{\"version\": 1, \"version\": 1}"};
	g_autofree char *folder = support_folder();
	g_autofree char *path = g_build_filename(folder, "x.json", NULL);
	g_autofree char *missing = g_build_filename(folder, "y.json", NULL);
	struct manifest manifest;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *what = NULL;
		g_assert_true(g_file_set_contents(path, files[i], -1, NULL));
		g_assert_cmpint(manifest_load(&manifest, path, &what), ==, -EBADMSG);
		g_assert_nonnull(what);
		g_assert_cmpint(manifest_load(&manifest, path, NULL), ==, -EBADMSG);
	}
	g_assert_cmpint(manifest_load(&manifest, missing, NULL), ==, -ENOENT);
	support_remove(folder);
}

static void sums_tracks_and_parts(void)
{
	struct manifest manifest;
	struct manifest_totals totals;
	sample_minimal(&manifest);
	manifest_sum(&totals, &manifest);
	g_assert_cmpuint(totals.packets + totals.bytes, ==, 0);
	g_assert_cmpint(totals.duration_us, ==, 0);
	manifest_fini(&manifest);

	sample_full(&manifest);
	struct manifest_part *part = manifest_add_part(&manifest.tracks[0]);
	part->start_us = 5; /* without a packet, its times mean nothing */
	manifest_sum(&totals, &manifest);
	g_assert_cmpuint(totals.packets, ==, 5 * 1000 + 15 + 1001);
	g_assert_cmpuint(totals.bytes, ==, 6 * UINT64_C(5000000000) + 15 + 1);
	g_assert_cmpint(totals.duration_us, ==, 5 * 60000000 - 1);
	part->file = g_strdup("unused");
	manifest_fini(&manifest);
}

/* ---- the schema ---- */

static json_t *load_schema(void)
{
	g_autofree char *path =
		g_test_build_filename(G_TEST_DIST, "docs", "manifest.schema.json", NULL);
	json_error_t error;
	json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (schema == NULL)
		g_error("%s: line %d: %s", path, error.line, error.text);
	return schema;
}

static json_t *resolve(json_t *root, json_t *schema)
{
	static const char prefix[] = "#/$defs/";
	const char *ref = json_string_value(json_object_get(schema, "$ref"));
	if (ref == NULL)
		return schema;
	g_assert_true(g_str_has_prefix(ref, prefix));
	json_t *target = json_object_get(json_object_get(root, "$defs"), ref + strlen(prefix));
	g_assert_nonnull(target);
	return target;
}

static const char *type_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "object",
		[JSON_ARRAY] = "array",
		[JSON_STRING] = "string",
		[JSON_INTEGER] = "integer",
		[JSON_TRUE] = "boolean",
		[JSON_FALSE] = "boolean",
	};
	return names[json_typeof(value)];
}

static void assert_number_allowed(json_t *schema, json_t *value)
{
	json_t *min = json_object_get(schema, "minimum");
	json_t *max = json_object_get(schema, "maximum");
	if (min != NULL)
		g_assert_cmpint(json_integer_value(value), >=, json_integer_value(min));
	if (max != NULL)
		g_assert_cmpint(json_integer_value(value), <=, json_integer_value(max));
}

static void assert_text_allowed(json_t *schema, json_t *value)
{
	const char *pattern = json_string_value(json_object_get(schema, "pattern"));
	json_t *choices = json_object_get(schema, "enum"), *choice;
	bool is_listed = choices == NULL;
	size_t i;
	if (pattern != NULL)
		g_assert_true(g_regex_match_simple(pattern, json_string_value(value), 0, 0));
	json_array_foreach(choices, i, choice) is_listed |= json_equal(choice, value) == 1;
	g_assert_true(is_listed);
}

static void assert_allowed(json_t *root, json_t *schema, json_t *value);

/* Every member is described, and what is required is there. */
static void assert_object_allowed(json_t *root, json_t *schema, json_t *value)
{
	json_t *properties = json_object_get(schema, "properties"), *member, *name;
	const char *key;
	size_t i;
	if (properties == NULL)
		return;
	json_object_foreach(value, key, member)
	{
		g_test_message("%s", key);
		g_assert_nonnull(json_object_get(properties, key));
		assert_allowed(root, json_object_get(properties, key), member);
	}
	json_array_foreach(json_object_get(schema, "required"), i, name)
		g_assert_nonnull(json_object_get(value, json_string_value(name)));
}

static void assert_allowed(json_t *root, json_t *schema, json_t *value)
{
	json_t *item;
	size_t i;
	schema = resolve(root, schema);
	g_assert_cmpstr(type_name(value), ==, json_string_value(json_object_get(schema, "type")));
	if (json_is_object(value))
		assert_object_allowed(root, schema, value);
	else if (json_is_integer(value))
		assert_number_allowed(schema, value);
	else if (json_is_string(value))
		assert_text_allowed(schema, value);
	json_array_foreach(value, i, item)
		assert_allowed(root, json_object_get(schema, "items"), item);
}

static void manifests_obey_the_schema(void)
{
	static const sample_fn samples[] = {sample_full, sample_minimal};
	json_t *schema = load_schema();
	for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
		struct manifest manifest;
		samples[i](&manifest);
		json_t *json = manifest_to_json(&manifest);
		assert_allowed(schema, schema, json);
		json_decref(json);
		manifest_fini(&manifest);
	}
	json_decref(schema);
}

/* `properties` are the members of the full sample, `required` those of the minimal one. */
static void assert_described(json_t *root, json_t *schema, json_t *full, json_t *minimal)
{
	json_t *properties, *required, *value;
	const char *key;
	schema = resolve(root, schema);
	properties = json_object_get(schema, "properties");
	required = json_object_get(schema, "required");
	json_object_foreach(properties, key, value)
	{
		g_test_message("%s", key);
		g_assert_nonnull(json_object_get(full, key));
	}
	g_assert_cmpuint(json_object_size(properties), ==, json_object_size(full));
	g_assert_cmpuint(json_array_size(required), ==, json_object_size(minimal));
}

static void the_schema_describes_no_more(void)
{
	struct manifest full, minimal;
	json_t *schema = load_schema();
	json_t *defs = json_object_get(schema, "$defs");
	sample_full(&full);
	sample_minimal(&minimal);
	json_t *f = manifest_to_json(&full), *m = manifest_to_json(&minimal);
	assert_described(schema, schema, f, m);
	json_t *video = json_array_get(json_object_get(f, "tracks"), 1);
	json_t *rtcp = json_array_get(json_object_get(m, "tracks"), 0);
	assert_described(schema, json_object_get(defs, "track"), video, rtcp);
	json_t *parts = json_object_get(video, "parts");
	assert_described(schema, json_object_get(defs, "part"), json_array_get(parts, 0),
		json_array_get(parts, 1));
	json_t *gap = json_array_get(json_object_get(video, "gaps"), 0);
	assert_described(schema, json_object_get(defs, "gap"), gap, gap);
	json_t *quality = json_object_get(video, "quality");
	assert_described(schema, json_object_get(defs, "quality"), quality, quality);
	json_t *rotation = json_object_get(f, "rotation");
	g_assert_cmpuint(json_object_size(rotation), ==, 3);
	json_t *interruptions = json_object_get(f, "interruptions");
	assert_described(schema, json_object_get(defs, "interruption"),
		json_array_get(interruptions, 0), json_array_get(interruptions, 1));
	json_t *pauses = json_object_get(f, "pauses");
	assert_described(schema, json_object_get(defs, "pause"), json_array_get(pauses, 0),
		json_array_get(pauses, 1));
	json_t *codecs = json_object_get(
		json_object_get(
			json_object_get(json_object_get(defs, "track"), "properties"), "codec"),
		"enum");
	for (size_t i = 0; i < json_array_size(codecs) || codec_at(i) != NULL; i++)
		g_assert_cmpstr(json_string_value(json_array_get(codecs, i)), ==,
			codec_at(i) ? codec_at(i)->name : NULL);
	json_decref(f);
	json_decref(m);
	json_decref(schema);
	manifest_fini(&full);
	manifest_fini(&minimal);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/manifest/every member survives the disk", every_member_survives);
	g_test_add_func("/manifest/absent members stay absent", absent_members_stay_absent);
	g_test_add_func("/manifest/text that is not UTF-8 can be saved",
		text_that_is_not_utf8_can_be_saved);
	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autofree char *path = g_strdup_printf("/manifest/refuses %s = %s",
			refusals[i].path, refusals[i].value ? refusals[i].value : "nothing");
		g_strdelimit(path + strlen("/manifest/"), "/", '|');
		g_test_add_data_func(path, &refusals[i], refuses);
	}
	g_test_add_func(
		"/manifest/unknown members are passed over", unknown_members_are_passed_over);
	g_test_add_func("/manifest/lists are bounded", lists_are_bounded);
	g_test_add_func(
		"/manifest/refuses files that are no manifest", refuses_files_that_are_no_manifest);
	g_test_add_func("/manifest/sums tracks and parts", sums_tracks_and_parts);
	g_test_add_func("/manifest/manifests obey the schema", manifests_obey_the_schema);
	g_test_add_func("/manifest/the schema describes no more", the_schema_describes_no_more);
	return g_test_run();
}
