/* What the programs in this directory have in common: they call a PKCS #11 module as programs in C
 * do, by the header of p11-kit and not by the one that the module was built with. Each is compiled
 * when a scenario runs it (tests/src/token.rs), and gets the path of the module. */
#ifndef CALLER_H
#define CALLER_H

#include <dirent.h>
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A signature on P-256 has 64 bytes. */
#define ROOM 64

/* The slot with the keys that have no PIN. */
#define OPEN_SLOT 1

static CK_FUNCTION_LIST *module;
static void *library;

/* Ends the program if `rv` is not `expected`. */
#define MUST(expected, call) must((expected), (call), #call)

static inline void must(CK_RV expected, CK_RV rv, const char *what)
{
	if (rv == expected)
		return;
	fprintf(stderr, "%s: 0x%lx instead of 0x%lx\n", what, rv, expected);
	_exit(1);
}

static inline void load(const char *path)
{
	CK_C_GetFunctionList list;

	library = dlopen(path, RTLD_NOW);
	if (library == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
	MUST(CKR_OK, list(&module));
}

static inline CK_SESSION_HANDLE session(void)
{
	CK_SESSION_HANDLE opened;

	MUST(CKR_OK, module->C_OpenSession(OPEN_SLOT, CKF_SERIAL_SESSION, NULL, NULL, &opened));
	return opened;
}

/* The first private key. */
static inline CK_OBJECT_HANDLE key(CK_SESSION_HANDLE in)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	MUST(CKR_OK, module->C_FindObjectsInit(in, template, 1));
	MUST(CKR_OK, module->C_FindObjects(in, &found, 1, &count));
	MUST(CKR_OK, module->C_FindObjectsFinal(in));
	must(1, count, "a private key");
	return found;
}

/* Begins a signature. */
static inline CK_RV begin(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE with)
{
	CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};

	return module->C_SignInit(in, &mechanism, with);
}

/* Makes a signature of a digest that was begun. */
static inline CK_RV end(CK_SESSION_HANDLE in)
{
	CK_BYTE digest[32] = {7}, signature[ROOM];
	CK_ULONG length = ROOM;

	return module->C_Sign(in, digest, sizeof(digest), signature, &length);
}

static inline CK_RV sign(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE with)
{
	CK_RV begun = begin(in, with);

	return begun == CKR_OK ? end(in) : begun;
}

static inline int open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int files = 0;

	while (readdir(directory) != NULL)
		files++;
	closedir(directory);
	return files;
}

/* Signs from the first call to the last. */
static inline void sign_once(void)
{
	CK_SESSION_HANDLE opened;

	MUST(CKR_OK, module->C_Initialize(NULL));
	opened = session();
	MUST(CKR_OK, sign(opened, key(opened)));
	MUST(CKR_OK, module->C_Finalize(NULL));
}

#endif
