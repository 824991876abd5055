/* Tar archives out of and into the guest's files. */
#ifndef SNAPVM_TAR_H
#define SNAPVM_TAR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Why something could not be done: the end of a sentence, and the number of its error or 0. */
struct tar_failure {
  int error;
  char text[480];
};

/* Who owns what is unpacked: all of it, or each entry the owner that the archive has for it. */
struct tar_owner {
  bool given;
  uid_t uid;
  gid_t gid;
};

/* Writes a PAX archive of PATH, whose own entry is called NAME. A link is followed if the path ends with a slash. */
bool tar_out(int output, const char *path, const char *name, struct tar_failure *failure);

/* Unpacks an archive into FOLDER, and nowhere else. REPLACE lets a folder take the place of something else, and the
 * other way round if the folder is empty. */
bool tar_in(int input, const char *folder, const struct tar_owner *owner, bool replace, uint64_t *entries,
            struct tar_failure *failure);

#endif
