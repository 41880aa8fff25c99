/* many-threads MODULE: has a hundred threads sign at the same time, more than a user may have
 * requests at the broker, and says when they do. Each gets its signature. */
#include "caller.h"

#define THREADS 100

static pthread_barrier_t barrier;

static void *signs(void *unused)
{
	CK_SESSION_HANDLE opened = session();
	CK_OBJECT_HANDLE with = key(opened);

	pthread_barrier_wait(&barrier);
	MUST(CKR_OK, sign(opened, with));
	return unused;
}

int main(int count, char **words)
{
	pthread_t threads[THREADS];
	int at;

	(void)count;
	load(words[1]);
	MUST(CKR_OK, module->C_Initialize(NULL));
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (at = 0; at < THREADS; at++)
		pthread_create(&threads[at], NULL, signs, NULL);
	pthread_barrier_wait(&barrier);
	puts("they sign");
	fflush(stdout);
	for (at = 0; at < THREADS; at++)
		pthread_join(threads[at], NULL);
	MUST(CKR_OK, module->C_Finalize(NULL));
	return 0;
}
