/* The part of macOS's header that snapvm uses, for builds on Linux: see Foundation/Foundation.h. */
#ifndef SYS_SOCKET_H
#define SYS_SOCKET_H

#include <sys/types.h>

#define AF_UNIX 1
#define SOCK_STREAM 1

struct sockaddr {
    uint8_t sa_len;
    uint8_t sa_family;
    char sa_data[14];
};

int socket(int domain, int type, int protocol);
int connect(int descriptor, const struct sockaddr *address, socklen_t length);

#endif
