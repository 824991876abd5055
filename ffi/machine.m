#import "machine.h"

#import "errors.h"
#import "events.h"

/* The machines that have not been released, by number. The class is the lock for both variables. */
static NSMutableDictionary *machines;
static uint32_t lastNumber;

@interface SnapvmMachine ()
- (void)makeVirtualMachine:(VZVirtualMachineConfiguration *)configuration;
- (void)forgetEverything;
@end

@implementation SnapvmMachine

@synthesize number = _number;

+ (void)initialize {
    if (self == [SnapvmMachine class]) {
        machines = [[NSMutableDictionary alloc] init];
    }
}

+ (SnapvmMachine *)machineWithConfiguration:(VZVirtualMachineConfiguration *)configuration error:(NSError **)error {
    if (![configuration validateWithError:error]) {
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
    }
    return self;
}

- (void)makeVirtualMachine:(VZVirtualMachineConfiguration *)configuration {
    _virtualMachine = [[VZVirtualMachine alloc] initWithConfiguration:configuration queue:_queue];
    dispatch_async(_queue, ^{
        [_virtualMachine setDelegate:self];
    });
}

- (void)dealloc {
    [_virtualMachine release];
    dispatch_release(_queue);
    [super dealloc];
}

- (void)releaseEverything {
    NSNumber *number = [NSNumber numberWithUnsignedInt:_number];
    @synchronized([SnapvmMachine class]) {
        if ([machines objectForKey:number] == nil) {
            /* Another thread has released it. */
            return;
        }
        [machines removeObjectForKey:number];
    }
    dispatch_async(_queue, ^{
        @autoreleasepool {
            @try {
                [self forgetEverything];
            } @catch (NSException *exception) {
                /* There is nobody left to tell. */
                (void)exception;
            }
            [SnapvmEvents dropOfMachine:_number];
            [self post:@"released" error:nil];
        }
    });
}

/* Runs on the queue. The framework's objects go here, so that they are gone when "released" is posted. */
- (void)forgetEverything {
    VZVirtualMachine *virtualMachine = _virtualMachine;
    _virtualMachine = nil;
    [virtualMachine setDelegate:nil];
    [virtualMachine release];
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

/* Runs on the queue. */
- (void)complete:(uint32_t)request error:(NSError *)error {
    if (_virtualMachine == nil) {
        /* "released" was the last event: nobody would take this one. */
        return;
    }
    NSMutableDictionary *event = [self eventOfKind:@"completed" error:error];
    [event setObject:[NSNumber numberWithUnsignedInt:request] forKey:@"request"];
    [SnapvmEvents post:event];
}

#pragma mark - Operations

- (void)perform:(uint32_t)request operation:(void (^)(VZVirtualMachine *, SnapvmCompletion))operation {
    dispatch_async(_queue, ^{
        @autoreleasepool {
            @try {
                operation(_virtualMachine, ^(NSError *error) {
                    @autoreleasepool {
                        [self complete:request error:error];
                    }
                });
            } @catch (NSException *exception) {
                [self complete:request error:SnapvmMakeError(SnapvmDescribeException(exception))];
            }
        }
    });
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

#pragma mark - VZVirtualMachineDelegate

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

@end
