/* Calls one function of mount.c, so that it can be tried on the host itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../../../../lib/guest/agent/mount.h"

static int folder(const char *path) { return open(path, O_RDONLY | O_DIRECTORY); }

int main(int count, char **words) {
  struct mount_failure failure = {0};
  bool done = false;
  if (count == 5 && strcmp(words[1], "mount") == 0) {
    done = mount_share(words[2], words[3], words[4], false, &failure);
  } else if (count == 3 && strcmp(words[1], "unmount") == 0) {
    done = unmount_share(words[2], &failure);
  } else if (count == 5 && strcmp(words[1], "swap") == 0) {
    done = swap_on_disk(folder(words[2]), folder(words[3]), words[4], &failure);
  } else if (count == 3 && strcmp(words[1], "grow") == 0) {
    done = grow_filesystem(folder("/sys"), folder(words[2]), &failure);
  } else {
    return 2;
  }
  if (done) {
    puts("done");
  } else {
    printf("%s: %s\n", failure.text, strerror(failure.error));
  }
  return 0;
}
