/* One virtual machine: the framework's, and the queue that every call about it runs on. */
#import "newer.h"

typedef void (^SnapvmCompletion)(NSError *errorOrNil);

@interface SnapvmMachine : NSObject <VZVirtualMachineDelegate> {
    uint32_t _number;
    dispatch_queue_t _queue;
    VZVirtualMachine *_virtualMachine;
}

/* Makes a stopped machine and gives it a number. Nil and an error if the framework refuses the configuration. */
+ (SnapvmMachine *)machineWithConfiguration:(VZVirtualMachineConfiguration *)configuration error:(NSError **)error;

/* The machine that has the number, or nil. */
+ (SnapvmMachine *)machineWithNumber:(uint32_t)number;

/* The number that the caller knows the machine by; never 0. */
@property (readonly) uint32_t number;

/* Forgets the number at once, and everything else on the machine's queue. Posts "released" at the end. */
- (void)releaseEverything;

/*
 * Runs the operation on the machine's queue. The operation calls the completion once, on that queue, and the completion posts
 * the "completed" event. An exception of the framework posts it too.
 */
- (void)perform:(uint32_t)request operation:(void (^)(VZVirtualMachine *virtualMachine, SnapvmCompletion completion))operation;

- (void)save:(uint32_t)request path:(NSString *)path;
- (void)restore:(uint32_t)request path:(NSString *)path;
- (void)setMemoryTarget:(uint32_t)request bytes:(uint64_t)bytes;

@end
