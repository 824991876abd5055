/* Gives tar_in() archives that libFuzzer makes, and looks whether anything outside of the folder changes. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../../lib/guest/agent/tar.h"

static char inside[80], victim[80], outside[80];

static int take_away(const char *path, const struct stat *info, int flag, struct FTW *walk) {
  (void)info, (void)flag;
  return walk->level > 0 ? remove(path) : 0;
}

static void prepare(void) {
  /* tar_in() changes the current folder. */
  char base[48];
  if (getcwd(base, sizeof base) == NULL) abort();
  snprintf(inside, sizeof inside, "%s/inside", base);
  snprintf(outside, sizeof outside, "%s/outside", base);
  snprintf(victim, sizeof victim, "%s/victim", base);
  int file = open(victim, O_CREAT | O_WRONLY, 0600);
  if (file < 0 || close(file) != 0 || mkdir(inside, 0700) != 0 || mkdir(outside, 0700) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (inside[0] == '\0') prepare();
  int archive = memfd_create("archive", 0);
  if (archive < 0 || write(archive, data, size) != (ssize_t)size || lseek(archive, 0, SEEK_SET) != 0) abort();
  struct tar_failure failure;
  struct tar_owner owner = {.given = size & 1, .uid = getuid(), .gid = getgid()};
  uint64_t entries;
  if (!tar_in(archive, inside, &owner, size & 2, &entries, &failure) && failure.text[0] == '\0') abort();
  close(archive);
  struct stat info;
  if (lstat(victim, &info) != 0 || info.st_size != 0 || info.st_nlink != 1 || (info.st_mode & 07777) != 0600) abort();
  if (lstat(outside, &info) != 0 || info.st_nlink != 2 || rmdir(outside) != 0 || mkdir(outside, 0700) != 0) abort();
  nftw(inside, take_away, 16, FTW_DEPTH | FTW_PHYS);
  return 0;
}
