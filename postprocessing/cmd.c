/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Options from a table, for all subcommands: getopt_long() does the reading,
 * the table does the rest.
 */
#include "postprocessing/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "postprocessing/text.h"

/* What getopt_long() returns for row i of the table is ROW + i, above any letter. */
enum {
	ROW = 256,
	HELP_COLUMN = 30,
};

G_GNUC_PRINTF(2, 0)
static void complain(const char *prefix, const char *format, va_list args)
{
	g_autofree char *text = text_tame(g_strdup_vprintf(format, args));
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", prefix, text);
}

void cmd_complain(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	complain("mjr", format, args);
	va_end(args);
}

enum cmd_status cmd_misused(const struct cmd *cmd, const char *format, ...)
{
	g_autofree char *prefix = g_strdup_printf("mjr %s", cmd->name);
	va_list args;
	va_start(args, format);
	complain(prefix, format, args);
	va_end(args);
	fprintf(stderr, "Try 'mjr help %s'.\n", cmd->name);
	return CMD_USAGE;
}

static size_t option_count(const struct cmd *cmd)
{
	size_t count = 0;
	while (cmd->options && cmd->options[count].name)
		count++;
	return count;
}

static int set_number(const struct cmd *cmd, const struct cmd_option *row, int64_t *member)
{
	guint64 magnitude = 0;
	bool is_negative = *optarg == '-';
	if (!g_ascii_string_to_unsigned(optarg + is_negative, 10, 0, INT64_MAX, &magnitude, NULL)) {
		cmd_misused(cmd, "--%s takes a whole number, not '%s'", row->name, optarg);
		return -EINVAL;
	}
	int64_t value = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
	if (value < row->min || value > row->max) {
		cmd_misused(cmd, "--%s takes %" PRId64 " to %" PRId64 ", not '%s'", row->name,
			row->min, row->max, optarg);
		return -EINVAL;
	}
	*member = value;
	return 0;
}

static void add_text(char ***member, const char *text)
{
	size_t count = *member ? g_strv_length(*member) : 0;
	*member = g_renew(char *, *member, count + 2);
	(*member)[count] = g_strdup(text);
	(*member)[count + 1] = NULL;
}

static int set_option(const struct cmd *cmd, const struct cmd_option *row, void *settings)
{
	void *member = (char *)settings + row->offset;
	switch (row->type) {
	case CMD_FLAG:
		*(bool *)member = true;
		break;
	case CMD_NUMBER:
		return set_number(cmd, row, member);
	case CMD_TEXT:
		*(const char **)member = optarg;
		break;
	case CMD_TEXTS:
		add_text(member, optarg);
		break;
	}
	return 0;
}

/* The table in the form that getopt_long() wants, --help at its end. */
static struct option *long_options(const struct cmd *cmd, size_t count)
{
	struct option *table = g_new0(struct option, count + 2);
	for (size_t i = 0; i < count; i++) {
		table[i] = (struct option){
			.name = cmd->options[i].name,
			.has_arg = cmd->options[i].argument ? required_argument : no_argument,
			.val = ROW + (int)i,
		};
	}
	table[count] = (struct option){.name = "help", .val = 'h'};
	return table;
}

static char *short_options(const struct cmd *cmd, size_t count)
{
	GString *letters = g_string_new("h");
	for (size_t i = 0; i < count; i++) {
		if (!cmd->options[i].letter)
			continue;
		g_string_append_c(letters, cmd->options[i].letter);
		if (cmd->options[i].argument)
			g_string_append_c(letters, ':');
	}
	return g_string_free(letters, FALSE);
}

static const struct cmd_option *find_row(const struct cmd *cmd, size_t count, int code)
{
	if (code >= ROW)
		return &cmd->options[code - ROW];
	for (size_t i = 0; i < count; i++) {
		if (cmd->options[i].letter == code)
			return &cmd->options[i];
	}
	return NULL;
}

int cmd_parse(const struct cmd *cmd, void *settings, int argc, char **argv)
{
	size_t count = option_count(cmd);
	g_autofree struct option *table = long_options(cmd, count);
	g_autofree char *letters = short_options(cmd, count);
	int code = 0;

	opterr = 0;
	optind = 0; /* glibc: start anew */
	while ((code = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (code == 'h')
			return -ECANCELED;
		const struct cmd_option *row = find_row(cmd, count, code);
		if (!row) {
			cmd_misused(cmd, "'%s' is unknown, ambiguous or lacks its argument",
				argv[optind - 1]);
			return -EINVAL;
		}
		int err = set_option(cmd, row, settings);
		if (err)
			return err;
	}
	if ((size_t)(argc - optind) < cmd->operands_min) {
		cmd_misused(cmd, "it needs %s", cmd->operands);
		return -EINVAL;
	}
	return optind;
}

void cmd_fini(const struct cmd *cmd, void *settings)
{
	for (size_t i = 0; i < option_count(cmd); i++) {
		if (cmd->options[i].type != CMD_TEXTS)
			continue;
		char ***member = (char ***)(void *)((char *)settings + cmd->options[i].offset);
		g_strfreev(*member);
		*member = NULL;
	}
}

static void print_option(const struct cmd_option *row)
{
	char letter[] = {'-', row->letter, ',', ' ', '\0'};
	g_autofree char *left = g_strdup_printf("  %s--%s%s%s", row->letter ? letter : "    ",
		row->name, row->argument ? " " : "", row->argument ? row->argument : "");
	bool fits = strlen(left) < HELP_COLUMN;
	printf("%-*s%s%*s%s\n", HELP_COLUMN, left, fits ? "" : "\n", fits ? 0 : HELP_COLUMN, "",
		row->help);
}

void cmd_print_help(const struct cmd *cmd)
{
	const struct cmd_option help = {
		.name = "help", .letter = 'h', .help = "Show this text and exit."};
	printf("Usage: mjr %s [OPTION]... %s\n\n%s\n", cmd->name, cmd->operands, cmd->summary);
	if (cmd->help)
		printf("\n%s\n", cmd->help);
	printf("\nOptions:\n");
	for (size_t i = 0; i < option_count(cmd); i++)
		print_option(&cmd->options[i]);
	print_option(&help);
}
