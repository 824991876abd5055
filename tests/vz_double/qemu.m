#import "qemu.h"

#import "process.h"
#import "share.h"

#include <Block.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

@interface VZDoubleQemu ()
- (void)wait;
@end

/* The thread does not retain the object, which outlives it because its owner joins the thread. */
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
                           shares:(NSArray *)shares
                         happened:(void (^)(NSDictionary *))happened
                            ended:(void (^)(NSString *))ended {
    self = [super init];
    _arguments = [arguments retain];
    _descriptors = [descriptors retain];
    _shares = [shares retain];
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
    /* The thread forks, because PR_SET_PDEATHSIG is about the thread that forked, and this one lives as long as QEMU. */
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
    [_shares release];
    for (NSValue *reply in [_replies allValues]) {
        Block_release([reply pointerValue]);
    }
    [_replies release];
    Block_release(_happened);
    Block_release(_ended);
    [super dealloc];
}

- (void)start {
    for (VZDoubleShare *share in _shares) {
        [share startWithMessages:_theirMessages];
    }
    NSMutableArray *arguments = [NSMutableArray arrayWithArray:_arguments];
    [arguments addObject:@"-chardev"];
    [arguments addObject:[NSString stringWithFormat:@"socket,id=control,fd=%d", _theirControl]];
    [arguments addObject:@"-mon"];
    [arguments addObject:@"chardev=control,mode=control"];
    NSArray *descriptors = [_descriptors arrayByAddingObject:[NSNumber numberWithInt:_theirControl]];
    @synchronized(self) {
        _process = VZDoubleStartProcess(arguments, descriptors, _theirMessages);
        if (_killed) {
            kill(_process, SIGKILL);
        }
    }
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
    for (VZDoubleShare *share in _shares) {
        [share end];
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
