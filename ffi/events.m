#import "events.h"

static NSMutableArray *queue;
static NSCondition *condition;

@implementation SnapvmEvents

+ (void)initialize {
    if (self == [SnapvmEvents class]) {
        queue = [[NSMutableArray alloc] init];
        condition = [[NSCondition alloc] init];
    }
}

+ (void)post:(NSDictionary *)event {
    [condition lock];
    [queue addObject:event];
    [condition signal];
    [condition unlock];
}

+ (NSDictionary *)next {
    [condition lock];
    while ([queue count] == 0) {
        [condition wait];
    }
    NSDictionary *event = [[[queue objectAtIndex:0] retain] autorelease];
    [queue removeObjectAtIndex:0];
    [condition unlock];
    return event;
}

+ (void)dropOfMachine:(uint32_t)machine {
    [condition lock];
    for (NSUInteger index = [queue count]; index > 0; index--) {
        NSNumber *owner = [[queue objectAtIndex:index - 1] objectForKey:@"machine"];
        if ([owner unsignedIntValue] == machine) {
            [queue removeObjectAtIndex:index - 1];
        }
    }
    [condition unlock];
}

@end
