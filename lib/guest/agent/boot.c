#include "boot.h"
int boot(char **arguments) { (void)arguments; return 1; }
