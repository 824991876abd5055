/* Serves the channel: one loop around everything that the agent waits for. */
#ifndef SNAPVM_SERVER_H
#define SNAPVM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* Something else that the loop waits for. */
struct watch {
  /* -1 if there is only the time. */
  int fd;
  /* When to run at the latest, on the clock of now_ms(); -1 for never. */
  int64_t at;
  void (*run)(struct watch *watch, bool is_readable);
};

/* Adds a watch for good. There is room for eight. */
void server_watch(struct watch *watch);

/* Tells the host what happens in the guest; the text has fields. Before the host has answered it is kept. */
void server_tell(const struct text *event);
void server_tell_problem(const char *text);

/* Serves the channel on the descriptor FD until it ends. BUILD and the like go into the first frame, TOKEN marks it. If it
 * is served AGAIN, what is left of the host's frames to who served it before is passed over. */
void server_run(int fd, bool again, const char *token, const char *boot_id, const char *uptime);

/* Descriptors of our own, which the processes that are started must not have, are all close-on-exec. */
extern const char agent_build[];

#endif
