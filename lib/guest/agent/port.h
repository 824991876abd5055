/* The ports of virtio consoles. */
#ifndef SNAPVM_PORT_H
#define SNAPVM_PORT_H

/* Opens the port with this name; -1 if it is not there yet. */
int port_open(const char *name);

#endif
