#import "errors.h"

static NSString *const SnapvmErrorDomain = @"snapvm";

/* Spelled out because the constant for the first is newer than the Foundation of other platforms. */
static NSString *const FailureKey = @"NSLocalizedFailure";
static NSString *const FailureReasonKey = @"NSLocalizedFailureReason";
static NSString *const UnderlyingErrorKey = @"NSUnderlyingError";

/* Nothing in the framework nests deeper; a chain that loops ends here. */
static const int MaximumDepth = 8;

/* JSON takes up to six bytes for a character, and an event with an error in it has to fit into SNAPVM_VZ_TEXT_CAPACITY. */
static const NSUInteger MaximumLength = 10000;

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
    for (int depth = 0; error != nil && depth < MaximumDepth; depth++) {
        [links addObject:describeOne(error)];
        error = [[error userInfo] objectForKey:UnderlyingErrorKey];
    }
    NSString *words = [links componentsJoinedByString:@": "];
    return [words length] > MaximumLength ? [words substringToIndex:MaximumLength] : words;
}

NSString *SnapvmDescribeException(NSException *exception) {
    return [NSString stringWithFormat:@"%@ (%@)", [exception reason], [exception name]];
}
