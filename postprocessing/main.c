/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mjr: reads packet dumps of the Janus WebRTC gateway. This file owns the list
 * of subcommands and their dispatch; each subcommand lives in cmd_NAME.c.
 */
#include <errno.h>
#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "postprocessing/cmd.h"

static const struct cmd *const commands[] = {
	&cmd_convert,
	&cmd_info,
};

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static void print_usage(FILE *out)
{
	fprintf(out, "Usage: mjr COMMAND [OPTION]... OPERAND...\n"
		     "Reads packet dumps (.mjr) of the Janus WebRTC gateway.\n\n");
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "  %-10s %s\n\n", "help", "Show this text, or help on a command.");
	fprintf(out,
		"Exit codes: %d all good; %d done, with losses that are described; "
		"%d bad usage;\n%d an input cannot be read; %d an output cannot be written.\n",
		CMD_OK, CMD_LOSS, CMD_USAGE, CMD_UNREADABLE, CMD_OUTPUT);
}

static enum cmd_status complain_unknown(const char *name)
{
	cmd_complain("there is no command '%s'; 'mjr help' lists them", name);
	return CMD_USAGE;
}

static enum cmd_status help(const char *name)
{
	const struct cmd *cmd = name ? find_command(name) : NULL;
	if (name && !cmd)
		return complain_unknown(name);
	if (cmd)
		cmd_print_help(cmd);
	else
		print_usage(stdout);
	return CMD_OK;
}

static enum cmd_status run(const struct cmd *cmd, int argc, char **argv)
{
	void *settings = g_malloc0(MAX(cmd->settings_size, 1));
	enum cmd_status status = CMD_USAGE;

	int first = cmd_parse(cmd, settings, argc, argv);
	if (first >= 0)
		status = cmd->run(settings, argv + first);
	else if (first == -ECANCELED)
		status = help(cmd->name);
	cmd_fini(cmd, settings);
	g_free(settings);
	return status;
}

static enum cmd_status dispatch(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return CMD_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	if (strcmp(name, "--version") == 0) {
		printf("mjr (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
		return CMD_OK;
	}
	const struct cmd *cmd = find_command(name);
	return cmd ? run(cmd, argc - 1, argv + 1) : complain_unknown(name);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	enum cmd_status status = dispatch(argc, argv);
	/* A full disk or a closed pipe shows here at the latest. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cmd_complain("writing to the standard output: %s", g_strerror(errno));
		return CMD_OUTPUT;
	}
	return (int)status;
}
