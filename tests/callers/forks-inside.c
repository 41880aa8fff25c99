/* forks-inside MODULE: forks while a thread is inside. Each child has nothing of its parent, begins
 * anew and signs; the parent goes on. */
#include "caller.h"

#include <sys/wait.h>

#define CHILDREN 20

/* Seconds after which a child counts as one that hangs. */
#define MOST 30

static atomic_int made;
static atomic_int is_done;

static void *signs(void *unused)
{
	CK_SESSION_HANDLE opened = session();
	CK_OBJECT_HANDLE with = key(opened);

	while (!atomic_load(&is_done)) {
		MUST(CKR_OK, sign(opened, with));
		atomic_fetch_add(&made, 1);
	}
	return unused;
}

static void child(void)
{
	alarm(MOST);
	MUST(CKR_CRYPTOKI_NOT_INITIALIZED, module->C_CloseAllSessions(OPEN_SLOT));
	MUST(CKR_CRYPTOKI_NOT_INITIALIZED, module->C_Finalize(NULL));
	sign_once();
	_exit(0);
}

int main(int count, char **words)
{
	pthread_t thread;
	int status, at;

	(void)count;
	load(words[1]);
	MUST(CKR_OK, module->C_Initialize(NULL));
	pthread_create(&thread, NULL, signs, NULL);
	for (at = 0; at < CHILDREN; at++) {
		int before = atomic_load(&made);
		pid_t forked;

		while (atomic_load(&made) == before)
			usleep(100);
		forked = fork();
		if (forked == 0)
			child();
		waitpid(forked, &status, 0);
		must(0, (CK_RV)status, "the end of a child");
	}
	atomic_store(&is_done, 1);
	pthread_join(thread, NULL);
	MUST(CKR_OK, module->C_Finalize(NULL));
	return 0;
}
