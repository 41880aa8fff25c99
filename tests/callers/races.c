/* races MODULE: two threads initialize and finalize the module as often as they can, while a third
 * one uses it. Prints how often it was finalized, and how often it was of use; no file may be open
 * afterwards that was not open before. */
#include "caller.h"

#define ROUNDS 100

static atomic_int finalized;
static atomic_int used;
static atomic_int is_done;

static void *begins_and_ends(void *unused)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		CK_ULONG slots = 0;
		CK_RV rv = module->C_Initialize(NULL);

		if (rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
			MUST(CKR_OK, rv);
		rv = module->C_GetSlotList(CK_TRUE, NULL, &slots);
		if (rv != CKR_CRYPTOKI_NOT_INITIALIZED)
			MUST(CKR_OK, rv);
		rv = module->C_Finalize(NULL);
		if (rv != CKR_CRYPTOKI_NOT_INITIALIZED)
			MUST(CKR_OK, rv);
		atomic_fetch_add(&finalized, rv == CKR_OK);
	}
	return unused;
}

/* Whether a function failed because the module was finalized before it. */
static int was_finalized(CK_RV rv)
{
	if (rv == CKR_OK)
		return 0;
	if (rv != CKR_CRYPTOKI_NOT_INITIALIZED && rv != CKR_KEY_HANDLE_INVALID &&
	    rv != CKR_OPERATION_NOT_INITIALIZED)
		MUST(CKR_SESSION_HANDLE_INVALID, rv);
	return 1;
}

static void *uses(void *unused)
{
	while (!atomic_load(&is_done)) {
		CK_SESSION_HANDLE opened;
		CK_OBJECT_HANDLE found = 0;
		CK_ULONG count = 0;

		if (was_finalized(module->C_OpenSession(OPEN_SLOT, CKF_SERIAL_SESSION, NULL, NULL,
							&opened)))
			continue;
		atomic_fetch_add(&used, 1);
		if (was_finalized(module->C_FindObjectsInit(opened, NULL, 0)) ||
		    was_finalized(module->C_FindObjects(opened, &found, 1, &count)) ||
		    was_finalized(module->C_FindObjectsFinal(opened)) ||
		    was_finalized(sign(opened, found)))
			continue;
	}
	return unused;
}

int main(int count, char **words)
{
	pthread_t threads[2], user;
	int before, at;

	(void)count;
	load(words[1]);
	sign_once();
	before = open_files();
	pthread_create(&user, NULL, uses, NULL);
	for (at = 0; at < 2; at++)
		pthread_create(&threads[at], NULL, begins_and_ends, NULL);
	for (at = 0; at < 2; at++)
		pthread_join(threads[at], NULL);
	atomic_store(&is_done, 1);
	pthread_join(user, NULL);
	module->C_Finalize(NULL);
	must((CK_RV)before, (CK_RV)open_files(), "open files");
	printf("finalized %d times, used %d times\n", finalized, used);
	sign_once();
	return 0;
}
