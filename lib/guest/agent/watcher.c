#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"
#include "watcher.h"

enum {
  /* One that always fails at once must not keep a processor busy. */
  AGAIN_PAUSE_MS = 100,
};

int watch_over(int (*serve)(bool again)) {
  for (bool again = false;; again = true) {
    int status = 0;
    pid_t process = _Fork(), ended;
    if (process == 0) exit(serve(again));
    /* What was started before it is ours to reap, too. */
    while ((ended = wait(&status)) > 0 && ended != process) {
    }
    if (ended > 0 && WIFEXITED(status)) return WEXITSTATUS(status);
    pause_ms(AGAIN_PAUSE_MS);
  }
}
