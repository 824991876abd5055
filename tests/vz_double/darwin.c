/* macOS's own system calls that the library uses, on Linux. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/clonefile.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* macOS's number for what Linux calls EOPNOTSUPP. */
static const int ENOTSUP_ON_MACOS = 45;

int clonefile(const char *from, const char *to, uint32_t flags) {
    (void)flags;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0) {
        return -1;
    }
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int result = target < 0 ? -1 : ioctl(target, FICLONE, source);
    int failure = errno;
    close(source);
    if (target >= 0) {
        close(target);
        if (result != 0) {
            unlink(to);
        }
    }
    errno = failure == EOPNOTSUPP ? ENOTSUP_ON_MACOS : failure;
    return result;
}
