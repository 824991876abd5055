/* GNUstep asks for this header; blocks.m is what it declares. */
#include <Block.h>
