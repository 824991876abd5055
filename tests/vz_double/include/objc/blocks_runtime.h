/* GNUstep asks for this header; Debian has only the one that it stands for. */
#include <Block.h>
