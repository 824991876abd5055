/* Sources: proc_pid_attr(5), security/selinux/hooks.c of the kernel; "Security Context" of the SELinux Notebook. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "private_mount.h"
#include "selinux.h"
#include "text.h"

enum {
  CONTEXT_SIZE = 256,
  /* A number of a descriptor that fits into an exit status. */
  MAX_STATUS = 254,
  NO_SOCKET = 255,
};

/* Those of Fedora's and of the reference policy, the freest first; a policy has not all of them. */
static const char *const free_domains[] = {
    "system_u:system_r:unconfined_t:s0",
    "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023",
    "system_u:system_r:unconfined_service_t:s0",
    "system_u:system_r:initrc_t:s0",
    "system_u:system_r:unconfined_t",
    "system_u:system_r:initrc_t",
};

/* The context of process 1. AppArmor has no colons in its names. */
static bool init_context(char *context, size_t size) {
  return read_line(proc_fd, "1/attr/current", context, size) && strchr(context, ':') != NULL;
}

static bool set_attribute(const char *name, const char *context) {
  int file = openat(proc_fd, name, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  size_t length = strlen(context);
  bool is_set = write(file, context, length) == (ssize_t)length;
  close(file);
  return is_set;
}

void selinux_become_init(void) {
  char context[CONTEXT_SIZE];
  if (init_context(context, sizeof context)) set_attribute("self/attr/current", context);
}

bool selinux_choose_domain(size_t *choice) {
  char context[CONTEXT_SIZE];
  if (!init_context(context, sizeof context)) return false;
  while (*choice < sizeof free_domains / sizeof *free_domains) {
    /* The kernel refuses what the policy does not have. */
    if (set_attribute("self/attr/exec", free_domains[(*choice)++])) return true;
  }
  /* None again: a line of its own says so. */
  set_attribute("self/attr/exec", "\n");
  return false;
}

int selinux_init_socket(void) {
  char context[CONTEXT_SIZE];
  int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (!init_context(context, sizeof context)) return socket(AF_UNIX, type, 0);
  /* A socket is whose process makes it, and a process that has become another cannot go back: so a process makes it that
   * has our descriptors. */
  pid_t process = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (process == 0) {
    set_attribute("self/attr/current", context);
    int made = socket(AF_UNIX, type, 0);
    _exit(made < 0 || made > MAX_STATUS ? NO_SOCKET : made);
  }
  int status;
  if (process < 0 || waitpid(process, &status, 0) != process || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status) == NO_SOCKET ? -1 : WEXITSTATUS(status);
}

void selinux_label(const char *model, const char *type, const char *folder, int file) {
  static const char attribute[] = "security.selinux";
  char own[CONTEXT_SIZE];
  TEXT(context, CONTEXT_SIZE + 64);
  ssize_t length = getxattr(model, attribute, own, sizeof own - 1);
  if (length <= 0) return;
  own[length] = '\0';
  /* USER:ROLE:TYPE, and :RANGE in most policies. */
  char *role = strchr(own, ':'), *old = role == NULL ? NULL : strchr(role + 1, ':');
  if (old == NULL) return;
  text_add_bytes(&context, own, (size_t)(old + 1 - own));
  text_add(&context, type);
  text_add(&context, old + 1 + strcspn(old + 1, ":"));
  /* The kernel refuses what the policy does not have: then the files stay what they are. */
  lsetxattr(folder, attribute, context.data, context.length, 0);
  fsetxattr(file, attribute, context.data, context.length, 0);
}
