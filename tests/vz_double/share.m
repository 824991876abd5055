#import "share.h"

#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The server shares one folder and has no read-only mode. So it gets a mount namespace, in which the shared folders are mounted as
 * the guest is to see them, at /sys, from which no test shares anything. The arguments are the socket's descriptor, then for each
 * folder its path, "ro" or "rw", and its name, which is "." for a single one. Beside several folders, the guest cannot create
 * anything.
 */
static NSString *const Script = @"socket=$1; shift; mount -t tmpfs share /sys\n"
                                 "while [ $# -gt 0 ]; do\n"
                                 "  mkdir -p \"/sys/$3\"\n"
                                 "  mount --bind \"$1\" \"/sys/$3\"\n"
                                 "  mount -o \"remount,bind,$2\" \"/sys/$3\"\n"
                                 "  name=$3; shift 3\n"
                                 "done\n"
                                 "[ \"$name\" = . ] || mount -o remount,bind,ro /sys\n"
                                 "PATH=/usr/lib/qemu:/usr/libexec:$PATH\n"
                                 "exec virtiofsd -f --fd=$socket -o source=/sys -o sandbox=chroot -o log_level=err";

static void addFolder(NSMutableArray *arguments, id directory, NSString *name) {
    BOOL readOnly = [VZDoubleValue(directory, @"readOnly") boolValue];
    [arguments addObjectsFromArray:[NSArray arrayWithObjects:VZDoubleValue(directory, @"path"), readOnly ? @"ro" : @"rw", name, nil]];
}

@implementation VZDoubleShare

@synthesize socket = _socket;

- (instancetype)initWithShare:(VZDirectoryShare *)share {
    self = [super init];
    _share = [share retain];
    _listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* If bound without a name, the socket gets a free one from the kernel: a zero byte and five characters (unix(7)). */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    if (bind(_listening, (struct sockaddr *)&address, sizeof address.sun_family) != 0 || listen(_listening, 1) != 0 ||
        getsockname(_listening, (struct sockaddr *)&address, &length) != 0) {
        abort();
    }
    _socket = [[NSString alloc] initWithBytes:address.sun_path + 1
                                       length:length - offsetof(struct sockaddr_un, sun_path) - 1
                                     encoding:NSASCIIStringEncoding];
    return self;
}

- (void)dealloc {
    close(_listening);
    [_socket release];
    [_share release];
    [super dealloc];
}

- (void)startWithMessages:(int)messages {
    NSMutableArray *arguments = [NSMutableArray arrayWithObjects:@"unshare", @"--mount", @"--propagation", @"private", @"--", @"sh",
                                                                 @"-ec", Script, @"sh", nil];
    [arguments addObject:[NSString stringWithFormat:@"%d", _listening]];
    id single = VZDoubleValue(_share, @"directory");
    if (single != nil) {
        addFolder(arguments, single, @".");
    }
    NSDictionary *directories = VZDoubleValue(_share, @"directories");
    for (NSString *name in directories) {
        addFolder(arguments, [directories objectForKey:name], name);
    }
    NSArray *inherited = [NSArray arrayWithObject:[NSNumber numberWithInt:_listening]];
    _process = VZDoubleStartProcess(arguments, inherited, messages);
    /* Closed here, so that connecting fails once the server has ended. */
    close(_listening);
    _listening = -1;
}

- (void)end {
    if (_process <= 0) {
        return;
    }
    kill(_process, SIGKILL);
    while (waitpid(_process, NULL, 0) < 0 && errno == EINTR) {
    }
    _process = 0;
}

@end
