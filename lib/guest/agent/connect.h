/* Connections to what listens in the guest. */
#ifndef SNAPVM_CONNECT_H
#define SNAPVM_CONNECT_H

#include <sys/socket.h>

#include "stream.h"

extern const char *const connect_fields[];

bool connect_start(struct stream *stream, struct text *result);

/* Reads "tcp:ADDRESS:PORT", "udp:…" with a numeric address, in brackets if it is one of IPv6, or "unix:PATH". */
bool connect_parse(const char *text, struct sockaddr_storage *address, socklen_t *size, int *type);

#endif
