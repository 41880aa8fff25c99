/* grows MODULE TIMES: uses the module TIMES times, and a tenth as often from dlopen to dlclose.
 * Prints by how many bytes the memory in use grew in each second half, and how many files stayed
 * open. What malloc keeps for later counts as in use, so it must keep nothing (GLIBC_TUNABLES). */
#include "caller.h"

#include <malloc.h>

static void use(void)
{
	CK_SESSION_HANDLE opened = session();
	CK_OBJECT_HANDLE with = key(opened);
	CK_BYTE point[100];
	CK_ATTRIBUTE asked[] = {{CKA_EC_POINT, point, sizeof(point)}, {CKA_VALUE, NULL, 0}};

	MUST(CKR_ATTRIBUTE_SENSITIVE, module->C_GetAttributeValue(opened, with, asked, 2));
	MUST(CKR_OK, sign(opened, with));
	MUST(CKR_OK, begin(opened, with));
	MUST(CKR_OK, module->C_CloseSession(opened));
}

static void come_and_go(const char *path)
{
	load(path);
	sign_once();
	dlclose(library);
}

/* The bytes that are in use after `times` more. */
static size_t in_use(int times, const char *path, void (*work)(const char *path))
{
	int at;

	for (at = 0; at < times; at++)
		work(path);
	return mallinfo2().uordblks;
}

static void use_once(const char *path)
{
	(void)path;
	use();
}

int main(int count, char **words)
{
	int times = atoi(words[count - 1]);
	int before;
	size_t half;

	load(words[1]);
	MUST(CKR_OK, module->C_Initialize(NULL));
	half = in_use(times / 2, words[1], use_once);
	printf("used: %zd\n", (ssize_t)(in_use(times / 2, words[1], use_once) - half));
	MUST(CKR_OK, module->C_Finalize(NULL));
	before = open_files();
	half = in_use(times / 20, words[1], come_and_go);
	printf("loaded: %zd\n", (ssize_t)(in_use(times / 20, words[1], come_and_go) - half));
	printf("files: %d\n", open_files() - before);
	return 0;
}
