#import "sockets.h"

#import "errors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static NSError *makeError(NSString *what, int number) {
    return SnapvmMakeError([NSString stringWithFormat:@"Cannot %@: %s.", what, strerror(number)]);
}

static NSFileHandle *makeHandle(int descriptor) {
    return [[[NSFileHandle alloc] initWithFileDescriptor:descriptor closeOnDealloc:YES] autorelease];
}

NSFileHandle *SnapvmConnect(NSString *path, NSError **error) {
    const char *bytes = [path fileSystemRepresentation];
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    NSString *what = [NSString stringWithFormat:@"connect to the socket %@", path];
    if (strlen(bytes) >= sizeof address.sun_path) {
        *error = makeError(what, ENAMETOOLONG);
        return nil;
    }
    memcpy(address.sun_path, bytes, strlen(bytes) + 1);
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor < 0) {
        *error = makeError(what, errno);
        return nil;
    }
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        *error = makeError(what, errno);
        close(descriptor);
        return nil;
    }
    return makeHandle(descriptor);
}

NSFileHandle *SnapvmDuplicateHandle(NSFileHandle *handle, NSError **error) {
    int descriptor = fcntl([handle fileDescriptor], F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        *error = makeError(@"duplicate a descriptor", errno);
        return nil;
    }
    return makeHandle(descriptor);
}
