/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a subcommand of mjr is, and what all of them share: options, help,
 * complaints, exit codes.
 *
 * A subcommand is one cmd_NAME.c file that exports one `struct cmd`, a line
 * below and a line in main.c. Its option table is the only place where an
 * option is described: parsing and help text are made from it, and the man page
 * is checked against that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The exit codes of mjr. */
enum cmd_status {
	CMD_OK = 0,
	CMD_LOSS = 1,       /* done, but the input had losses or damage; the output says which */
	CMD_USAGE = 2,      /* the command line makes no sense */
	CMD_UNREADABLE = 3, /* an input could not be read at all */
	CMD_OUTPUT = 4,     /* an output could not be written */
};

enum cmd_option_type {
	CMD_FLAG,   /* bool */
	CMD_NUMBER, /* int64_t, min ≤ value ≤ max */
	CMD_TEXT,   /* const char *, borrowed from the command line */
	CMD_TEXTS,  /* char **, NULL-terminated; each time the option is given adds one */
};

/* One row; a table ends with a row whose name is NULL. */
struct cmd_option {
	const char *name; /* without the dashes */
	char letter;      /* the short form, or 0 */
	enum cmd_option_type type;
	size_t offset; /* of the member in the command's settings */
	int64_t min, max;
	const char *argument; /* its name in the help: "FILE"; NULL for a flag */
	const char *help;     /* one line */
};

struct cmd {
	const char *name;
	const char *operands; /* as the usage line shows them: "FILE…" */
	size_t operands_min;
	const char *summary;              /* one line, for the list of commands */
	const char *help;                 /* paragraphs for `mjr help NAME`, or NULL */
	const struct cmd_option *options; /* or NULL */
	size_t settings_size;             /* of the struct that the options fill */
	/*
	 * `settings` was zeroed before the options were put in: zero is the default.
	 * `operands` ends with NULL. Both are borrowed.
	 */
	enum cmd_status (*run)(const void *settings, char **operands);
};

extern const struct cmd cmd_convert;
extern const struct cmd cmd_info;

/*
 * Reads options into `settings` (zeroed, settings_size bytes); the operands end up at the end of
 * argv, the index of the first is returned. -EINVAL after a complaint on stderr; -ECANCELED when
 * --help was among them.
 */
int cmd_parse(const struct cmd *cmd, void *settings, int argc, char **argv);

/* Frees what cmd_parse() allocated in `settings`. */
void cmd_fini(const struct cmd *cmd, void *settings);

/* `mjr help NAME`, on stdout. */
void cmd_print_help(const struct cmd *cmd);

/*
 * One line on stderr, "mjr: " before it. Control characters become '?', so that a file's name
 * cannot forge a line or drive the terminal.
 */
void cmd_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a command line that makes no sense, and where to read more. Returns CMD_USAGE. */
enum cmd_status cmd_misused(const struct cmd *cmd, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
