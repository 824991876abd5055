#import "double.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

id VZDoubleValue(id object, NSString *name) {
    return [[object performSelector:@selector(values)] objectForKey:name];
}

static NSError *makeError(NSString *domain, NSInteger code, NSString *failure, NSString *reason, NSError *underlying) {
    NSMutableDictionary *information = [NSMutableDictionary dictionary];
    [information setValue:failure forKey:@"NSLocalizedFailure"];
    [information setValue:reason forKey:@"NSLocalizedFailureReason"];
    [information setValue:underlying forKey:@"NSUnderlyingError"];
    return [NSError errorWithDomain:domain code:code userInfo:information];
}

NSError *VZDoubleError(NSInteger code, NSString *failure, NSString *reason, NSError *underlying) {
    return makeError(@"VZErrorDomain", code, failure, reason, underlying);
}

NSError *VZDoublePosixError(int number, NSString *words) {
    return makeError(@"NSPOSIXErrorDomain", number, nil, words, nil);
}

NSError *VZDoubleInvalidConfiguration(NSString *reason, NSError *underlying) {
    return VZDoubleError(2, @"Invalid virtual machine configuration.", reason, underlying);
}

void VZDoubleRequireFile(NSURL *url, NSString *what) {
    if (![[NSFileManager defaultManager] fileExistsAtPath:[url path]]) {
        [NSException raise:NSInvalidArgumentException format:@"%@ does not exist: %@", what, [url path]];
    }
}

BOOL VZDoubleIsResolved(NSString *path) {
    char resolved[PATH_MAX];
    return realpath([path fileSystemRepresentation], resolved) != NULL && strcmp(resolved, [path fileSystemRepresentation]) == 0;
}
