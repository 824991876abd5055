/* Errors in words. */
#import <Foundation/Foundation.h>

/* An error whose whole text is ours. */
NSError *SnapvmMakeError(NSString *words);

/* The error and everything under it, outermost first: "what (domain code): what was under it (domain code)". */
NSString *SnapvmDescribeError(NSError *error);

/* What the framework raises when it is given a bad argument. */
NSString *SnapvmDescribeException(NSException *exception);
