/* The part of macOS's header that snapvm uses, for builds on Linux: see Foundation/Foundation.h. */
#ifndef SYS_UN_H
#define SYS_UN_H

#include <sys/types.h>

struct sockaddr_un {
    unsigned char sun_len;
    uint8_t sun_family;
    char sun_path[104];
};

#endif
