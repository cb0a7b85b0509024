/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The main program of a fuzz target where libFuzzer is not at hand: one test
 * per file of tests/fuzz/corpus/NAME, for a program called fuzz_NAME. Each input
 * runs whole, cut at every byte, and with some of its bytes changed, always the
 * same ones.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum {
	CUTS_MAX = 4096,
	FLIPS = 1000,
	FLIPPED_BYTES_MAX = 8,
	SEED = 20
};

/* In an allocation of its exact size, so that the address sanitizer sees its end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);
	if (size > 0)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_flipped(const uint8_t *data, size_t size, GRand *random)
{
	g_autofree uint8_t *changed = g_memdup2(data, size);
	int count = g_rand_int_range(random, 1, FLIPPED_BYTES_MAX + 1);
	for (int i = 0; i < count; i++) {
		size_t at = g_rand_int(random) % size;
		bool is_bit = g_rand_boolean(random);
		uint8_t value = (uint8_t)g_rand_int(random);
		changed[at] = is_bit ? changed[at] ^ (uint8_t)(1u << (value & 7)) : value;
	}
	run(changed, size);
}

static void replay(gconstpointer data)
{
	const char *path = data;
	g_autofree char *content = NULL;
	g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
	gsize size;
	g_assert_true(g_file_get_contents(path, &content, &size, NULL));
	run((uint8_t *)content, size);
	for (size_t cut = 0; cut < size && cut < CUTS_MAX; cut++)
		run((uint8_t *)content, cut);
	for (int i = 0; i < FLIPS && size > 0; i++)
		run_flipped((uint8_t *)content, size, random);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_autofree char *program = g_path_get_basename(argv[0]);
	const char *name = strstr(program, "fuzz_");
	if (name == NULL)
		g_error("%s is not called fuzz_NAME", program);
	name += strlen("fuzz_");
	g_autofree char *folder =
		g_test_build_filename(G_TEST_DIST, "tests", "fuzz", "corpus", name, NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file = dir != NULL ? g_dir_read_name(dir) : NULL;
	if (file == NULL)
		g_error("%s has no inputs", folder);
	for (; file != NULL; file = g_dir_read_name(dir)) {
		g_autofree char *test = g_strdup_printf("/fuzz/%s/%s", name, file);
		char *path = g_build_filename(folder, file, NULL);
		g_test_add_data_func_full(test, path, replay, g_free);
	}
	return g_test_run();
}
