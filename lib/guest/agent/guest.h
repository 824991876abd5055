/* How far the guest has come, and what it was told to be. */
#ifndef SNAPVM_GUEST_H
#define SNAPVM_GUEST_H

/* Reads what the host has put into the initramfs for the agent. */
void guest_read_configuration(void);

/* The word that marks a boot. */
const char *guest_token(void);

/* Begins to look after the root filesystem and the init. */
void guest_begin(void);

/* Looks once. The server's loop does it by itself. */
void guest_look(void);

#endif
