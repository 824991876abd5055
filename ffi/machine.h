/* One virtual machine: the framework's, the queue that everything about it runs on, and what has to stay alive with it. */
#import "configuration.h"
#import "newer.h"

typedef void (^SnapvmCompletion)(NSError *errorOrNil);

@interface SnapvmMachine : NSObject <VZVirtualMachineDelegate, VZVirtioSocketListenerDelegate> {
    uint32_t _number;
    dispatch_queue_t _queue;
    VZVirtualMachine *_virtualMachine;
    NSDictionary *_networkDisks;
    NSMutableDictionary *_listeners;
}

/* Makes the machine, stopped, and gives it a number. Nil and an error when the framework refuses the configuration. */
+ (SnapvmMachine *)machineWithConfiguration:(SnapvmConfiguration *)configuration error:(NSError **)error;

/* The machine of a number; nil when there is none. */
+ (SnapvmMachine *)machineWithNumber:(uint32_t)number;

/* The number that the caller knows the machine by; never 0. */
@property (readonly) uint32_t number;

/* Forgets the number and, on the machine's queue, everything else. Posts "released" at the end. */
- (void)releaseEverything;

/*
 * Runs the operation on the machine's queue. The operation calls the completion once, on that queue, which posts the
 * "completed" event; an exception that the framework raises does the same.
 */
- (void)perform:(uint32_t)request operation:(void (^)(VZVirtualMachine *virtualMachine, SnapvmCompletion completion))operation;

- (void)save:(uint32_t)request path:(NSString *)path;
- (void)restore:(uint32_t)request path:(NSString *)path;
- (void)setMemoryTarget:(uint32_t)request bytes:(uint64_t)bytes;
- (void)connect:(uint32_t)request port:(uint32_t)port;
- (void)listen:(uint32_t)request port:(uint32_t)port;
- (void)unlisten:(uint32_t)request port:(uint32_t)port;

@end
