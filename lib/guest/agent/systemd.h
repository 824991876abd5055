/* What systemd says of itself. */
#ifndef SNAPVM_SYSTEMD_H
#define SNAPVM_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

/* Begins to listen to the systemd that is process 1. Targets that it reaches are told. */
void systemd_begin(void);

/* Whether it has started everything: it is running or degraded. */
extern bool systemd_is_ready;

/* When a job of it succeeded last; 0 if none has. */
extern int64_t systemd_job_at;

#endif
