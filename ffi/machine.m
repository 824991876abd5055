#import "machine.h"

#import "errors.h"
#import "events.h"
#import "sockets.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The machines that have a number, by number. Only touched while holding the class. */
static NSMutableDictionary *machines;
static uint32_t lastNumber;

@interface SnapvmMachine ()
- (void)makeVirtualMachine:(SnapvmConfiguration *)configuration;
- (void)forgetEverything;
@end

@implementation SnapvmMachine

@synthesize number = _number;

+ (void)initialize {
    if (self == [SnapvmMachine class]) {
        machines = [[NSMutableDictionary alloc] init];
    }
}

+ (SnapvmMachine *)machineWithConfiguration:(SnapvmConfiguration *)configuration error:(NSError **)error {
    if (![[configuration machine] validateWithError:error]) {
        return nil;
    }
    SnapvmMachine *machine = [[[SnapvmMachine alloc] init] autorelease];
    [machine makeVirtualMachine:configuration];
    @synchronized(self) {
        machine->_number = ++lastNumber;
        [machines setObject:machine forKey:[NSNumber numberWithUnsignedInt:machine->_number]];
    }
    return machine;
}

+ (SnapvmMachine *)machineWithNumber:(uint32_t)number {
    @synchronized(self) {
        return [[[machines objectForKey:[NSNumber numberWithUnsignedInt:number]] retain] autorelease];
    }
}

- (instancetype)init {
    self = [super init];
    if (self != nil) {
        _queue = dispatch_queue_create("dev.snapvm.machine", DISPATCH_QUEUE_SERIAL);
        _listeners = [[NSMutableDictionary alloc] init];
    }
    return self;
}

- (void)makeVirtualMachine:(SnapvmConfiguration *)configuration {
    _networkDisks = [[configuration networkDisks] retain];
    for (NSString *serial in _networkDisks) {
        [(id<SnapvmNetworkBlockDevice>)[_networkDisks objectForKey:serial] setDelegate:self];
    }
    _virtualMachine = [[VZVirtualMachine alloc] initWithConfiguration:[configuration machine] queue:_queue];
    dispatch_async(_queue, ^{
        [_virtualMachine setDelegate:self];
    });
}

- (void)dealloc {
    [_virtualMachine release];
    [_networkDisks release];
    [_listeners release];
    dispatch_release(_queue);
    [super dealloc];
}

- (void)releaseEverything {
    NSNumber *number = [NSNumber numberWithUnsignedInt:_number];
    @synchronized([SnapvmMachine class]) {
        if ([machines objectForKey:number] == nil) {
            /* Another thread was faster. */
            return;
        }
        [machines removeObjectForKey:number];
    }
    dispatch_async(_queue, ^{
        @autoreleasepool {
            @try {
                [self forgetEverything];
            } @catch (NSException *exception) {
                /* Nobody is left to be told. */
                (void)exception;
            }
            [SnapvmEvents dropOfMachine:_number];
            [self post:@"released" error:nil];
        }
    });
}

/* On the queue: the framework's objects go here, so that they are gone when "released" is posted. */
- (void)forgetEverything {
    for (NSString *serial in _networkDisks) {
        [(id<SnapvmNetworkBlockDevice>)[_networkDisks objectForKey:serial] setDelegate:nil];
    }
    for (NSNumber *port in [_listeners allKeys]) {
        [[self socketDevice] removeSocketListenerForPort:[port unsignedIntValue]];
    }
    VZVirtualMachine *virtualMachine = _virtualMachine;
    _virtualMachine = nil;
    [virtualMachine setDelegate:nil];
    [virtualMachine release];
    [_networkDisks release];
    _networkDisks = nil;
    [_listeners removeAllObjects];
}

#pragma mark - Events

- (NSMutableDictionary *)eventOfKind:(NSString *)kind error:(NSError *)error {
    NSMutableDictionary *event = [NSMutableDictionary dictionary];
    [event setObject:kind forKey:@"kind"];
    [event setObject:[NSNumber numberWithUnsignedInt:_number] forKey:@"machine"];
    [event setObject:[NSNumber numberWithInteger:[_virtualMachine state]] forKey:@"state"];
    if (error != nil) {
        [event setObject:SnapvmDescribeError(error) forKey:@"error"];
    }
    return event;
}

- (void)post:(NSString *)kind error:(NSError *)error {
    [SnapvmEvents post:[self eventOfKind:kind error:error]];
}

/* On the queue. `descriptor` is -1 where the operation brings none. */
- (void)complete:(uint32_t)request error:(NSError *)error descriptor:(int)descriptor {
    if (_virtualMachine == nil) {
        /* "released" was the last event: nobody would take this one, nor the descriptor with it. */
        if (descriptor >= 0) {
            close(descriptor);
        }
        return;
    }
    NSMutableDictionary *event = [self eventOfKind:@"completed" error:error];
    [event setObject:[NSNumber numberWithUnsignedInt:request] forKey:@"request"];
    if (descriptor >= 0) {
        [event setObject:[NSNumber numberWithInt:descriptor] forKey:@"descriptor"];
    }
    [SnapvmEvents post:event];
}

#pragma mark - Operations

/* Runs the block on the queue and completes the request when the framework raises an exception. */
- (void)onQueue:(uint32_t)request block:(dispatch_block_t)block {
    dispatch_async(_queue, ^{
        @autoreleasepool {
            @try {
                block();
            } @catch (NSException *exception) {
                [self complete:request error:SnapvmMakeError(SnapvmDescribeException(exception)) descriptor:-1];
            }
        }
    });
}

- (void)perform:(uint32_t)request operation:(void (^)(VZVirtualMachine *, SnapvmCompletion))operation {
    [self onQueue:request block:^{
        operation(_virtualMachine, ^(NSError *error) {
            @autoreleasepool {
                [self complete:request error:error descriptor:-1];
            }
        });
    }];
}

- (void)save:(uint32_t)request path:(NSString *)path {
    [self perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
        if (!SnapvmHasSaveRestore()) {
            completion(SnapvmMissingError(@"Saving a virtual machine", @"macOS 14 on Apple silicon"));
            return;
        }
        [(id<SnapvmSaveRestore>)virtualMachine saveMachineStateToURL:[NSURL fileURLWithPath:path] completionHandler:completion];
    }];
}

- (void)restore:(uint32_t)request path:(NSString *)path {
    [self perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
        if (!SnapvmHasSaveRestore()) {
            completion(SnapvmMissingError(@"Restoring a virtual machine", @"macOS 14 on Apple silicon"));
            return;
        }
        [(id<SnapvmSaveRestore>)virtualMachine restoreMachineStateFromURL:[NSURL fileURLWithPath:path] completionHandler:completion];
    }];
}

- (void)setMemoryTarget:(uint32_t)request bytes:(uint64_t)bytes {
    [self perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
        NSArray *devices = [virtualMachine memoryBalloonDevices];
        if ([devices count] == 0) {
            completion(SnapvmMakeError(@"The virtual machine has no memory balloon."));
            return;
        }
        [(VZVirtioTraditionalMemoryBalloonDevice *)[devices objectAtIndex:0] setTargetVirtualMachineMemorySize:bytes];
        completion(nil);
    }];
}

#pragma mark - Sockets

/* On the queue. */
- (VZVirtioSocketDevice *)socketDevice {
    NSArray *devices = [_virtualMachine socketDevices];
    return [devices count] == 0 ? nil : (VZVirtioSocketDevice *)[devices objectAtIndex:0];
}

static NSError *noSocketDevice(void) {
    return SnapvmMakeError(@"The virtual machine has no socket device.");
}

static NSError *noDescriptor(void) {
    return SnapvmMakeError([NSString stringWithFormat:@"Cannot duplicate a descriptor: %s.", strerror(errno)]);
}

- (void)connect:(uint32_t)request port:(uint32_t)port {
    [self onQueue:request block:^{
        VZVirtioSocketDevice *device = [self socketDevice];
        if (device == nil) {
            [self complete:request error:noSocketDevice() descriptor:-1];
            return;
        }
        [device connectToPort:port completionHandler:^(VZVirtioSocketConnection *connection, NSError *error) {
            @autoreleasepool {
                /* The connection closes its descriptor when it goes, which is when this returns. */
                int descriptor = connection == nil ? -1 : SnapvmDuplicate([connection fileDescriptor]);
                NSError *failure = connection == nil ? error : noDescriptor();
                [self complete:request error:descriptor < 0 ? failure : nil descriptor:descriptor];
            }
        }];
    }];
}

- (void)listen:(uint32_t)request port:(uint32_t)port {
    [self perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
        (void)virtualMachine;
        VZVirtioSocketDevice *device = [self socketDevice];
        if (device == nil) {
            completion(noSocketDevice());
            return;
        }
        /* The framework keeps neither the listener nor its delegate alive. */
        VZVirtioSocketListener *listener = [[[VZVirtioSocketListener alloc] init] autorelease];
        [listener setDelegate:self];
        [_listeners setObject:listener forKey:[NSNumber numberWithUnsignedInt:port]];
        [device setSocketListener:listener forPort:port];
        completion(nil);
    }];
}

- (void)unlisten:(uint32_t)request port:(uint32_t)port {
    [self perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
        (void)virtualMachine;
        [[self socketDevice] removeSocketListenerForPort:port];
        [_listeners removeObjectForKey:[NSNumber numberWithUnsignedInt:port]];
        completion(nil);
    }];
}

- (BOOL)listener:(VZVirtioSocketListener *)listener
    shouldAcceptNewConnection:(VZVirtioSocketConnection *)connection
             fromSocketDevice:(VZVirtioSocketDevice *)socketDevice {
    (void)listener;
    (void)socketDevice;
    @autoreleasepool {
        int descriptor = SnapvmDuplicate([connection fileDescriptor]);
        if (descriptor < 0) {
            return NO;
        }
        NSMutableDictionary *event = [self eventOfKind:@"vsock-accepted" error:nil];
        [event setObject:[NSNumber numberWithInt:descriptor] forKey:@"descriptor"];
        [event setObject:[NSNumber numberWithUnsignedInt:[connection destinationPort]] forKey:@"port"];
        [event setObject:[NSNumber numberWithUnsignedInt:[connection sourcePort]] forKey:@"sourcePort"];
        [SnapvmEvents post:event];
        return YES;
    }
}

#pragma mark - What the framework reports

- (void)guestDidStopVirtualMachine:(VZVirtualMachine *)virtualMachine {
    (void)virtualMachine;
    @autoreleasepool {
        [self post:@"guest-stopped" error:nil];
    }
}

- (void)virtualMachine:(VZVirtualMachine *)virtualMachine didStopWithError:(NSError *)error {
    (void)virtualMachine;
    @autoreleasepool {
        [self post:@"stopped-with-error" error:error];
    }
}

- (void)virtualMachine:(VZVirtualMachine *)virtualMachine
                         networkDevice:(VZNetworkDevice *)networkDevice
    attachmentWasDisconnectedWithError:(NSError *)error {
    (void)virtualMachine;
    (void)networkDevice;
    @autoreleasepool {
        [self post:@"network-disconnected" error:error];
    }
}

/* The two of VZNetworkBlockDeviceStorageDeviceAttachmentDelegate. */

- (void)attachmentWasConnected:(id)attachment {
    [self postDisk:@"disk-connected" attachment:attachment error:nil];
}

- (void)attachment:(id)attachment didEncounterError:(NSError *)error {
    [self postDisk:@"disk-failed" attachment:attachment error:error];
}

/* Nothing says on which queue the two are called. */
- (void)postDisk:(NSString *)kind attachment:(id)attachment error:(NSError *)error {
    dispatch_async(_queue, ^{
        @autoreleasepool {
            NSString *serial = [[_networkDisks allKeysForObject:attachment] lastObject];
            if (serial == nil) {
                return;
            }
            NSMutableDictionary *event = [self eventOfKind:kind error:error];
            [event setObject:serial forKey:@"serial"];
            [SnapvmEvents post:event];
        }
    });
}

@end
