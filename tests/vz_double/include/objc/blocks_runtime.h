/* GNUstep includes this header; blocks.m implements it. */
#include <Block.h>
