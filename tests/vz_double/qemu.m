#import "qemu.h"

#include <Block.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

@interface VZDoubleQemu ()
- (void)wait;
@end

/* The thread owns nothing: the object outlives it, because its owner joins it. */
static void *serve(void *qemu) {
    GSRegisterCurrentThread();
    @autoreleasepool {
        [(VZDoubleQemu *)qemu wait];
    }
    GSUnregisterCurrentThread();
    return NULL;
}

@implementation VZDoubleQemu

- (instancetype)initWithArguments:(NSArray *)arguments
                      descriptors:(NSArray *)descriptors
                         happened:(void (^)(NSDictionary *))happened
                            ended:(void (^)(NSString *))ended {
    self = [super init];
    _arguments = [arguments retain];
    _descriptors = [descriptors retain];
    _replies = [[NSMutableDictionary alloc] init];
    _happened = Block_copy(happened);
    _ended = Block_copy(ended);
    int control[2];
    int messages[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0 || pipe2(messages, O_CLOEXEC) != 0) {
        abort();
    }
    _control = control[0];
    _messages = messages[0];
    _theirControl = control[1];
    _theirMessages = messages[1];
    pthread_t thread;
    /* The thread forks, because PR_SET_PDEATHSIG is about the thread that forked: it lives as long as QEMU does. */
    if (pthread_create(&thread, NULL, serve, self) != 0) {
        abort();
    }
    _thread = thread;
    [self execute:@"qmp_capabilities" arguments:nil reply:NULL];
    return self;
}

- (void)dealloc {
    close(_control);
    close(_messages);
    [_arguments release];
    [_descriptors release];
    for (NSValue *reply in [_replies allValues]) {
        Block_release([reply pointerValue]);
    }
    [_replies release];
    Block_release(_happened);
    Block_release(_ended);
    [super dealloc];
}

/* Forks. Only calls that are safe in the child of a process with threads happen between fork and exec. */
- (void)start {
    NSMutableArray *all = [NSMutableArray arrayWithArray:_arguments];
    [all addObject:@"-chardev"];
    [all addObject:[NSString stringWithFormat:@"socket,id=control,fd=%d", _theirControl]];
    [all addObject:@"-mon"];
    [all addObject:@"chardev=control,mode=control"];
    const char **words = calloc([all count] + 1, sizeof *words);
    for (NSUInteger index = 0; index < [all count]; index++) {
        words[index] = [[all objectAtIndex:index] fileSystemRepresentation];
    }
    int *inherited = calloc([_descriptors count] + 1, sizeof *inherited);
    for (NSUInteger index = 0; index < [_descriptors count]; index++) {
        inherited[index] = [[_descriptors objectAtIndex:index] intValue];
    }
    inherited[[_descriptors count]] = _theirControl;
    NSUInteger count = [_descriptors count] + 1;
    pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (NSUInteger index = 0; index < count; index++) {
            fcntl(inherited[index], F_SETFD, 0);
        }
        int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, 0);
        dup2(_theirMessages, 1);
        dup2(_theirMessages, 2);
        if (getppid() == parent) {
            execvp(words[0], (char **)words);
        }
        _exit(127);
    }
    @synchronized(self) {
        _process = process;
        if (_killed) {
            kill(process, SIGKILL);
        }
    }
    free(words);
    free(inherited);
}

- (void)wait {
    [self start];
    close(_theirControl);
    close(_theirMessages);
    [self readControl];
    int status = 0;
    while (waitpid(_process, &status, 0) < 0 && errno == EINTR) {
    }
    @synchronized(self) {
        _process = 0;
    }
    char text[4096];
    ssize_t length = read(_messages, text, sizeof text);
    NSString *words = [[[NSString alloc] initWithBytes:text length:length < 0 ? 0 : (NSUInteger)length
                                              encoding:NSUTF8StringEncoding] autorelease];
    _ended([NSString stringWithFormat:@"%@(status %d)", words == nil ? @"" : words, status]);
}

/* Reads lines until QEMU closes the socket. */
- (void)readControl {
    NSMutableData *pending = [NSMutableData data];
    char chunk[4096];
    for (;;) {
        ssize_t length = read(_control, chunk, sizeof chunk);
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length <= 0) {
            return;
        }
        [pending appendBytes:chunk length:(NSUInteger)length];
        @autoreleasepool {
            [self takeLines:pending];
        }
    }
}

- (void)takeLines:(NSMutableData *)pending {
    const char *bytes = [pending bytes];
    NSUInteger start = 0;
    for (NSUInteger index = 0; index < [pending length]; index++) {
        if (bytes[index] == '\n') {
            NSData *line = [NSData dataWithBytes:bytes + start length:index - start];
            [self takeMessage:[NSJSONSerialization JSONObjectWithData:line options:0 error:NULL]];
            start = index + 1;
        }
    }
    [pending replaceBytesInRange:NSMakeRange(0, start) withBytes:NULL length:0];
}

- (void)takeMessage:(NSDictionary *)message {
    if ([message objectForKey:@"event"] != nil) {
        _happened(message);
        return;
    }
    VZDoubleReply reply = NULL;
    id request = [message objectForKey:@"id"];
    @synchronized(self) {
        if (request != nil) {
            reply = [[_replies objectForKey:request] pointerValue];
            [_replies removeObjectForKey:request];
        }
    }
    if (reply != NULL) {
        reply(message);
        Block_release(reply);
    }
}

- (void)execute:(NSString *)command arguments:(NSDictionary *)arguments reply:(VZDoubleReply)reply {
    NSMutableDictionary *message = [NSMutableDictionary dictionaryWithObject:command forKey:@"execute"];
    [message setValue:arguments forKey:@"arguments"];
    @synchronized(self) {
        NSString *request = [NSString stringWithFormat:@"%u", ++_lastRequest];
        [message setObject:request forKey:@"id"];
        if (reply != NULL) {
            [_replies setObject:[NSValue valueWithPointer:Block_copy(reply)] forKey:request];
        }
        NSData *line = [NSJSONSerialization dataWithJSONObject:message options:0 error:NULL];
        send(_control, [line bytes], [line length], MSG_NOSIGNAL);
        send(_control, "\n", 1, MSG_NOSIGNAL);
    }
}

- (void)kill {
    @synchronized(self) {
        /* The thread may not have forked yet. */
        _killed = YES;
        if (_process > 0) {
            kill(_process, SIGKILL);
        }
    }
}

- (void)join {
    if (_thread != 0) {
        pthread_join((pthread_t)_thread, NULL);
        _thread = 0;
    }
}

@end
