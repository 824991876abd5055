/* The queue that carries everything that happens to JavaScript. There is one for all machines. */
#import <Foundation/Foundation.h>

@interface SnapvmEvents : NSObject

/* Adds an event. It holds only what JSON can, with the machine's number as "machine". */
+ (void)post:(NSDictionary *)event;

/* Waits for an event and removes it from the queue. */
+ (NSDictionary *)next;

/* Removes a machine's events. */
+ (void)dropOfMachine:(uint32_t)machine;

@end
