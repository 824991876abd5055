/* Copies disk images. This needs no Objective-C. */
#include "snapvm_vz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/clonefile.h>
#include <unistd.h>

/* Large enough that the time of the calls does not matter, small enough that the memory does not. */
#define CHUNK (1024 * 1024)

int32_t snapvm_vz_clone_file(const char *from, const char *to) {
    return clonefile(from, to, 0) == 0 ? 0 : errno;
}

/* Copies the bytes from `position` up to `end`. */
static int copyRange(int source, int target, char *buffer, off_t position, off_t end) {
    while (position < end) {
        size_t wanted = end - position < CHUNK ? (size_t)(end - position) : CHUNK;
        ssize_t got = pread(source, buffer, wanted, position);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 ? 0 : errno;
        }
        for (ssize_t done = 0; done < got;) {
            ssize_t written = pwrite(target, buffer + done, (size_t)(got - done), position + done);
            if (written < 0 && errno != EINTR) {
                return errno;
            }
            done += written < 0 ? 0 : written;
        }
        position += got;
    }
    return 0;
}

static int copyData(int source, int target) {
    char *buffer = malloc(CHUNK);
    if (buffer == NULL) {
        return ENOMEM;
    }
    off_t size = lseek(source, 0, SEEK_END);
    int failure = size < 0 || ftruncate(target, size) != 0 ? errno : 0;
    for (off_t position = 0; failure == 0 && position < size;) {
        off_t data = lseek(source, position, SEEK_DATA);
        if (data < 0) {
            /* ENXIO: only holes follow. */
            failure = errno == ENXIO ? 0 : errno;
            break;
        }
        off_t hole = lseek(source, data, SEEK_HOLE);
        failure = hole < 0 ? errno : copyRange(source, target, buffer, data, hole);
        position = hole;
    }
    free(buffer);
    return failure;
}

int32_t snapvm_vz_copy_file(const char *from, const char *to) {
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0) {
        return errno;
    }
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (target < 0) {
        int failure = errno;
        close(source);
        return failure;
    }
    int failure = copyData(source, target);
    close(source);
    if (close(target) != 0 && failure == 0) {
        failure = errno;
    }
    if (failure != 0) {
        unlink(to);
    }
    return failure;
}
