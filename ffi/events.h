/* The one queue through which everything that happens reaches JavaScript. */
#import <Foundation/Foundation.h>

@interface SnapvmEvents : NSObject

/* Adds an event: what JSON can hold, with the machine's number as "machine". */
+ (void)post:(NSDictionary *)event;

/* Waits for an event and takes it out. */
+ (NSDictionary *)next;

/* Takes a machine's events out and closes the descriptors that they carry. */
+ (void)dropOfMachine:(uint32_t)machine;

@end
