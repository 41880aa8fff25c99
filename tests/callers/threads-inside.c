/* threads-inside MODULE WAY: has four threads sign without pause, and then does what WAY says while
 * they are inside: `close` (dlclose), `finalize` (C_Finalize, dlclose), or `leave` (ends the
 * program without either). Threads may be refused then, and nothing else may become of them. */
#include "caller.h"

#define THREADS 4

/* Signatures of a thread before the program goes on, and after that. */
#define BEFORE 3
#define AFTER 20

static atomic_int ready;
static atomic_int is_closed;

static void *signs(void *way)
{
	int has_finalized = strcmp(way, "finalize") == 0;
	CK_SESSION_HANDLE opened = session();
	CK_OBJECT_HANDLE with = key(opened);
	int made;

	for (made = 0; made < BEFORE; made++)
		MUST(CKR_OK, sign(opened, with));
	atomic_fetch_add(&ready, 1);
	for (made = 0; made < AFTER || !atomic_load(&is_closed); made++) {
		CK_RV rv = sign(opened, with);

		if (has_finalized && rv == CKR_CRYPTOKI_NOT_INITIALIZED)
			return NULL;
		MUST(CKR_OK, rv);
	}
	return NULL;
}

int main(int count, char **words)
{
	pthread_t threads[THREADS];
	char *way = words[count - 1];
	int at;

	load(words[1]);
	MUST(CKR_OK, module->C_Initialize(NULL));
	for (at = 0; at < THREADS; at++)
		pthread_create(&threads[at], NULL, signs, way);
	while (atomic_load(&ready) < THREADS)
		usleep(1000);
	if (strcmp(way, "leave") == 0)
		return 0;
	if (strcmp(way, "finalize") == 0)
		MUST(CKR_OK, module->C_Finalize(NULL));
	must(0, dlclose(library), "dlclose");
	atomic_store(&is_closed, 1);
	for (at = 0; at < THREADS; at++)
		pthread_join(threads[at], NULL);
	return 0;
}
