/* The agent's tar functions as a program: tar_main out PATH NAME, or tar_main in FOLDER [UID:GID] [replace]. */
#include <stdio.h>
#include <string.h>

#include "../../../../lib/guest/agent/stat.h"
#include "../../../../lib/guest/agent/tar.h"

int main(int count, char **words) {
  struct tar_failure failure = {0};
  bool done = false;
  if (count == 4 && strcmp(words[1], "out") == 0) {
    done = tar_out(1, words[2], words[3], &failure);
  } else if (count >= 3 && strcmp(words[1], "in") == 0) {
    struct tar_owner owner = {0};
    if (count > 3) owner.given = sscanf(words[3], "%u:%u", &owner.uid, &owner.gid) == 2;
    uint64_t entries = 0;
    done = tar_in(0, words[2], &owner, count > 4, &entries, &failure);
    if (done) printf("%llu\n", (unsigned long long)entries);
  } else if (count == 3 && strcmp(words[1], "stat") == 0) {
    struct tar_bytes fields = {.limit = 8192};
    done = stat_path(words[2], &fields, &failure);
    for (size_t index = 0; index < fields.length; index++) putchar(fields.data[index] == '\0' ? ' ' : fields.data[index]);
    tar_free(&fields);
  }
  if (!done) fprintf(stderr, "%s\n", failure.text);
  return done ? 0 : 1;
}
