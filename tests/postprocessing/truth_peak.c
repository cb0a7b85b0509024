/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a program and says on stderr how large it became: "peak N KiB".
 *
 * A process inherits its parent's size as its own peak, so a test that holds
 * its material in memory cannot measure a child directly; this one is small.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return EXIT_FAILURE;
	pid_t child = fork();
	if (child == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	int status = 0;
	struct rusage usage;
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status))
		return EXIT_FAILURE;
	fprintf(stderr, "peak %ld KiB\n", usage.ru_maxrss);
	return WEXITSTATUS(status);
}
