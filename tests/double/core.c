/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A position-independent executable is a shared object with a flag that makes
 * dlopen() refuse it. A copy without that flag loads.
 */
#include "tests/double/core.h"

#include <dlfcn.h>
#include <elf.h>
#include <glib.h>
#include <link.h>
#include <string.h>

/*
 * The core of 1.1.2 forgets a list each time that it has found a codec by its profile.
 * To know the culprit, the sanitizer has to look through GLib, which has no frame pointers.
 */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

const char *__lsan_default_suppressions(void)
{
	return "leak:janus_sdp_get_codec_pt_full";
}

static void *core_handle(void *set)
{
	static void *handle;
	return set ? (handle = set) : handle;
}

/* Where in the file the dynamic section lies; false when it has none. */
static bool find_dynamic(char *elf, gsize size, ElfW(Dyn) * *out, size_t *count)
{
	ElfW(Ehdr) header;
	if (size < sizeof header || memcmp(elf, ELFMAG, SELFMAG) != 0)
		return false;
	memcpy(&header, elf, sizeof header);
	for (unsigned i = 0; i < header.e_phnum; i++) {
		ElfW(Phdr) segment;
		size_t at = header.e_phoff + i * sizeof segment;
		if (at + sizeof segment > size)
			return false;
		memcpy(&segment, elf + at, sizeof segment);
		if (segment.p_type != PT_DYNAMIC || segment.p_offset + segment.p_filesz > size)
			continue;
		*out = (ElfW(Dyn) *)(void *)(elf + segment.p_offset);
		*count = segment.p_filesz / sizeof **out;
		return true;
	}
	return false;
}

static bool clear_pie_flag(char *elf, gsize size)
{
	ElfW(Dyn) * entries;
	size_t count;
	if (!find_dynamic(elf, size, &entries, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (entries[i].d_tag == DT_FLAGS_1)
			entries[i].d_un.d_val &= ~(ElfW(Xword))DF_1_PIE;
	}
	return true;
}

bool core_load(const char *program, const char **why)
{
	*why = "there is no Janus to load";
	if (core_handle(NULL))
		return true;
	g_autofree char *elf = NULL;
	gsize size;
	if (!g_file_get_contents(program, &elf, &size, NULL) || !clear_pie_flag(elf, size))
		return false;
	/* It stays: sanitizers read the names of functions from it when the program ends. */
	g_autofree char *path =
		g_test_build_filename(G_TEST_BUILT, "tests", "double", "janus-core.so", NULL);
	g_assert_true(g_file_set_contents(path, elf, (gssize)size, NULL));
	void *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!handle) {
		*why = dlerror();
		return false;
	}
	core_handle(handle);
	return true;
}

void *core_symbol(const char *name)
{
	void *symbol = dlsym(core_handle(NULL), name);
	g_assert_nonnull(symbol);
	return symbol;
}
