/* The addresses that the guest has. */
#ifndef SNAPVM_ADDRESSES_H
#define SNAPVM_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

/* Begins to tell of them, as soon as there is a first one. */
void addresses_begin(void);

/* Adds the addresses in messages of rtnetlink to an event. Gives whether that was the last message of a list. */
bool addresses_read(const uint8_t *bytes, size_t length, struct text *event);

#endif
