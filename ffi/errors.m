#import "errors.h"

static NSString *const SnapvmErrorDomain = @"snapvm";

/* Spelled out because GNUstep's Foundation, which the tests use, lacks the constant for the first. */
static NSString *const FailureKey = @"NSLocalizedFailure";
static NSString *const FailureReasonKey = @"NSLocalizedFailureReason";
static NSString *const UnderlyingErrorKey = @"NSUnderlyingError";

/* The framework nests no deeper than this. A chain that loops ends here. */
static const int MAX_DEPTH = 8;

/* JSON takes up to six bytes for a character, and an event with an error must fit into SNAPVM_VZ_TEXT_CAPACITY. */
static const NSUInteger MAX_LENGTH = 10000;

NSError *SnapvmMakeError(NSString *words) {
    NSDictionary *information = [NSDictionary dictionaryWithObject:words forKey:FailureReasonKey];
    return [NSError errorWithDomain:SnapvmErrorDomain code:0 userInfo:information];
}

static NSString *describeOne(NSError *error) {
    NSString *failure = [[error userInfo] objectForKey:FailureKey];
    NSString *reason = [[error userInfo] objectForKey:FailureReasonKey];
    NSString *words;
    if (failure != nil && reason != nil) {
        words = [NSString stringWithFormat:@"%@ %@", failure, reason];
    } else if (reason != nil) {
        words = reason;
    } else {
        words = [error localizedDescription];
    }
    if ([[error domain] isEqualToString:SnapvmErrorDomain]) {
        return words;
    }
    return [NSString stringWithFormat:@"%@ (%@ %ld)", words, [error domain], (long)[error code]];
}

NSString *SnapvmDescribeError(NSError *error) {
    if (error == nil) {
        return @"the framework gave no reason";
    }
    NSMutableArray *links = [NSMutableArray array];
    for (int depth = 0; error != nil && depth < MAX_DEPTH; depth++) {
        [links addObject:describeOne(error)];
        error = [[error userInfo] objectForKey:UnderlyingErrorKey];
    }
    NSString *words = [links componentsJoinedByString:@": "];
    return [words length] > MAX_LENGTH ? [words substringToIndex:MAX_LENGTH] : words;
}

NSString *SnapvmDescribeException(NSException *exception) {
    return [NSString stringWithFormat:@"%@ (%@)", [exception reason], [exception name]];
}
