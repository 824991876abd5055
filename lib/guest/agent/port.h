/* The ports of virtio consoles. */
#ifndef SNAPVM_PORT_H
#define SNAPVM_PORT_H

#include <stdbool.h>

/* Opens the port with this name; -1 if it is not there yet. */
int port_open(const char *name);

/* Whether pages can be given to this port as they are, whatever their number; true of sockets. */
bool port_takes_pages(int port);

#endif
