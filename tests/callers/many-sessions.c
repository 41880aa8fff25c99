/* many-sessions MODULE: has a signature begun in each of 1,000 sessions, ends them all, and then
 * opens sessions until the module refuses. Prints how many there were, and what it said. */
#include "caller.h"

#define MANY 1000

int main(int count, char **words)
{
	static CK_SESSION_HANDLE opened[MANY];
	CK_SESSION_HANDLE more;
	CK_RV refused;
	int at;

	(void)count;
	load(words[1]);
	MUST(CKR_OK, module->C_Initialize(NULL));
	for (at = 0; at < MANY; at++) {
		opened[at] = session();
		MUST(CKR_OK, begin(opened[at], key(opened[at])));
	}
	for (at = 0; at < MANY; at += MANY / 10)
		MUST(CKR_OK, end(opened[at]));
	do {
		refused = module->C_OpenSession(OPEN_SLOT, CKF_SERIAL_SESSION, NULL, NULL, &more);
		at += refused == CKR_OK;
	} while (refused == CKR_OK && at < 100 * MANY);
	printf("%d sessions, then 0x%lx\n", at, refused);
	MUST(CKR_OK, module->C_CloseSession(opened[1]));
	more = session();
	MUST(CKR_OK, sign(more, key(more)));
	MUST(CKR_OK, module->C_CloseAllSessions(OPEN_SLOT));
	MUST(CKR_SESSION_HANDLE_INVALID, end(opened[2]));
	MUST(CKR_OK, module->C_Finalize(NULL));
	sign_once();
	return 0;
}
