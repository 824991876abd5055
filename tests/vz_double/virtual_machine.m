/*
 * VZVirtualMachine over QEMU. Everything but making it happens on its queue, or the process ends. Its delegate is weak. Texts
 * of errors are Apple's where somebody has published them: a start that fails and an unexpected end (Code-Hex/vz, utmapp/UTM);
 * the transition of states is the double's own.
 */
#import "double.h"

#import "command_line.h"
#import "qemu.h"

#include "dispatch.h"

#include <Block.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void (^Completion)(NSError *errorOrNil);

/* What goes on when QEMU has answered, on the queue; not at all when the machine is gone by then. */
typedef void (^Continuation)(VZVirtualMachine *machine, NSDictionary *reply);

/*
 * What VZVirtualMachine has beside its configuration. QEMU's thread knows this object, which waits for the thread before it
 * goes. The machine itself is only asked for on the queue, where it goes too.
 */
@interface VZDoubleRun : NSObject {
  @public
    dispatch_queue_t queue;
    VZVirtualMachineState state;
    id delegate;
    VZVirtualMachine *machine;
    VZDoubleQemu *qemu;
    BOOL guestStopped;
    NSError *failure;
    Completion starting;
    Completion stopping;
    NSArray *socketDevices;
    NSArray *balloonDevices;
}
@end

@implementation VZDoubleRun
- (void)dealloc {
    [qemu kill];
    [qemu join];
    [qemu release];
    Block_release(starting);
    Block_release(stopping);
    [failure release];
    [socketDevices release];
    [balloonDevices release];
    dispatch_release(queue);
    [super dealloc];
}
@end

@interface VZVirtioSocketDevice (VZDouble)
- (instancetype)initWithQueue:(dispatch_queue_t)queue;
@end

@implementation VZMemoryBalloonDevice
VZ_ROOT_METHODS
@end

@implementation VZVirtioTraditionalMemoryBalloonDevice
- (void)setTargetVirtualMachineMemorySize:(uint64_t)bytes {
    VZDoubleRun *run = [[_values objectForKey:@"run"] nonretainedObjectValue];
    dispatch_assert_queue(run->queue);
    NSDictionary *arguments = [NSDictionary dictionaryWithObject:[NSNumber numberWithUnsignedLongLong:bytes] forKey:@"value"];
    [run->qemu execute:@"balloon" arguments:arguments reply:NULL];
}
@end

@interface VZVirtualMachine (VZDouble)
- (VZDoubleRun *)run;
- (void)started:(VZVirtualMachineState)state;
- (void)awaitMigration:(Continuation)then;
- (void)qemuReported:(NSString *)event data:(NSDictionary *)data;
- (void)qemuEnded:(NSString *)detail;
@end

/* VZNetworkBlockDeviceStorageDeviceAttachmentDelegate, macOS 14. */
@protocol VZDoubleNetworkDiskDelegate
- (void)attachmentWasConnected:(id)attachment;
- (void)attachment:(id)attachment didEncounterError:(NSError *)error;
@end

@implementation VZVirtualMachine
VZ_ROOT_METHODS_WITHOUT_DEALLOC

+ (BOOL)isSupported {
    const char *value = getenv("VZ_DOUBLE_SUPPORTED");
    return value == NULL || strcmp(value, "0") != 0;
}

- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration queue:(dispatch_queue_t)queue {
    self = [self init];
    NSError *error = nil;
    if (![configuration validateWithError:&error]) {
        [NSException raise:NSInvalidArgumentException format:@"The virtual machine configuration is invalid."];
    }
    VZDoubleRun *run = [[[VZDoubleRun alloc] init] autorelease];
    dispatch_retain(queue);
    run->queue = queue;
    run->machine = self;
    [_values setObject:run forKey:@"run"];
    [_values setObject:configuration forKey:@"configuration"];
    if ([VZDoubleValue(configuration, @"socketDevices") count] > 0) {
        id device = [[[VZVirtioSocketDevice alloc] initWithQueue:queue] autorelease];
        run->socketDevices = [[NSArray alloc] initWithObjects:device, nil];
    }
    if ([VZDoubleValue(configuration, @"memoryBalloonDevices") count] > 0) {
        id device = [[[VZVirtioTraditionalMemoryBalloonDevice alloc] init] autorelease];
        [[device values] setObject:[NSValue valueWithNonretainedObject:run] forKey:@"run"];
        run->balloonDevices = [[NSArray alloc] initWithObjects:device, nil];
    }
    return self;
}

- (void)dealloc {
    VZDoubleRun *run = [_values objectForKey:@"run"];
    run->machine = nil;
    [run->qemu kill];
    [run->qemu join];
    [_values release];
    [super dealloc];
}

/* What the framework checks first, everywhere. */
- (VZDoubleRun *)run {
    VZDoubleRun *run = [_values objectForKey:@"run"];
    dispatch_assert_queue(run->queue);
    return run;
}

- (VZVirtualMachineState)state {
    return [self run]->state;
}

- (void)setDelegate:(id<VZVirtualMachineDelegate>)delegate {
    [self run]->delegate = delegate;
}

- (NSArray *)socketDevices {
    return [self run]->socketDevices;
}

- (NSArray *)memoryBalloonDevices {
    return [self run]->balloonDevices;
}

/* Whether the machine is in that state; completes with the error otherwise. */
- (BOOL)require:(VZVirtualMachineState)state for:(NSString *)what completion:(Completion)completion {
    if ([self run]->state == state) {
        return YES;
    }
    NSString *reason = [NSString stringWithFormat:@"The virtual machine cannot %@ in its state %ld.", what, (long)[self run]->state];
    NSError *error = VZDoubleError(4, @"Invalid virtual machine state transition.", reason, nil);
    dispatch_async([self run]->queue, ^{
        completion(error);
    });
    return NO;
}

/* Starts QEMU, and its guest unless there is a state to be loaded. */
- (void)startFrom:(NSString *)savedState completion:(Completion)completion {
    VZDoubleRun *run = [self run];
    NSMutableArray *descriptors = [NSMutableArray array];
    NSMutableArray *shares = [NSMutableArray array];
    NSArray *arguments = VZDoubleCommandLine([_values objectForKey:@"configuration"], savedState, descriptors, shares);
    run->starting = Block_copy(completion);
    /* Not retained by the blocks: it joins their thread before it goes. */
    __block VZDoubleRun *unretained = run;
    run->qemu = [[VZDoubleQemu alloc] initWithArguments:arguments
        descriptors:descriptors
        shares:shares
        happened:^(NSDictionary *event) {
            VZDoubleRun *held = unretained;
            dispatch_async(held->queue, ^{
                [held->machine qemuReported:[event objectForKey:@"event"] data:[event objectForKey:@"data"]];
            });
        }
        ended:^(NSString *detail) {
            VZDoubleRun *held = unretained;
            dispatch_async(held->queue, ^{
                [held->machine qemuEnded:detail];
            });
        }];
    if (savedState == nil) {
        [self command:@"cont" arguments:nil then:^(VZVirtualMachine *machine, NSDictionary *reply) {
            (void)reply;
            [machine started:VZVirtualMachineStateRunning];
        }];
    } else {
        [self awaitMigration:^(VZVirtualMachine *machine, NSDictionary *reply) {
            if (reply != nil) {
                [machine started:VZVirtualMachineStatePaused];
            }
        }];
    }
}

- (void)started:(VZVirtualMachineState)state {
    VZDoubleRun *run = [self run];
    if (run->starting == NULL) {
        return;
    }
    run->state = state;
    Completion completion = run->starting;
    run->starting = NULL;
    completion(nil);
    Block_release(completion);
    for (id device in VZDoubleValue([_values objectForKey:@"configuration"], @"storageDevices")) {
        id attachment = VZDoubleValue(device, @"attachment");
        [[VZDoubleValue(attachment, @"delegate") nonretainedObjectValue] attachmentWasConnected:attachment];
    }
}

/* Sends a command and goes on when it was answered. */
- (void)command:(NSString *)command arguments:(NSDictionary *)arguments then:(Continuation)then {
    __block VZDoubleRun *unretained = [self run];
    [unretained->qemu execute:command arguments:arguments reply:^(NSDictionary *reply) {
        VZDoubleRun *held = unretained;
        dispatch_async(held->queue, ^{
            if (held->machine != nil) {
                then(held->machine, reply);
            }
        });
    }];
}

/* Goes on when the migration that saves or restores is over; with no reply when it has failed. */
- (void)awaitMigration:(Continuation)then {
    [self command:@"query-migrate" arguments:nil then:^(VZVirtualMachine *machine, NSDictionary *reply) {
        NSString *status = [[reply objectForKey:@"return"] objectForKey:@"status"];
        if ([status isEqualToString:@"completed"] || [status isEqualToString:@"failed"]) {
            then(machine, [status isEqualToString:@"completed"] ? reply : nil);
            return;
        }
        usleep(10000);
        [machine awaitMigration:then];
    }];
}

- (void)qemuReported:(NSString *)event data:(NSDictionary *)data {
    VZDoubleRun *run = [self run];
    if ([event isEqualToString:@"SHUTDOWN"] && [[data objectForKey:@"guest"] boolValue]) {
        run->guestStopped = YES;
    } else if ([event isEqualToString:@"BLOCK_IO_ERROR"]) {
        [self disk:[data objectForKey:@"device"] failed:data];
    }
}

/* QEMU waits where the host's disk is full, for ever; the framework ends the machine. Other failures both leave to the guest. */
- (void)disk:(NSString *)disk failed:(NSDictionary *)data {
    VZDoubleRun *run = [self run];
    if ([[data objectForKey:@"action"] isEqualToString:@"stop"]) {
        NSError *cause = VZDoublePosixError(ENOSPC, @"No space left on device");
        [run->failure release];
        run->failure = [VZDoubleError(8, @"Internal Virtualization error.", @"There is not enough disk space." /* the double's own */, cause) retain];
        [run->qemu kill];
        return;
    }
    NSError *error = VZDoubleError(20002, nil, @"The network block device was disconnected." /* the double's own */, nil);
    id attachment = VZDoubleAttachment([_values objectForKey:@"configuration"], disk);
    if (VZDoubleValue(attachment, @"failed") != nil) {
        return;
    }
    [[attachment values] setObject:error forKey:@"failed"];
    [[VZDoubleValue(attachment, @"delegate") nonretainedObjectValue] attachment:attachment didEncounterError:error];
}

- (void)qemuEnded:(NSString *)detail {
    VZDoubleRun *run = [self run];
    [run->qemu join];
    [run->qemu release];
    run->qemu = nil;
    BOOL guestStopped = run->guestStopped;
    run->guestStopped = NO;
    Completion starting = run->starting;
    Completion stopping = run->stopping;
    run->starting = NULL;
    run->stopping = NULL;
    BOOL restoring = run->state == VZVirtualMachineStateRestoring;
    run->state = stopping != NULL || guestStopped ? VZVirtualMachineStateStopped : VZVirtualMachineStateError;
    NSError *qemu = VZDoublePosixError(5, [NSString stringWithFormat:@"QEMU ended: %@", detail]);
    if (stopping != NULL) {
        stopping(nil);
    } else if (starting != NULL && restoring) {
        starting(VZDoubleError(12, @"The virtual machine failed to restore.", @"invalid argument", qemu));
    } else if (starting != NULL) {
        starting(VZDoubleError(1, @"Internal Virtualization error.", @"The virtual machine failed to start.", qemu));
    } else if (guestStopped) {
        [run->delegate guestDidStopVirtualMachine:self];
    } else {
        NSError *error = VZDoubleError(1, @"Internal Virtualization error.", @"The virtual machine stopped unexpectedly.", qemu);
        [run->delegate virtualMachine:self didStopWithError:run->failure == nil ? error : run->failure];
    }
    [run->failure release];
    run->failure = nil;
    Block_release(starting);
    Block_release(stopping);
}

#pragma mark - The framework's methods

- (void)startWithCompletionHandler:(Completion)completion {
    VZDoubleRun *run = [self run];
    if (run->state != VZVirtualMachineStateError && ![self require:VZVirtualMachineStateStopped for:@"start" completion:completion]) {
        return;
    }
    run->state = VZVirtualMachineStateStarting;
    [self startFrom:nil completion:completion];
}

- (void)stopWithCompletionHandler:(Completion)completion {
    VZDoubleRun *run = [self run];
    if (run->state != VZVirtualMachineStatePaused && ![self require:VZVirtualMachineStateRunning for:@"stop" completion:completion]) {
        return;
    }
    run->state = VZVirtualMachineStateStopping;
    run->stopping = Block_copy(completion);
    [run->qemu kill];
}

- (void)pauseWithCompletionHandler:(Completion)completion {
    if (![self require:VZVirtualMachineStateRunning for:@"pause" completion:completion]) {
        return;
    }
    [self run]->state = VZVirtualMachineStatePausing;
    [self command:@"stop" arguments:nil then:^(VZVirtualMachine *machine, NSDictionary *reply) {
        (void)reply;
        [machine run]->state = VZVirtualMachineStatePaused;
        completion(nil);
    }];
}

- (void)resumeWithCompletionHandler:(Completion)completion {
    if (![self require:VZVirtualMachineStatePaused for:@"resume" completion:completion]) {
        return;
    }
    [self run]->state = VZVirtualMachineStateResuming;
    [self command:@"cont" arguments:nil then:^(VZVirtualMachine *machine, NSDictionary *reply) {
        (void)reply;
        [machine run]->state = VZVirtualMachineStateRunning;
        completion(nil);
    }];
}

- (BOOL)requestStopWithError:(NSError **)error {
    VZDoubleRun *run = [self run];
    if (run->state != VZVirtualMachineStateRunning) {
        *error = VZDoubleError(4, @"Invalid virtual machine state transition.", @"The virtual machine does not run.", nil);
        return NO;
    }
    [run->qemu execute:@"system_powerdown" arguments:nil reply:NULL];
    return YES;
}

- (void)saveMachineStateToURL:(NSURL *)url completionHandler:(Completion)completion {
    if (![self require:VZVirtualMachineStatePaused for:@"be saved" completion:completion]) {
        return;
    }
    NSString *target = [NSString stringWithFormat:@"exec:cat > %@", VZDoubleQuote([url path])];
    NSDictionary *arguments = [NSDictionary dictionaryWithObject:target forKey:@"uri"];
    NSError *failed = VZDoubleError(11, @"The virtual machine failed to save.", @"QEMU could not write its state.", nil);
    [self command:@"migrate" arguments:arguments then:^(VZVirtualMachine *machine, NSDictionary *reply) {
        if ([reply objectForKey:@"error"] != nil) {
            completion(failed);
            return;
        }
        [machine awaitMigration:^(VZVirtualMachine *same, NSDictionary *done) {
            (void)same;
            completion(done != nil ? nil : failed);
        }];
    }];
}

- (void)restoreMachineStateFromURL:(NSURL *)url completionHandler:(Completion)completion {
    if (![self require:VZVirtualMachineStateStopped for:@"be restored" completion:completion]) {
        return;
    }
    if (![[NSFileManager defaultManager] fileExistsAtPath:[url path]]) {
        completion(VZDoubleError(12, @"The virtual machine failed to restore.", @"invalid argument", nil));
        return;
    }
    [self run]->state = VZVirtualMachineStateRestoring;
    [self startFrom:[url path] completion:completion];
}

@end
