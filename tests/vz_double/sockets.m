/*
 * The socket device. QEMU has none without the kernel's vhost-vsock, so the guest's side is a stand-in inside the double: what
 * the framework does with connections, listeners and descriptors is as on a Mac, but no byte reaches the guest. The functions
 * in control.h are the guest's programs.
 */
#import "double.h"

#include "control.h"
#include "dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The ports that the guest listens on, and the socket devices by their machine's order of creation. Held: the class. */
static NSMutableDictionary *guestPorts;
static VZVirtioSocketDevice *lastDevice;

@interface VZVirtioSocketConnection (VZDouble)
- (instancetype)initWithDescriptor:(int)descriptor source:(uint32_t)source destination:(uint32_t)destination;
@end

@implementation VZVirtioSocketConnection
VZ_ROOT_METHODS_WITHOUT_DEALLOC

- (instancetype)initWithDescriptor:(int)descriptor source:(uint32_t)source destination:(uint32_t)destination {
    self = [self init];
    [_values setObject:[NSNumber numberWithInt:descriptor] forKey:@"descriptor"];
    [_values setObject:[NSNumber numberWithUnsignedInt:source] forKey:@"source"];
    [_values setObject:[NSNumber numberWithUnsignedInt:destination] forKey:@"destination"];
    return self;
}

/* The connection owns its descriptor. */
- (void)dealloc {
    close([self fileDescriptor]);
    [_values release];
    [super dealloc];
}

- (int)fileDescriptor {
    return [[_values objectForKey:@"descriptor"] intValue];
}

- (uint32_t)sourcePort {
    return [[_values objectForKey:@"source"] unsignedIntValue];
}

- (uint32_t)destinationPort {
    return [[_values objectForKey:@"destination"] unsignedIntValue];
}
@end

@implementation VZVirtioSocketListener
VZ_ROOT_METHODS

/* Weak, as in the framework. */
- (void)setDelegate:(id<VZVirtioSocketListenerDelegate>)delegate {
    [_values setObject:[NSValue valueWithNonretainedObject:delegate] forKey:@"delegate"];
}
@end

@implementation VZSocketDevice
VZ_ROOT_METHODS
@end

@interface VZVirtioSocketDevice (VZDouble)
- (dispatch_queue_t)queue;
@end

@implementation VZVirtioSocketDevice

- (instancetype)initWithQueue:(dispatch_queue_t)queue {
    self = [self init];
    [_values setObject:[NSValue valueWithPointer:queue] forKey:@"queue"];
    @synchronized([VZVirtioSocketDevice class]) {
        lastDevice = self;
    }
    return self;
}

- (void)dealloc {
    @synchronized([VZVirtioSocketDevice class]) {
        if (lastDevice == self) {
            lastDevice = nil;
        }
    }
    [super dealloc];
}

- (dispatch_queue_t)queue {
    return [[_values objectForKey:@"queue"] pointerValue];
}

- (void)setSocketListener:(VZVirtioSocketListener *)listener forPort:(uint32_t)port {
    dispatch_assert_queue([self queue]);
    [_values setObject:[NSValue valueWithNonretainedObject:listener] forKey:[NSNumber numberWithUnsignedInt:port]];
}

- (void)removeSocketListenerForPort:(uint32_t)port {
    dispatch_assert_queue([self queue]);
    [_values removeObjectForKey:[NSNumber numberWithUnsignedInt:port]];
}

- (void)connectToPort:(uint32_t)port completionHandler:(void (^)(VZVirtioSocketConnection *, NSError *))handler {
    dispatch_assert_queue([self queue]);
    dispatch_async([self queue], ^{
        int listening = -1;
        @synchronized([VZVirtioSocketDevice class]) {
            NSNumber *queue = [guestPorts objectForKey:[NSNumber numberWithUnsignedInt:port]];
            listening = queue == nil ? -1 : [queue intValue];
        }
        if (listening < 0) {
            handler(nil, VZDoublePosixError(54, @"Connection reset by peer"));
            return;
        }
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            handler(nil, VZDoublePosixError(errno, @"Too many open files"));
            return;
        }
        /* The guest's end goes to whoever accepts, as a number through a pipe. */
        ssize_t written = write(listening, &ends[1], sizeof ends[1]);
        (void)written;
        handler([[[VZVirtioSocketConnection alloc] initWithDescriptor:ends[0] source:1024 destination:port] autorelease], nil);
    });
}

@end

#pragma mark - The guest's programs

int32_t vz_double_guest_listen(uint32_t port) {
    @autoreleasepool {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            return -1;
        }
        @synchronized([VZVirtioSocketDevice class]) {
            if (guestPorts == nil) {
                guestPorts = [[NSMutableDictionary alloc] init];
            }
            [guestPorts setObject:[NSNumber numberWithInt:ends[1]] forKey:[NSNumber numberWithUnsignedInt:port]];
        }
        return ends[0];
    }
}

int32_t vz_double_guest_accept(int32_t listening) {
    int descriptor = -1;
    return read(listening, &descriptor, sizeof descriptor) == sizeof descriptor ? descriptor : -1;
}

void vz_double_guest_unlisten(uint32_t port, int32_t listening) {
    @autoreleasepool {
        @synchronized([VZVirtioSocketDevice class]) {
            NSNumber *key = [NSNumber numberWithUnsignedInt:port];
            close([[guestPorts objectForKey:key] intValue]);
            [guestPorts removeObjectForKey:key];
        }
        close(listening);
    }
}

int32_t vz_double_guest_connect(uint32_t port, uint32_t source) {
    @autoreleasepool {
        int ends[2];
        VZVirtioSocketDevice *device = nil;
        @synchronized([VZVirtioSocketDevice class]) {
            device = [[lastDevice retain] autorelease];
        }
        if (device == nil || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            return -1;
        }
        int hostEnd = ends[0];
        dispatch_async([device queue], ^{
            id connection = [[[VZVirtioSocketConnection alloc] initWithDescriptor:hostEnd source:source destination:port] autorelease];
            id listener = [VZDoubleValue(device, (id)[NSNumber numberWithUnsignedInt:port]) nonretainedObjectValue];
            id delegate = [VZDoubleValue(listener, @"delegate") nonretainedObjectValue];
            [delegate listener:listener shouldAcceptNewConnection:connection fromSocketDevice:device];
        });
        return ends[1];
    }
}
