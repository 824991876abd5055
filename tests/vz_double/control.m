#import "double.h"

#import <Foundation/NSDebug.h>

#include "control.h"
#include "dispatch.h"

#include <string.h>

int32_t vz_double_live_objects(char *text, uint32_t capacity) {
    @autoreleasepool {
        GSDebugAllocationActive(YES);
        NSMutableArray *lines = [NSMutableArray array];
        Class *classes = GSDebugAllocationClassList();
        for (Class *kind = classes; *kind != NULL; kind++) {
            [lines addObject:[NSString stringWithFormat:@"%d %s", GSDebugAllocationCount(*kind), object_getClassName((id)*kind)]];
        }
        NSZoneFree(NULL, classes);
        NSData *data = [[lines componentsJoinedByString:@"\n"] dataUsingEncoding:NSUTF8StringEncoding];
        uint32_t length = [data length] < capacity ? (uint32_t)[data length] : capacity;
        memcpy(text, [data bytes], length);
        return (int32_t)length;
    }
}

void vz_double_use_wrong_queue(const char *kernel) {
    @autoreleasepool {
        NSURL *url = [NSURL fileURLWithPath:[NSString stringWithUTF8String:kernel]];
        VZVirtualMachineConfiguration *configuration = [[[VZVirtualMachineConfiguration alloc] init] autorelease];
        [configuration setBootLoader:[[[VZLinuxBootLoader alloc] initWithKernelURL:url] autorelease]];
        [configuration setCPUCount:1];
        [configuration setMemorySize:64 * 1024 * 1024];
        dispatch_queue_t queue = dispatch_queue_create("dev.snapvm.machine", DISPATCH_QUEUE_SERIAL);
        id machine = [[[VZVirtualMachine alloc] initWithConfiguration:configuration queue:queue] autorelease];
        [machine startWithCompletionHandler:^(NSError *error) {
            (void)error;
        }];
    }
}
