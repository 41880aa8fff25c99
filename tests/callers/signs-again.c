/* signs-again MODULE [no-files]: signs until it was refused, and then until it is not. Prints what
 * it is told whenever that changes. With `no-files` it can open none from its first signature until
 * it is refused. */
#include "caller.h"

#include <sys/resource.h>

static void let_open(rlim_t files)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = files;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **words)
{
	CK_SESSION_HANDLE opened;
	CK_OBJECT_HANDLE with;
	CK_RV last = CKR_GENERAL_ERROR;
	int changes = 0;

	load(words[1]);
	MUST(CKR_OK, module->C_Initialize(NULL));
	opened = session();
	with = key(opened);
	while (changes < 3) {
		CK_RV rv = sign(opened, with);

		if (rv != last) {
			let_open(count > 2 && rv == CKR_OK ? 0 : 1024);
			printf("0x%lx\n", rv);
			fflush(stdout);
			changes++;
		}
		last = rv;
		usleep(1000);
	}
	MUST(CKR_OK, module->C_Finalize(NULL));
	return 0;
}
