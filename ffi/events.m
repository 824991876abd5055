#import "events.h"

#include <unistd.h>

static NSMutableArray *queue;
static NSCondition *condition;

__attribute__((constructor)) static void makeQueue(void) {
    @autoreleasepool {
        queue = [[NSMutableArray alloc] init];
        condition = [[NSCondition alloc] init];
    }
}

void SnapvmPostEvent(NSDictionary *event) {
    [condition lock];
    [queue addObject:event];
    [condition signal];
    [condition unlock];
}

NSDictionary *SnapvmNextEvent(void) {
    [condition lock];
    while ([queue count] == 0) {
        [condition wait];
    }
    NSDictionary *event = [[[queue objectAtIndex:0] retain] autorelease];
    [queue removeObjectAtIndex:0];
    [condition unlock];
    return event;
}

void SnapvmDropEvents(uint32_t machine) {
    [condition lock];
    for (NSUInteger index = [queue count]; index > 0; index--) {
        NSDictionary *event = [queue objectAtIndex:index - 1];
        if ([[event objectForKey:@"machine"] unsignedIntValue] != machine) {
            continue;
        }
        NSNumber *descriptor = [event objectForKey:@"descriptor"];
        if (descriptor != nil) {
            close([descriptor intValue]);
        }
        [queue removeObjectAtIndex:index - 1];
    }
    [condition unlock];
}
