#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "private_mount.h"
#include "stream.h"

/* linux/random.h: what is added counts as random. */
#define ADD_ENTROPY _IOW('R', 0x03, int[2])

enum { ENTROPY_PIECE = 512 };

const char *const clock_fields[] = {"time", "beyond", NULL};

/* Reads "SECONDS" or "SECONDS.FRACTION". */
static bool parse_time(const char *text, struct timespec *time) {
  char seconds[24];
  const char *point = strchr(text, '.');
  size_t length = point == NULL ? strlen(text) : (size_t)(point - text);
  uint64_t number;
  if (length >= sizeof seconds) return false;
  memcpy(seconds, text, length);
  seconds[length] = '\0';
  if (!parse_number(seconds, INT64_MAX / 2, &number)) return false;
  *time = (struct timespec){.tv_sec = (time_t)number};
  long unit = 100000000;
  for (const char *digit = point == NULL ? "" : point + 1; *digit != '\0'; digit++, unit /= 10) {
    if (*digit < '0' || *digit > '9') return false;
    time->tv_nsec += (*digit - '0') * unit;
  }
  return true;
}

bool clock_run(const struct fields *request, struct text *result) {
  struct timespec time, now;
  const char *text = fields_value(request, "time"), *beyond = fields_value(request, "beyond");
  uint64_t most;
  if (text == NULL || !parse_time(text, &time) || (beyond != NULL && !parse_number(beyond, INT32_MAX, &most))) {
    return refuse(result, "the time is none", EINVAL);
  }
  /* By a system call, as in server.c. */
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  if (beyond != NULL && (uint64_t)llabs(time.tv_sec - now.tv_sec) <= most) return true;
  if (!is_guest) return refuse(result, "this is no guest", EPERM);
  if (clock_settime(CLOCK_REALTIME, &time) < 0) return refuse(result, "the clock cannot be set", errno);
  return true;
}

bool entropy_run(const struct fields *request, struct text *result) {
  (void)request;
  int pool = openat(dev_fd, "urandom", O_WRONLY | O_CLOEXEC);
  if (pool < 0) return refuse(result, "there is no pool of randomness", errno);
  struct {
    int bits;
    int size;
    unsigned char bytes[ENTROPY_PIECE];
  } piece;
  ssize_t length;
  while ((length = read(STDIN_FILENO, piece.bytes, sizeof piece.bytes)) > 0) {
    piece.size = (int)length;
    piece.bits = piece.size * 8;
    if (ioctl(pool, ADD_ENTROPY, &piece) < 0) return refuse(result, "the pool of randomness refuses it", errno);
  }
  return true;
}
