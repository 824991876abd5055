/* Commands: programs in the guest, with or without a terminal. */
#ifndef SNAPVM_COMMAND_H
#define SNAPVM_COMMAND_H

#include "stream.h"

extern const char *const command_fields[];

bool command_start(struct stream *stream, struct text *result);

#endif
