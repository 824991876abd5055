/*
 * VZVirtualMachine over QEMU. Every call except the one that makes it must run on its queue, or the process ends. Its delegate is
 * weak. The texts for a start that fails and an unexpected end are Apple's (Code-Hex/vz, utmapp/UTM); the text for a state
 * transition is the double's own.
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

/* Runs on the queue when QEMU has answered, unless the machine is gone by then. */
typedef void (^Continuation)(VZVirtualMachine *machine, NSDictionary *reply);

/*
 * A VZVirtualMachine's state beside its configuration. QEMU's thread uses this object, which joins the thread before it goes. The
 * machine itself is used on the queue only, and goes there too.
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
    [balloonDevices release];
    dispatch_release(queue);
    [super dealloc];
}
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

/* Checks the queue first, as every method of the framework does. */
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

- (NSArray *)memoryBalloonDevices {
    return [self run]->balloonDevices;
}

/* Whether the machine is in the state. If not, completes with an error. */
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

/* Starts QEMU, which loads the saved state, if there is one, and runs the guest otherwise. */
- (void)startFrom:(NSString *)savedState completion:(Completion)completion {
    VZDoubleRun *run = [self run];
    NSMutableArray *descriptors = [NSMutableArray array];
    NSMutableArray *shares = [NSMutableArray array];
    NSArray *arguments = VZDoubleCommandLine([_values objectForKey:@"configuration"], savedState, descriptors, shares);
    run->starting = Block_copy(completion);
    /* The blocks do not retain it: it joins their thread before it goes. */
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
}

/* Sends a command and continues when QEMU has answered. */
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

/* Continues when the migration that saves or restores has ended. The reply is nil if it has failed. */
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
    } else if ([event isEqualToString:@"BLOCK_IO_ERROR"] && [[data objectForKey:@"action"] isEqualToString:@"stop"]) {
        [self endForLackOfSpace];
    }
}

/* If the host's disk is full, QEMU would wait for ever; the framework ends the machine. */
- (void)endForLackOfSpace {
    VZDoubleRun *run = [self run];
    NSError *cause = VZDoublePosixError(ENOSPC, @"No space left on device");
    [run->failure release];
    run->failure = [VZDoubleError(8, @"Internal Virtualization error.", @"There is not enough disk space." /* the double's own */, cause) retain];
    [run->qemu kill];
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
