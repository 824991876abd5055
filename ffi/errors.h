/* Errors in words. */
#import <Foundation/Foundation.h>

/* An error of this library, which consists of these words only. */
NSError *SnapvmMakeError(NSString *words);

/* The error and its chain of causes, outermost first: "what happened (domain code): its cause (domain code)". */
NSString *SnapvmDescribeError(NSError *error);

/* Describes an exception: the framework raises one if it is given a bad argument. */
NSString *SnapvmDescribeException(NSException *exception);
