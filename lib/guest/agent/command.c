/* Commands: programs in the guest, with or without a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "private_mount.h"
#include "selinux.h"
#include "stream.h"
#include "user.h"

static const char PATH[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const char *const command_fields[] = {"argument", "variable", "folder", "user", "terminal", "login", NULL};

/* Says which step failed, and ends the process that should have become the command. */
static _Noreturn void fail(int result_fd, const char *step, const char *why, int error) {
  TEXT(result, 1024);
  refuse(&result, why, error);
  text_add_field(&result, "step", step);
  if (write(result_fd, result.data, result.length) < 0) {
    /* Nobody is there to be told. */
  }
  _exit(127);
}

/* Sets a variable, "NAME=VALUE", in place of one with the same name. */
static void set_variable(char **environment, size_t *count, char *variable) {
  size_t length = strcspn(variable, "=") + 1, index = 0;
  while (index < *count && strncmp(environment[index], variable, length) != 0) index++;
  environment[index] = variable;
  if (index == *count) (*count)++;
}

static void set_own(char **environment, size_t *count, const char *name, const char *value) {
  char *variable = malloc(strlen(name) + strlen(value) + 2);
  if (variable == NULL) return;
  strcat(strcat(strcpy(variable, name), "="), value);
  set_variable(environment, count, variable);
}

static char **make_environment(const struct fields *request, const struct user *user) {
  char **environment = calloc(fields_count(request, "variable") + 7, sizeof *environment);
  if (environment == NULL) return NULL;
  size_t count = 0;
  set_own(environment, &count, "PATH", PATH);
  set_own(environment, &count, "HOME", user->home);
  set_own(environment, &count, "USER", user->name);
  set_own(environment, &count, "LOGNAME", user->name);
  set_own(environment, &count, "SHELL", user->shell);
  set_own(environment, &count, "TERM", fields_value(request, "terminal") == NULL ? "dumb" : "xterm-256color");
  for (char *field = fields_next(request, NULL); field != NULL; field = fields_next(request, field)) {
    const char *variable = after(field, "variable=");
    if (variable != NULL && strchr(variable, '=') != NULL) set_variable(environment, &count, (char *)variable);
  }
  return environment;
}

/* Scripts count on these; udev makes them, and so does every container runtime. */
static void make_device_links(void) {
  static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"},
                                         {"/proc/self/fd/0", "/dev/stdin"},
                                         {"/proc/self/fd/1", "/dev/stdout"},
                                         {"/proc/self/fd/2", "/dev/stderr"}};
  for (size_t index = 0; index < sizeof links / sizeof *links; index++) {
    if (symlink(links[index][0], links[index][1]) < 0) {
      /* It is there, or there is no /dev. */
    }
  }
}

/* Makes the folder of the command the current one. The home of a user may be missing; a folder that was asked for not. */
static void enter_folder(const char *folder, const struct user *user, int result_fd) {
  if (folder != NULL) {
    if (chdir(folder) < 0) fail(result_fd, "folder", "its folder cannot be entered", errno);
  } else if (chdir(user->home) < 0 && chdir("/") < 0) {
    fail(result_fd, "folder", "its folder cannot be entered", errno);
  }
}

/* Executes a program that is looked up in the PATH of its environment. What is no program is not given to a shell. */
static int execute_found(const char *program, char **arguments, char **environment) {
  if (strchr(program, '/') != NULL || *program == '\0') {
    execve(program, arguments, environment);
    return errno;
  }
  const char *path = PATH;
  for (char **variable = environment; *variable != NULL; variable++) {
    const char *value = after(*variable, "PATH=");
    if (value != NULL) path = value;
  }
  int error = ENOENT;
  for (;; path++) {
    size_t length = strcspn(path, ":");
    TEXT(candidate, PATH_MAX);
    text_add_bytes(&candidate, path, length);
    if (length > 0) text_add(&candidate, "/");
    text_add(&candidate, program);
    execve(candidate.data, arguments, environment);
    if (errno == EACCES) error = errno;
    else if (errno != ENOENT && errno != ENOTDIR) return errno;
    path += length;
    if (*path == '\0') return error;
  }
}

static _Noreturn void execute(const char *program, char **arguments, char **environment, int result_fd) {
  int error = EACCES;
  selinux_become_init();
  for (size_t choice = 0; error == EACCES && selinux_choose_domain(&choice);) {
    error = execute_found(program, arguments, environment);
  }
  if (error == EACCES) error = execute_found(program, arguments, environment);
  const char *why = error == ENOENT ? "there is no such program" : "the program cannot be started";
  fail(result_fd, "program", why, error);
}

static _Noreturn void execute_login(const struct user *user, char **environment, int result_fd) {
  const char *base = strrchr(user->shell, '/');
  TEXT(name, 256);
  text_add(&name, "-");
  text_add(&name, base == NULL ? user->shell : base + 1);
  char *arguments[] = {name.data, NULL};
  execute(user->shell, arguments, environment, result_fd);
}

static int run_command(const struct stream *stream, int result_fd) {
  const struct fields *request = &stream->request;
  const char *user_name = fields_value(request, "user");
  struct user user;
  if (!find_user(user_name == NULL ? "0" : user_name, &user)) fail(result_fd, "user", "there is no such user", 0);
  if (fields_value(request, "terminal") != NULL) {
    /* The group may write messages to it, as on any terminal; the user must own it to open it again. */
    if (ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0) fail(result_fd, "terminal", "it cannot have a terminal", errno);
    if (fchown(STDIN_FILENO, user.uid, user.gid) < 0) {
      /* A devpts that does not allow it leaves it to root. */
    }
  }
  make_device_links();
  char **environment = make_environment(request, &user);
  /* The command begins as a login does, whatever the agent's own limits are. */
  umask(022);
  size_t count = fields_count(request, "argument");
  char **arguments = calloc(count + 1, sizeof *arguments);
  if (arguments == NULL || environment == NULL) fail(result_fd, "program", "there is no memory", ENOMEM);
  size_t index = 0;
  for (char *field = fields_next(request, NULL); field != NULL; field = fields_next(request, field)) {
    const char *argument = after(field, "argument=");
    if (argument != NULL) arguments[index++] = (char *)argument;
  }
  if (!become_user(&user)) fail(result_fd, "user", "the user cannot be changed", errno);
  enter_folder(fields_value(request, "folder"), &user, result_fd);
  if (fields_value(request, "login") != NULL) execute_login(&user, environment, result_fd);
  execute(arguments[0], arguments, environment, result_fd);
}

static bool parse_size(const char *text, struct winsize *size) {
  char columns[8];
  const char *cross = strchr(text, 'x');
  uint64_t width, height;
  if (cross == NULL || (size_t)(cross - text) >= sizeof columns) return false;
  memcpy(columns, text, (size_t)(cross - text));
  columns[cross - text] = '\0';
  if (!parse_number(columns, USHRT_MAX, &width) || !parse_number(cross + 1, USHRT_MAX, &height)) return false;
  *size = (struct winsize){.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
  return true;
}

/* A guest without udev may have nowhere to find terminals. */
static int open_terminal(void) {
  const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK;
  int fd = posix_openpt(flags);
  if (fd >= 0 || !is_guest) return fd;
  mkdir("/dev/pts", 0755);
  if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=0620,ptmxmode=0666") < 0) return -1;
  return posix_openpt(flags);
}

/* A new terminal in the guest's own devpts, so that the command finds it by its name. */
static bool start_in_terminal(struct stream *stream, const char *size_text, struct text *result) {
  struct winsize size;
  if (!parse_size(size_text, &size)) return refuse(result, "the terminal's size is none", EINVAL);
  int ours = open_terminal();
  int lock = 0;
  if (ours < 0 || ioctl(ours, TIOCSPTLCK, &lock) < 0) {
    int error = errno;
    if (ours >= 0) close(ours);
    return refuse(result, "there are no terminals", error);
  }
  /* Linux 4.13: no matter where devpts is mounted. */
  int theirs = ioctl(ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (theirs < 0) {
    int error = errno;
    close(ours);
    return refuse(result, "there are no terminals", error);
  }
  ioctl(ours, TIOCSWINSZ, &size);
  stream->is_terminal = true;
  stream->fds[INPUT] = stream->fds[OUTPUT] = ours;
  const int ends[CHANNELS] = {theirs, theirs, theirs};
  bool is_started = start_process(stream, run_command, ends, result);
  close(theirs);
  return is_started;
}

bool command_start(struct stream *stream, struct text *result) {
  bool is_login = fields_value(&stream->request, "login") != NULL;
  if ((fields_count(&stream->request, "argument") > 0) == is_login) {
    return refuse(result, "it is neither a program nor a login, or both", EINVAL);
  }
  const char *terminal = fields_value(&stream->request, "terminal");
  if (terminal != NULL) return start_in_terminal(stream, terminal, result);
  return start_piped(stream, true, true, true, run_command, result);
}
