/* Functions of the C library whose own versions are larger than the agent has use for: they prepare for threads, wait for
 * their cancellation, help out kernels from before 3.17, or read a word at a time. This file is compiled without the agent's other
 * files in view, and the tests build the agent without it. */
#ifdef __x86_64__
#include <asm/prctl.h>
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **__environ;
int main(int count, char **arguments);

static int last_error;

/* The C library has two names for it. */
int *__errno_location(void) { return &last_error; }
int *___errno_location(void) __attribute__((alias("__errno_location")));

static long checked(long result) {
  if (result >= 0 || result < -4095) return result;
  errno = (int)-result;
  return -1;
}

#ifdef __x86_64__
static inline long call3(long number, long a, long b, long c) {
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return checked(number);
}

static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  register long sixth __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return checked(number);
}
#else
static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
  register long called __asm__("x8") = number;
  register long first __asm__("x0") = a;
  register long second __asm__("x1") = b;
  register long third __asm__("x2") = c;
  register long fourth __asm__("x3") = d;
  register long fifth __asm__("x4") = e;
  register long sixth __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(first)
                   : "r"(called), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "memory");
  return checked(first);
}

static inline long call3(long number, long a, long b, long c) {
  register long called __asm__("x8") = number;
  register long first __asm__("x0") = a;
  register long second __asm__("x1") = b;
  register long third __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(first) : "r"(called), "r"(second), "r"(third) : "memory");
  return checked(first);
}
#endif

_Noreturn void exit(int status) {
  for (;;) call3(SYS_exit_group, status, 0, 0);
}

/* Where the kernel enters the program: its stack begins with the arguments and their count, and then the environment. */
#ifdef __x86_64__
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call start");
#else
__asm__(".globl _start\n_start: mov x29, #0\n mov x30, #0\n mov x0, sp\n b start");
#endif

__attribute__((used)) _Noreturn void start(long *stack) {
#ifdef __x86_64__
  /* Functions of the C library look for the mark that guards their stack at an offset from this register. */
  static long thread[8];
  call3(SYS_arch_prctl, ARCH_SET_FS, (long)thread, 0);
#endif
  char **arguments = (char **)(stack + 1);
  __environ = arguments + *stack + 1;
  exit(main((int)*stack, arguments));
}

pid_t _Fork(void) { return (pid_t)call6(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0); }

pid_t waitpid(pid_t process, int *status, int options) {
  return (pid_t)call6(SYS_wait4, process, (long)status, options, 0, 0, 0);
}

/* The last argument of these is only looked at if the others ask for it. */
int openat(int folder, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return (int)call6(SYS_openat, folder, (long)path, flags, mode, 0, 0);
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return openat(AT_FDCWD, path, flags, mode);
}

int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  long argument = va_arg(arguments, long);
  va_end(arguments);
  return (int)call3(SYS_fcntl, file, command, argument);
}

int ioctl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  long argument = va_arg(arguments, long);
  va_end(arguments);
  return (int)call3(SYS_ioctl, file, command, argument);
}

int close(int file) { return (int)call3(SYS_close, file, 0, 0); }

ssize_t read(int file, void *bytes, size_t length) { return call3(SYS_read, file, (long)bytes, (long)length); }

ssize_t write(int file, const void *bytes, size_t length) { return call3(SYS_write, file, (long)bytes, (long)length); }

ssize_t pread(int file, void *bytes, size_t length, off_t offset) {
  return call6(SYS_pread64, file, (long)bytes, (long)length, offset, 0, 0);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
  return call6(SYS_pwrite64, file, (long)bytes, (long)length, offset, 0, 0);
}

int pipe2(int ends[2], int flags) { return (int)call3(SYS_pipe2, (long)ends, flags, 0); }

int poll(struct pollfd *polls, nfds_t count, int milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  return (int)call6(SYS_ppoll, (long)polls, (long)count, milliseconds < 0 ? 0 : (long)&time, 0, 0, 0);
}

/* The kernel's structure is the C library's on both processors. */
int fstatat(int folder, const char *restrict path, struct stat *restrict info, int flags) {
  return (int)call6(SYS_newfstatat, folder, (long)path, (long)info, flags, 0, 0);
}

int fstat(int file, struct stat *info) { return (int)call3(SYS_fstat, file, (long)info, 0); }

int stat(const char *restrict path, struct stat *restrict info) { return fstatat(AT_FDCWD, path, info, 0); }

int lstat(const char *restrict path, struct stat *restrict info) {
  return fstatat(AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW);
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  return (int)call6(SYS_utimensat, folder, (long)path, (long)times, flags, 0, 0);
}

int futimens(int file, const struct timespec times[2]) { return utimensat(file, NULL, times, 0); }

int fchmod(int file, mode_t mode) { return (int)call3(SYS_fchmod, file, mode, 0); }

/* The system call has no flags, and nobody here has. */
int fchmodat(int folder, const char *path, mode_t mode, int flags) {
  (void)flags;
  return (int)call3(SYS_fchmodat, folder, (long)path, mode);
}

int fchown(int file, uid_t uid, gid_t gid) { return (int)call3(SYS_fchown, file, uid, gid); }

int fchdir(int folder) { return (int)call3(SYS_fchdir, folder, 0, 0); }

ssize_t readlinkat(int folder, const char *restrict path, char *restrict target, size_t size) {
  return call6(SYS_readlinkat, folder, (long)path, (long)target, (long)size, 0, 0);
}

ssize_t readlink(const char *restrict path, char *restrict target, size_t size) {
  return readlinkat(AT_FDCWD, path, target, size);
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  return (void *)call6(SYS_mmap, (long)address, (long)length, protection, flags, file, offset);
}

int munmap(void *address, size_t length) { return (int)call3(SYS_munmap, (long)address, (long)length, 0); }

int socket(int family, int type, int protocol) { return (int)call3(SYS_socket, family, type, protocol); }

int connect(int file, const struct sockaddr *address, socklen_t size) {
  return (int)call3(SYS_connect, file, (long)address, size);
}

ssize_t send(int file, const void *bytes, size_t length, int flags) {
  return call6(SYS_sendto, file, (long)bytes, (long)length, flags, 0, 0);
}

ssize_t recv(int file, void *bytes, size_t length, int flags) {
  return call6(SYS_recvfrom, file, (long)bytes, (long)length, flags, 0, 0);
}

int sigprocmask(int how, const sigset_t *restrict signals, sigset_t *restrict before) {
  return (int)call6(SYS_rt_sigprocmask, how, (long)signals, (long)before, 8, 0, 0);
}

int signalfd(int file, const sigset_t *signals, int flags) {
  return (int)call6(SYS_signalfd4, file, (long)signals, 8, flags, 0, 0);
}

struct __dirstream {
  int file;
  size_t at, end;
  _Alignas(8) char entries[2048];
};

DIR *fdopendir(int file) {
  DIR *folder = malloc(sizeof *folder);
  if (folder == NULL) return NULL;
  folder->file = file;
  folder->at = folder->end = 0;
  return folder;
}

DIR *opendir(const char *path) {
  int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return NULL;
  DIR *folder = fdopendir(file);
  if (folder == NULL) close(file);
  return folder;
}

/* The kernel's entries are the C library's. */
struct dirent *readdir(DIR *folder) {
  if (folder->at == folder->end) {
    long got = call3(SYS_getdents64, folder->file, (long)folder->entries, sizeof folder->entries);
    if (got <= 0) return NULL;
    folder->at = 0;
    folder->end = (size_t)got;
  }
  struct dirent *entry = (struct dirent *)(folder->entries + folder->at);
  folder->at += entry->d_reclen;
  return entry;
}

int dirfd(DIR *folder) { return folder->file; }

int closedir(DIR *folder) {
  int result = close(folder->file);
  free(folder);
  return result;
}

size_t strlen(const char *text) {
  const char *end = text;
  while (*end != '\0') end++;
  return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t size) {
  size_t length = 0;
  while (length < size && text[length] != '\0') length++;
  return length;
}

void *memset(void *memory, int byte, size_t length) {
  for (char *at = memory; length > 0; length--) *at++ = (char)byte;
  return memory;
}

void *memchr(const void *memory, int byte, size_t length) {
  for (const unsigned char *at = memory; length > 0; length--, at++) {
    if (*at == (unsigned char)byte) return (void *)at;
  }
  return NULL;
}

char *strchr(const char *text, int byte) {
  for (; *text != (char)byte; text++) {
    if (*text == '\0') return NULL;
  }
  return (char *)text;
}

char *strrchr(const char *text, int byte) {
  const char *found = NULL;
  for (;; text++) {
    if (*text == (char)byte) found = text;
    if (*text == '\0') return (char *)found;
  }
}

size_t strcspn(const char *text, const char *ends) {
  size_t length = 0;
  while (text[length] != '\0' && strchr(ends, text[length]) == NULL) length++;
  return length;
}

size_t strspn(const char *text, const char *bytes) {
  size_t length = 0;
  while (text[length] != '\0' && strchr(bytes, text[length]) != NULL) length++;
  return length;
}

int strncmp(const char *one, const char *other, size_t length) {
  for (; length > 0; length--, one++, other++) {
    if (*one != *other || *one == '\0') return (unsigned char)*one - (unsigned char)*other;
  }
  return 0;
}

int strcmp(const char *one, const char *other) { return strncmp(one, other, SIZE_MAX); }

char *strcpy(char *restrict to, const char *restrict from) {
  return memcpy(to, from, strlen(from) + 1);
}

char *strcat(char *restrict to, const char *restrict from) {
  strcpy(to + strlen(to), from);
  return to;
}
